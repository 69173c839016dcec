"""People, their list of chats, the bot as they see it."""

from __future__ import annotations

import re

from aiohttp import web

from bot.localchat.errors import refused
from bot.localchat.http import commit_reply, path_int, read_object, take, world_of
from bot.localchat.membership import set_blocked
from bot.localchat.person_api.access import chat_of, person_of, sees
from bot.localchat.personview import show_bot, show_chat, show_person
from bot.localchat.records import Chat, Json, Person
from bot.localchat.world import World

VERSION = 1
_USERNAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{3,31}")


async def _state(request: web.Request) -> web.Response:
    world = world_of(request)
    body: Json = {"bot": show_bot(world, None, None)}
    body["people"] = [show_person(person) for person in world.people.values()]
    body["limits"] = "on" if world.gate.limits.enabled else "off"
    body["faults"] = [fault.describe() for fault in world.faults]
    body |= {"version": VERSION, "clock_offset_s": world.clock.offset_s, "seq": world.events.seq}
    return commit_reply(world, body)


async def _add_person(request: web.Request) -> web.Response:
    world, body = world_of(request), await read_object(request)
    first_name = _name(take(body, "first_name", str, ""))
    username = _username(world, take(body, "username", str))
    person = world.add_person(first_name, username, take(body, "language_code", str))
    return _tell(world, person, 201)


async def _change_person(request: web.Request) -> web.Response:
    world, person, body = world_of(request), person_of(request), await read_object(request)
    person.first_name = _name(take(body, "first_name", str, person.first_name))
    if take(body, "username", str, person.username) != person.username:
        person.username = _username(world, body["username"])
    if "language_code" in body:
        person.language_code = take(body, "language_code", str)
    return _tell(world, person, 200)


def _tell(world: World, person: Person, status: int) -> web.Response:
    world.save(person)
    world.events.publish("people", world.people, chat_id=person.id)
    return commit_reply(world, show_person(person), status)


def _name(raw: str) -> str:
    name = raw.strip()
    if not 1 <= len(name) <= 64:
        raise refused("bad_field", "first_name has 1 to 64 characters")
    return name


def _username(world: World, raw: str | None) -> str | None:
    if not raw:
        return None
    taken = {(person.username or "").lower() for person in world.people.values()} | {
        world.config.bot_username.lower()
    }
    if not _USERNAME.fullmatch(raw) or raw.lower() in taken:
        raise refused("bad_field", "username is taken, or not 4 to 32 letters, digits and underscores")
    return raw


async def _list_chats(request: web.Request) -> web.Response:
    world, person = world_of(request), person_of(request)
    found = [chat for chat in world.chats.values() if chat.migrated_to is None and sees(person, chat)]
    found.sort(key=lambda chat: _age(world, chat), reverse=True)
    return commit_reply(world, {"chats": [show_chat(world, chat, person) for chat in found]})


def _age(world: World, chat: Chat) -> tuple[int, int]:
    last = world.last_message(chat.id)
    return (last.date, last.message_id) if last else (0, 0)


async def _see_bot(request: web.Request) -> web.Response:
    world, person = world_of(request), person_of(request)
    raw = request.query.get("chat_id", str(person.id))
    if not raw.removeprefix("-").isdecimal():
        raise refused("bad_field", "chat_id is a number")
    return commit_reply(world, show_bot(world, person, world.chat(int(raw))))


async def _block(request: web.Request) -> web.Response:
    world, (person, chat) = world_of(request), chat_of(request)
    if chat.type != "private":
        raise refused("wrong_chat", "the bot can be blocked in its private chat")
    set_blocked(world, person, blocked=take(await read_object(request), "blocked", bool, default=True))
    return commit_reply(world, show_chat(world, chat, person))


async def _read(request: web.Request) -> web.Response:
    world, (person, chat) = world_of(request), chat_of(request)
    last = world.last_message(chat.id)
    number = take(await read_object(request), "message_id", int, last.message_id if last else 0)
    person.read[str(chat.id)] = max(number, person.read.get(str(chat.id), 0))
    world.save(person)
    return commit_reply(world, show_chat(world, chat, person))


async def _file(request: web.Request) -> web.Response:
    world, person = world_of(request), world_of(request).person(path_int(request, "person"))
    stored = world.files.find(request.match_info["file_id"])
    if stored is None or not _may_see_file(world, person, stored.parent or stored.number):
        raise web.HTTPNotFound
    # Only a picture that this server made is shown in place; anything else is handed over as a download.
    kind = "image/jpeg" if stored.kind == "photo" else "application/octet-stream"
    headers = {"Cache-Control": "private, max-age=31536000, immutable"}
    if stored.kind == "document":
        headers["Content-Disposition"] = "attachment"
    return web.Response(body=await world.files.read(stored), content_type=kind, headers=headers)


def _may_see_file(world: World, person: Person, number: int) -> bool:
    for chat in world.chats.values():
        if sees(person, chat):
            for message in world.messages.get(chat.id, {}).values():
                if message.deleted_at is None and (
                    message.document == number or number in message.photo[-1:]
                ):
                    return True
    return False


ROUTES = [
    web.get("/api/state", _state),
    web.post("/api/people", _add_person),
    web.patch(r"/api/people/{person:\d+}", _change_person),
    web.get(r"/api/people/{person:\d+}/chats", _list_chats),
    web.get(r"/api/people/{person:\d+}/bot", _see_bot),
    web.get(r"/api/people/{person:\d+}/files/{file_id}", _file),
    web.post(r"/api/people/{person:\d+}/chats/{chat:-?\d+}/block", _block),
    web.post(r"/api/people/{person:\d+}/chats/{chat:-?\d+}/read", _read),
]
