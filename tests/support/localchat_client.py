"""The person side of the local chat for tests: each method is one call of docs/localchat.md."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Self

import aiohttp


class Refused(Exception):  # noqa: N818 - an answer
    """The server refused: status and code."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code


class PersonSide:
    """Plays the people of a local chat.

    Example:
        async with PersonSide(chat.api_url, chat.key) as side:
            gp = await side.person("Dr Taylor")
            await side.send(gp, text="/start")
            answer = await side.wait_for(gp, lambda message: "consent" in (message["text"] or ""))
    """

    def __init__(self, api_url: str, key: str) -> None:
        self._session = aiohttp.ClientSession(api_url, headers={"Authorization": f"Bearer {key}"})

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._session.close()

    async def call(self, method: str, path: str, **options: Any) -> Any:
        async with self._session.request(method, path, **options) as reply:
            body = json.loads(await reply.read())
            if reply.status >= 400:
                raise Refused(reply.status, body["error"]["code"], body["error"]["message"])
            return body

    async def state(self) -> Any:
        return await self.call("GET", "/api/state")

    async def person(self, first_name: str) -> int:
        """The id of one of the people."""
        people = (await self.state())["people"]
        return next(person["id"] for person in people if person["first_name"] == first_name)

    async def add_person(self, first_name: str, **more: Any) -> int:
        return (await self.call("POST", "/api/people", json={"first_name": first_name, **more}))["id"]

    async def chats(self, person: int) -> list[dict[str, Any]]:
        return (await self.call("GET", f"/api/people/{person}/chats"))["chats"]

    async def chat(self, person: int, title: str) -> dict[str, Any]:
        return next(chat for chat in await self.chats(person) if chat["title"] == title)

    async def bot_as_seen(self, person: int, chat: int | None = None) -> Any:
        return await self.call("GET", f"/api/people/{person}/bot", params={"chat_id": str(chat or person)})

    async def messages(self, person: int, chat: int | None = None, **query: int) -> list[dict[str, Any]]:
        path = f"/api/people/{person}/chats/{chat or person}/messages"
        return (await self.call("GET", path, params={k: str(v) for k, v in query.items()}))["messages"]

    async def send(self, person: int, chat: int | None = None, **body: Any) -> dict[str, Any]:
        """Sends `text` (with `reply_to` or `start`) and gives the message."""
        path = f"/api/people/{person}/chats/{chat or person}/messages"
        return (await self.call("POST", path, json=body))["messages"][0]

    async def send_files(
        self, person: int, *files: tuple[str, str, bytes], chat: int | None = None, **fields: Any
    ) -> list[dict[str, Any]]:
        """Sends files, each (`photo` or `document`, name, bytes); several make an album."""
        form = aiohttp.FormData()
        for name, value in fields.items():
            form.add_field(name, str(value))
        for kind, name, content in files:
            form.add_field(kind, io.BytesIO(content), filename=name)
        path = f"/api/people/{person}/chats/{chat or person}/messages"
        return (await self.call("POST", path, data=form))["messages"]

    async def edit(self, person: int, message: int, *, chat: int | None = None, **body: str) -> Any:
        path = f"/api/people/{person}/chats/{chat or person}/messages/{message}"
        return await self.call("PATCH", path, json=body)

    async def delete(self, person: int, message: int, *, chat: int | None = None) -> Any:
        return await self.call("DELETE", f"/api/people/{person}/chats/{chat or person}/messages/{message}")

    async def press(
        self, person: int, message: int, label: str, *, chat: int | None = None, raw_data: bytes | None = None
    ) -> Any:
        r"""Presses the inline button with this text.

        `raw_data` stands in the bot's JSON between the quotes of the callback data, unchecked:
        `b"\xff\xfe"` is invalid UTF-8, `rb"\ud83d"` the escape of a lone surrogate.
        """
        shown = next(m for m in await self.messages(person, chat, limit=200) if m["id"] == message)
        for row, buttons in enumerate(shown["keyboard"]):
            for column, button in enumerate(buttons):
                if button["text"] == label:
                    body: dict[str, Any] = {"message_id": message, "row": row, "column": column}
                    body |= {"raw_data_hex": raw_data.hex()} if raw_data is not None else {}
                    path = f"/api/people/{person}/chats/{chat or person}/press"
                    return await self.call("POST", path, json=body)
        raise AssertionError(f"no button {label!r} in {shown['keyboard']}")

    async def block(self, person: int, *, blocked: bool = True) -> Any:
        return await self.call(
            "POST", f"/api/people/{person}/chats/{person}/block", json={"blocked": blocked}
        )

    async def share_chat(self, person: int, message: int, request_id: int, shared: int) -> Any:
        body = {"message_id": message, "request_id": request_id, "shared_chat_id": shared}
        return await self.call("POST", f"/api/people/{person}/chats/{person}/share-chat", json=body)

    async def add_group(self, title: str, kind: str, creator: int, members: tuple[int, ...] = ()) -> int:
        body = {"title": title, "type": kind, "creator": creator, "members": list(members)}
        return (await self.call("POST", "/api/groups", json=body))["id"]

    async def set_member(self, chat: int, actor: int, user_id: int, status: str, **more: Any) -> Any:
        body = {"actor": actor, "user_id": user_id, "status": status, **more}
        return await self.call("POST", f"/api/groups/{chat}/members", json=body)

    async def migrate(self, chat: int) -> int:
        return (await self.call("POST", f"/api/groups/{chat}/migrate"))["chat"]["id"]

    async def file(self, person: int, file_id: str) -> bytes:
        async with self._session.get(f"/api/people/{person}/files/{file_id}") as reply:
            reply.raise_for_status()
            return await reply.read()

    async def order_fault(self, **fault: Any) -> Any:
        """Injects a fault: see `bot.localchat.faults.Fault`."""
        return await self.call("POST", "/api/faults", json=fault)

    async def set_limits(self, **limits: Any) -> Any:
        return await self.call("POST", "/api/limits", json=limits)

    async def set_clock(self, offset_s: float) -> Any:
        return await self.call("POST", "/api/clock", json={"offset_s": offset_s})

    async def transcript(self, chat: int | None = None) -> Any:
        return await self.call("GET", "/api/transcript", params={"chat_id": str(chat)} if chat else {})

    async def wait_for(
        self,
        person: int,
        wanted: Callable[[dict[str, Any]], bool],
        *,
        chat: int | None = None,
        timeout_s: float = 10,
    ) -> dict[str, Any]:
        """The newest message that is as wanted, as soon as there is one."""
        async with asyncio.timeout(timeout_s):
            while True:
                for message in reversed(await self.messages(person, chat, limit=200)):
                    if wanted(message):
                        return message
                await asyncio.sleep(0.05)

    @asynccontextmanager
    async def events(
        self, person: int, after: int | None = None
    ) -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
        """The live stream: each event as {seq, event, data}."""
        query = {} if after is None else {"after": str(after)}
        async with self._session.get(f"/api/people/{person}/events", params=query) as reply:
            reply.raise_for_status()
            yield _read_events(reply.content)


async def _read_events(stream: aiohttp.StreamReader) -> AsyncIterator[dict[str, Any]]:
    event: dict[str, Any] = {}
    async for raw in stream:
        name, _, value = raw.decode().rstrip("\n").partition(": ")
        if name == "id":
            event["seq"] = int(value)
        elif name == "event":
            event["event"] = value
        elif name == "data":
            event["data"] = json.loads(value)
        elif not name and "event" in event:
            yield event
            event = {}
