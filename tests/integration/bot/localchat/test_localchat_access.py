"""Access to the server, the state after a kill, and the event stream."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any, Self

import aiohttp
import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup

from bot.localchat import LocalChat, LocalChatConfig
from tests.integration.bot.localchat.support import make_config
from tests.support.localchat_client import PersonSide

_ROOT = Path(__file__).parents[4]


async def ask(chat: LocalChat, path: str, **headers: str) -> aiohttp.ClientResponse:
    async with aiohttp.ClientSession() as session:
        reply = await session.get(f"{chat.api_url}{path}", headers=headers, allow_redirects=False)
        await reply.read()
        return reply


@pytest.mark.parametrize("path", ["/", "/api/state", "/api/transcript", "/js/app.js", "/api/people/1/events"])
async def test_every_request_needs_the_secret(chat: LocalChat, path: str) -> None:
    assert (await ask(chat, path)).status == 401
    assert (await ask(chat, path, Authorization="Bearer wrong")).status == 401
    assert (await ask(chat, path, Cookie=f"localchat_{chat.port}=wrong")).status == 401


@pytest.mark.parametrize(
    ("languages", "words"), [("fr-CA,fr;q=0.9,en;q=0.8", "Ouvrez le lien"), ("de", "Open the link")]
)
async def test_a_browser_without_the_key_gets_a_page_about_the_link(
    chat: LocalChat, languages: str, words: str
) -> None:
    reply = await ask(chat, "/", **{"Accept": "text/html,*/*;q=0.8", "Accept-Language": languages})
    assert (reply.status, reply.content_type) == (401, "text/html")
    page = await reply.text()
    assert words in page
    assert "nevus run" in page
    assert chat.key not in page
    assert (await ask(chat, "/api/state", Accept="text/html")).content_type == "application/json"


async def test_the_link_sets_a_cookie_hidden_from_scripts_and_other_sites(chat: LocalChat) -> None:
    reply = await ask(chat, f"/?key={chat.key}&lang=fr")
    assert (reply.status, reply.headers["Location"]) == (303, "/?lang=fr")
    cookie = reply.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    opened = await ask(chat, "/", Cookie=cookie.partition(";")[0])
    assert opened.status == 200
    assert opened.headers["Content-Security-Policy"].startswith(
        "default-src 'self'; img-src 'self' blob: data:"
    )
    assert opened.headers["X-Content-Type-Options"] == "nosniff"
    assert (await ask(chat, "/?key=wrong")).status == 401


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1:1", "127.0.0.1.evil.example"])
async def test_other_host_names_are_refused(chat: LocalChat, host: str) -> None:
    assert (await ask(chat, "/api/state", Authorization=f"Bearer {chat.key}", Host=host)).status == 403
    assert (await ask(chat, f"/bot{chat.token}/getMe", Host=host)).status == 403


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "https://127.0.0.1", "http://127.0.0.1:1"])
async def test_other_sites_are_refused(chat: LocalChat, origin: str) -> None:
    assert (await ask(chat, "/api/state", Authorization=f"Bearer {chat.key}", Origin=origin)).status == 403


async def test_the_servers_own_page_may_ask(chat: LocalChat) -> None:
    own = {
        "Authorization": f"Bearer {chat.key}",
        "Origin": f"http://localhost:{chat.port}",
        "Host": f"localhost:{chat.port}",
    }
    assert (await ask(chat, "/api/state", **own)).status == 200


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.0.1", "example.org", ""])  # noqa: S104 - refused
def test_it_listens_on_loopback_only(tmp_path: Path, host: str) -> None:
    with pytest.raises(ValueError, match="loopback"):
        LocalChatConfig(state_dir=tmp_path, host=host)


async def test_the_pages_files_are_served_with_their_types_and_nothing_else_is(chat: LocalChat) -> None:
    way_in = {"Authorization": f"Bearer {chat.key}"}
    script = await ask(chat, "/js/app.js", **way_in)
    assert script.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert (
        await ask(chat, "/js/app.js", **way_in, **{"If-None-Match": script.headers["ETag"]})
    ).status == 304
    reader, writer = await asyncio.open_connection("127.0.0.1", chat.port)
    request = f"GET /../config.py HTTP/1.1\r\nHost: 127.0.0.1:{chat.port}\r\n"
    request += f"Authorization: Bearer {chat.key}\r\nConnection: close\r\n\r\n"
    writer.write(request.encode())
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    assert b" 404 " in answer.split(b"\r\n")[0]
    assert (await ask(chat, "/..%2fconfig.py", **way_in)).status == 404
    assert (await ask(chat, "/nothing.js", **way_in)).status == 404


async def test_people_see_their_own_files_and_chats_only(side: PersonSide, gp: int, photo: bytes) -> None:
    (sent,) = await side.send_files(gp, ("photo", "a.jpg", photo))
    assert await side.file(gp, sent["photo"]["file_id"])
    martin = await side.person("Dr Martin")
    with pytest.raises(aiohttp.ClientResponseError, match="404"):
        await side.file(martin, sent["photo"]["file_id"])


async def test_the_stream_sends_events_and_replays_missed_ones(side: PersonSide, gp: int, bot: Bot) -> None:
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("Yes", callback_data="y")]])
    async with side.events(gp) as events, asyncio.timeout(10):
        sent = await bot.send_message(gp, "one", reply_markup=keyboard)
        await bot.send_chat_action(gp, "typing")
        await sent.edit_text("two")
        await sent.delete()
        got = [await anext(events) for _ in range(4)]
    assert [event["event"] for event in got] == ["message", "action", "edit", "delete"]
    assert got[1]["data"] == {"chat_id": gp, "action": "typing"}
    assert got[3]["data"] == {"chat_id": gp, "id": sent.message_id}
    async with side.events(gp, after=got[0]["seq"]) as events, asyncio.timeout(10):
        again = [await anext(events) for _ in range(2)]
    assert [(event["event"], event["seq"]) for event in again] == [
        ("edit", got[2]["seq"]),
        ("delete", got[3]["seq"]),
    ]


async def test_a_message_is_marked_as_read_by_the_bot(side: PersonSide, gp: int, bot: Bot) -> None:
    async with side.events(gp) as events, asyncio.timeout(10):
        await bot.get_updates()
        assert (await anext(events))["event"] == "read"


async def test_unread_messages_are_counted_until_they_are_read(side: PersonSide, gp: int, bot: Bot) -> None:
    await bot.send_message(gp, "one")
    await bot.send_message(gp, "two")
    assert (await side.chat(gp, "Nevus"))["unread"] == 2
    await side.messages(gp)
    assert (await side.chat(gp, "Nevus"))["unread"] == 0


async def test_people_can_be_added_and_changed(side: PersonSide) -> None:
    petit = await side.add_person("Dr Petit", username="dr_petit", language_code="fr-CA")
    await side.call("PATCH", f"/api/people/{petit}", json={"language_code": "en"})
    people = {person["id"]: person for person in (await side.state())["people"]}
    assert people[petit]["language_code"] == "en"
    assert people[petit]["first_name"] == "Dr Petit"


class Process:
    """The local chat as a separate process."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.command = [sys.executable, "-m", "bot.localchat", "--state-dir", str(folder), *options]
        self.ready: dict[str, Any] = {}

    async def __aenter__(self) -> Self:
        self.process = await asyncio.create_subprocess_exec(
            *self.command, cwd=_ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        assert self.process.stdout
        self.ready = json.loads(await self.process.stdout.readline())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        await self.process.communicate()

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)


async def test_a_killed_server_continues_where_it_stopped(tmp_path: Path, photo: bytes) -> None:
    async with Process(tmp_path, "--port", "0", "--limits", "off") as first:
        ready = first.ready
        bot = Bot(ready["token"], base_url=f"{ready['api_url']}/bot")
        async with bot, PersonSide(ready["api_url"], ready["key"]) as side:
            gp = await side.person("Dr Taylor")
            await side.send(gp, start="")
            before = await bot.get_updates()
            await side.send_files(gp, ("photo", "a.jpg", photo))
            sent = await bot.send_message(gp, "answer")
            first.kill()
    async with Process(tmp_path, "--port", "0") as second:
        again = second.ready
        assert (again["token"], again["key"]) == (ready["token"], ready["key"])
        bot = Bot(
            again["token"], base_url=f"{again['api_url']}/bot", base_file_url=f"{again['api_url']}/file/bot"
        )
        async with bot, PersonSide(again["api_url"], again["key"]) as side:
            updates = await bot.get_updates(offset=before[-1].update_id + 1)
            assert [update.update_id for update in updates] == [before[-1].update_id + 1]
            assert await (await updates[0].message.photo[-1].get_file()).download_as_bytearray()
            assert (await bot.edit_message_text("edited", gp, sent.message_id)).text == "edited"
            assert len(await side.messages(gp)) == 3
    assert second.process.returncode == 0


async def test_nothing_in_the_state_can_be_read_by_others(tmp_path: Path, photo: bytes) -> None:
    folder = tmp_path / "var" / "localchat"
    before = os.umask(0o022)
    chat = LocalChat(make_config(folder))
    await chat.start()
    async with PersonSide(chat.api_url, chat.key) as side:
        gp = await side.person("Dr Taylor")
        await side.send_files(gp, ("photo", "a.jpg", photo))
        await side.send_files(gp, ("document", "a.pdf", photo))
    os.umask(before)
    paths = [folder, *folder.rglob("*")]
    assert len(paths) > 6
    assert [path for path in paths if path.stat().st_mode & 0o077] == []
    await chat.stop()


async def test_settings_survive_a_restart(tmp_path: Path) -> None:
    for attempt in range(2):
        chat = LocalChat(make_config(tmp_path))
        await chat.start()
        async with PersonSide(chat.api_url, chat.key) as side:
            if attempt == 0:
                await side.order_fault(method="getMe", kind="500")
                await side.set_limits(enabled=True)
                await side.set_clock(100)
            state = await side.state()
        await chat.stop()
    assert (state["limits"], state["clock_offset_s"], state["faults"][0]["method"]) == ("on", 100, "getMe")


async def test_wrong_usage_is_reported_in_one_line(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot.localchat", "--state-dir", str(tmp_path), "--token", "nonsense",
        cwd=_ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    _, complaint = await process.communicate()
    assert process.returncode == 2
    assert complaint.decode().strip() == "localchat: a bot token looks like 123456:secret"
