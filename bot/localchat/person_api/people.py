"""People, their chats and files, and the bot as they see it."""

from __future__ import annotations

import re

from aiohttp import web

from bot.localchat.errors import refused
from bot.localchat.http import commit_reply, path_int, read_object, state_of, take
from bot.localchat.membership import set_blocked
from bot.localchat.person_api.access import chat_of, person_of, sees
from bot.localchat.personview import show_bot, show_chat, show_person
from bot.localchat.records import Json, LocalPerson
from bot.localchat.state import State

ROUTES = web.RouteTableDef()
VERSION = 1
_USERNAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{3,31}")


@ROUTES.get("/api/state")
async def _state(request: web.Request) -> web.Response:
    state = state_of(request)
    body: Json = {"bot": show_bot(state, None, None)}
    body["people"] = [show_person(person) for person in state.people.values()]
    body["limits"] = "on" if state.flood.limits.enabled else "off"
    body["faults"] = [fault.describe() for fault in state.faults]
    body |= {"version": VERSION, "clock_offset_s": state.clock.offset_s, "seq": state.events.seq}
    return commit_reply(state, body)


@ROUTES.post("/api/people")
async def _add_person(request: web.Request) -> web.Response:
    state, body = state_of(request), await read_object(request)
    first_name = _name(take(body, "first_name", str, ""))
    username = _username(state, take(body, "username", str))
    person = state.add_person(first_name, username, take(body, "language_code", str))
    return _publish_person(state, person, 201)


@ROUTES.patch(r"/api/people/{person:\d+}")
async def _change_person(request: web.Request) -> web.Response:
    state, person, body = state_of(request), person_of(request), await read_object(request)
    person.first_name = _name(take(body, "first_name", str, person.first_name))
    if take(body, "username", str, person.username) != person.username:
        person.username = _username(state, body["username"])
    if "language_code" in body:
        person.language_code = take(body, "language_code", str)
    return _publish_person(state, person, 200)


def _publish_person(state: State, person: LocalPerson, status: int) -> web.Response:
    state.save(person)
    state.events.publish("people", state.people, chat_id=person.id)
    return commit_reply(state, show_person(person), status)


def _name(raw: str) -> str:
    name = raw.strip()
    if not 1 <= len(name) <= 64:
        raise refused("bad_field", "first_name has 1 to 64 characters")
    return name


def _username(state: State, raw: str | None) -> str | None:
    if not raw:
        return None
    taken = {(person.username or "").lower() for person in state.people.values()} | {
        state.config.bot_username.lower()
    }
    if not _USERNAME.fullmatch(raw) or raw.lower() in taken:
        raise refused("bad_field", "username is taken, or not 4 to 32 letters, digits and underscores")
    return raw


@ROUTES.get(r"/api/people/{person:\d+}/chats")
async def _list_chats(request: web.Request) -> web.Response:
    state, person = state_of(request), person_of(request)
    found = [chat for chat in state.chats.values() if chat.migrated_to is None and sees(person, chat)]
    last = {chat.id: state.last_message(chat.id) for chat in found}
    found.sort(key=lambda chat: (m.date, m.message_id) if (m := last[chat.id]) else (0, 0), reverse=True)
    return commit_reply(state, {"chats": [show_chat(state, chat, person) for chat in found]})


@ROUTES.get(r"/api/people/{person:\d+}/bot")
async def _see_bot(request: web.Request) -> web.Response:
    state, person = state_of(request), person_of(request)
    raw = request.query.get("chat_id", str(person.id))
    if not raw.removeprefix("-").isdecimal():
        raise refused("bad_field", "chat_id is a number")
    return commit_reply(state, show_bot(state, person, state.chat(int(raw))))


@ROUTES.post(r"/api/people/{person:\d+}/chats/{chat:-?\d+}/block")
async def _block(request: web.Request) -> web.Response:
    state, (person, chat) = state_of(request), chat_of(request)
    if chat.type != "private":
        raise refused("wrong_chat", "the bot can be blocked in its private chat")
    set_blocked(state, person, blocked=take(await read_object(request), "blocked", bool, default=True))
    return commit_reply(state, show_chat(state, chat, person))


@ROUTES.post(r"/api/people/{person:\d+}/chats/{chat:-?\d+}/read")
async def _read(request: web.Request) -> web.Response:
    state, (person, chat) = state_of(request), chat_of(request)
    last = state.last_message(chat.id)
    number = take(await read_object(request), "message_id", int, last.message_id if last else 0)
    person.read[str(chat.id)] = max(number, person.read.get(str(chat.id), 0))
    state.save(person)
    return commit_reply(state, show_chat(state, chat, person))


@ROUTES.get(r"/api/people/{person:\d+}/files/{file_id}")
async def _file(request: web.Request) -> web.Response:
    state, person = state_of(request), state_of(request).person(path_int(request, "person"))
    stored = state.files.find(request.match_info["file_id"])
    if stored is None or not _may_see_file(state, person, stored.parent or stored.number):
        raise web.HTTPNotFound
    # The browser shows only pictures that this server made; it downloads anything else.
    kind = "image/jpeg" if stored.kind == "photo" else "application/octet-stream"
    headers = {"Cache-Control": "private, max-age=31536000, immutable"}
    if stored.kind == "document":
        headers["Content-Disposition"] = "attachment"
    return web.Response(body=await state.files.read(stored), content_type=kind, headers=headers)


def _may_see_file(state: State, person: LocalPerson, number: int) -> bool:
    for chat in state.chats.values():
        if sees(person, chat):
            for message in state.messages.get(chat.id, {}).values():
                if message.deleted_at is None and (
                    message.document == number or number in message.photo[-1:]
                ):
                    return True
    return False
