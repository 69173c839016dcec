"""The live stream of events (server-sent events)."""

from __future__ import annotations

import asyncio

import orjson
from aiohttp import web

from bot.localchat.events import Subscriber
from bot.localchat.http import state_of
from bot.localchat.person_api.access import person_of
from bot.localchat.personview import show_chat, show_message, show_person
from bot.localchat.records import Event, Json, LocalPerson
from bot.localchat.state import State

ROUTES = web.RouteTableDef()
_RETRY_MS = 1000
_KEEP_ALIVE_S = 15.0


@ROUTES.get(r"/api/people/{person:\d+}/events")
async def _events(request: web.Request) -> web.StreamResponse:
    state, person = state_of(request), person_of(request)
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
    after = request.headers.get("Last-Event-ID") or request.query.get("after") or ""
    await response.prepare(request)
    subscriber = state.events.subscribe(person.id)
    try:
        await response.write(f"retry: {_RETRY_MS}\n\n".encode())
        if after.isdecimal():
            missed = state.events.since(int(after), person.id)
            await response.write(b"".join(_frame(state, person, event, None) for event in missed))
        await _follow(state, person, subscriber, response)
    except ConnectionError:
        pass  # the page is gone
    finally:
        state.events.unsubscribe(subscriber)
    return response


async def _follow(
    state: State, person: LocalPerson, subscriber: Subscriber, response: web.StreamResponse
) -> None:
    while True:
        try:
            item = await asyncio.wait_for(subscriber.queue.get(), _KEEP_ALIVE_S)
        except TimeoutError:
            await response.write(b": still here\n\n")
            continue
        if item is None:
            return
        await response.write(_frame(state, person, *item))


def _frame(state: State, person: LocalPerson, event: Event, data: Json | None) -> bytes:
    if data is None:
        chat_id, message_id = event.chat_id or 0, event.message_id or 0
        if event.kind == "people":
            data = {"people": [show_person(someone) for someone in state.people.values()]}
        elif event.kind == "chat":
            data = show_chat(state, state.chats[chat_id], person)
        elif event.kind == "delete":
            data = {"chat_id": chat_id, "id": state.messages[chat_id][message_id].message_id}
        else:
            data = show_message(state, state.messages[chat_id][message_id])
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (event.seq, event.kind.encode(), orjson.dumps(data))
