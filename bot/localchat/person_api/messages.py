"""Sending, editing, deleting, and the transcript."""

from __future__ import annotations

from typing import Literal

from aiohttp import web

from bot.localchat import person_messages
from bot.localchat.errors import PersonApiError, refused
from bot.localchat.forms import parse_form
from bot.localchat.http import commit_reply, path_int, read_object, state_of, take
from bot.localchat.person_api.access import chat_of, message_of
from bot.localchat.personview import show_message
from bot.localchat.records import Json
from bot.localchat.targets import user_can

ROUTES = web.RouteTableDef()
_CHAT = r"/api/people/{person:\d+}/chats/{chat:-?\d+}/messages"
_MOST = 200
_MAX_BYTES = 256 * 1024 * 1024


@ROUTES.get(_CHAT)
async def _list(request: web.Request) -> web.Response:
    state, (person, chat) = state_of(request), chat_of(request)
    limit = min(max(_number(request, "limit", 50), 1), _MOST)
    before = _number(request, "before", 0)
    found = list(state.messages.get(chat.id, {}).values())
    if before:
        found = [message for message in found if message.message_id < before]
    elif found:
        person.read[str(chat.id)] = found[-1].message_id
        state.save(person)
    return commit_reply(state, {"messages": [show_message(state, message) for message in found[-limit:]]})


def _number(request: web.Request, name: str, default: int) -> int:
    raw = request.query.get(name, str(default))
    if not raw.isdecimal():
        raise refused("bad_field", f"{name} is a number")
    return int(raw)


@ROUTES.post(_CHAT)
async def _send(request: web.Request) -> web.Response:
    state, (person, chat) = state_of(request), chat_of(request)
    if request.content_type == "multipart/form-data":
        fields: dict[str, str] = {}
        files: list[person_messages.SentFile] = []
        body = await request.read()
        if len(body) > _MAX_BYTES:
            raise PersonApiError(413, "too_large", "the files are too large to send at once")
        try:
            parts = parse_form(body, request.headers["Content-Type"])
        except ValueError as error:
            raise refused("bad_field", "the form cannot be read") from error
        for part in parts:
            if part.name in {"photo", "document"}:
                kind: Literal["photo", "document"] = "photo" if part.name == "photo" else "document"
                files.append(person_messages.SentFile(kind, part.filename, part.content))
            else:
                fields[part.name] = part.content.decode("utf-8", "replace")
        outgoing = _outgoing(fields, files)
    else:
        outgoing = _read_body(await read_object(request))
    sent = await person_messages.send(state, person, chat, outgoing)
    person.read[str(chat.id)] = sent[-1].message_id
    state.save(person)
    return commit_reply(state, {"messages": [show_message(state, message) for message in sent]}, 201)


def _read_body(body: Json) -> person_messages.Draft:
    start = take(body, "start", str)
    text = f"/start {start}".strip() if start is not None else take(body, "text", str)
    return person_messages.Draft(text=text, reply_to=take(body, "reply_to", int))


def _outgoing(fields: dict[str, str], files: list[person_messages.SentFile]) -> person_messages.Draft:
    if unknown := set(fields) - {"text", "caption", "reply_to", "start"}:
        raise refused("bad_field", f"unknown field {min(unknown)}")
    reply_to = fields.get("reply_to") or None
    if reply_to and not reply_to.isdecimal():
        raise refused("bad_field", "reply_to is a number")
    body: Json = {"text": fields.get("text"), "start": fields.get("start")}
    outgoing = _read_body({**body, "reply_to": int(reply_to) if reply_to else None})
    outgoing.caption, outgoing.files = fields.get("caption"), files
    return outgoing


@ROUTES.patch(_CHAT + r"/{message:\d+}")
async def _edit(request: web.Request) -> web.Response:
    state, (person, chat) = state_of(request), chat_of(request)
    message = message_of(state, chat, path_int(request, "message"))
    body = await read_object(request)
    if message.sender != person.id or message.service:
        raise PersonApiError(403, "forbidden", "a person can edit their own messages only")
    person_messages.edit(state, message, take(body, "text", str), take(body, "caption", str))
    return commit_reply(state, show_message(state, message))


@ROUTES.delete(_CHAT + r"/{message:\d+}")
async def _delete(request: web.Request) -> web.Response:
    state, (person, chat) = state_of(request), chat_of(request)
    message = message_of(state, chat, path_int(request, "message"))
    own = message.sender == person.id or chat.type == "private"
    if not own and not user_can(chat, person.id, "can_delete_messages"):
        raise PersonApiError(403, "forbidden", "this message belongs to someone else")
    state.delete(message)  # Telegram sends bots no update about it
    return commit_reply(state, show_message(state, message))


@ROUTES.get("/api/transcript")
async def _transcript(request: web.Request) -> web.Response:
    state = state_of(request)
    raw = request.query.get("chat_id")
    if raw is not None and not raw.removeprefix("-").isdecimal():
        raise refused("bad_field", "chat_id is a number")
    wanted = None if raw is None else int(raw)
    chats = state.messages if wanted is None else {wanted: state.messages.get(wanted, {})}
    messages: list[Json] = []
    for message in (message for chat in chats.values() for message in chat.values()):
        edits = [{**edit, "photo": [state.files[n].file_id for n in edit["photo"]]} for edit in message.edits]
        messages.append({**show_message(state, message), "edits": edits, "deleted_at": message.deleted_at})
    lines = [line for line in state.requests if wanted is None or line.chat_id == wanted]
    names = ("method", "at", "ok", "error_code", "chat_id")
    requests = [{name: getattr(line, name) for name in names} for line in lines]
    return commit_reply(state, {"messages": messages, "requests": requests})
