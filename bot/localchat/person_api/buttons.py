"""Pressing inline buttons, and sharing a chat by a reply-keyboard button."""

from __future__ import annotations

import asyncio
import secrets

from aiohttp import web

from bot.localchat.botview import show_message, show_user
from bot.localchat.errors import refused
from bot.localchat.http import commit_reply, read_object, state_of, take
from bot.localchat.membership import Change, change_member, check_change
from bot.localchat.notify import notify_bot
from bot.localchat.person_api.access import chat_of, message_of, sees
from bot.localchat.personview import show_message as show_to_person
from bot.localchat.records import ADMINS, PRESENT, Chat, Json, LocalPerson, Message, Query
from bot.localchat.state import State
from bot.localchat.targets import user_can

ROUTES = web.RouteTableDef()
_CHAT = r"/api/people/{person:\d+}/chats/{chat:-?\d+}"
_NO_ANSWER: Json = {"text": None, "show_alert": False, "url": None}


@ROUTES.post(_CHAT + "/press")
async def _press(request: web.Request) -> web.Response:
    state, (person, chat) = state_of(request), chat_of(request)
    body = await read_object(request)
    message = message_of(state, chat, take(body, "message_id", int, 0))
    row = take(body, "row", int, 0)
    column = take(body, "column", int, 0)
    rows = (message.markup or {}).get("inline_keyboard", [])
    if not (0 <= row < len(rows) and 0 <= column < len(rows[row])):
        raise refused("no_such_button", "there is no such button")
    button: Json = rows[row][column]
    if "callback_data" not in button:
        return commit_reply(state, {**_NO_ANSWER, "url": button.get("url")})
    raw_data_hex = take(body, "raw_data_hex", str)
    try:
        bytes.fromhex(raw_data_hex or "")
    except ValueError as error:
        raise refused("bad_field", "raw_data_hex has two hexadecimal digits a byte") from error
    number = str(secrets.randbelow(9 * 10**18) + 10**18)
    query = Query(number, state.clock.now(), message.chat_id, message.message_id, person.id)
    oldest = state.clock.now() - 24 * 3600
    for query in [query for query in state.queries.values() if query.created < oldest]:
        del state.queries[query.id]
        state.store.drop(query)
    state.queries[query.id] = query
    state.save(query)
    state.answers[query.id] = asyncio.get_running_loop().create_future()
    state.updates.push(
        "callback_query",
        {
            "id": query.id,
            "from": show_user(state, query.person_id),
            "message": show_message(state, message),
            # The same for all buttons of a chat, and the chat id cannot be read from it.
            "chat_instance": str(abs(hash((state.bot_id, message.chat_id)))),
            "data": button["callback_data"],
        },
        message.chat_id,
        raw_data_hex=raw_data_hex,
    )
    state.store.commit()
    try:
        answer = await asyncio.wait_for(state.answers[query.id], state.config.callback_timeout_s)
    except TimeoutError:
        answer = _NO_ANSWER
    finally:
        del state.answers[query.id]
    return commit_reply(state, answer)


@ROUTES.post(_CHAT + "/share-chat")
async def _share_chat(request: web.Request) -> web.Response:
    state, (person, chat) = state_of(request), chat_of(request)
    body = await read_object(request)
    message = message_of(state, chat, take(body, "message_id", int, 0))
    wanted = _find_request(message, take(body, "request_id", int, 0))
    shared = state.chat(take(body, "shared_chat_id", int, 0))
    if not sees(person, shared) or shared.type == "private" or shared.migrated_to is not None:
        raise refused("wrong_chat", "this chat cannot be shared")
    if wanted["chat_is_channel"] != (shared.type == "channel"):
        raise refused("wrong_chat", "the bot asked for another kind of chat")
    if wanted.get("chat_is_created") and shared.status(person.id) != "creator":
        raise refused("forbidden", "the bot asked for a chat that this person created")
    needed = _rights_in(wanted.get("user_administrator_rights"))
    if needed is not None and (
        shared.status(person.id) not in ADMINS or not all(user_can(shared, person.id, r) for r in needed)
    ):
        raise refused("forbidden", "the bot asked for a chat where this person is administrator")
    if (
        wanted.get("bot_is_member")
        and shared.status(state.bot_id) not in PRESENT
        and not user_can(shared, person.id, "can_invite_users")
    ):
        raise refused("forbidden", "the bot is not in this chat")
    _let_bot_in(state, person, shared, wanted)
    notice = state.new_message(chat, person.id)
    shown = {"request_id": wanted["request_id"], "chat_id": shared.id}
    notice.service = {"chat_shared": shown | ({"title": shared.title} if wanted.get("request_title") else {})}
    notify_bot(state, state.publish(notice))
    return commit_reply(state, {"messages": [show_to_person(state, notice)]}, 201)


def _find_request(message: Message, request_id: int) -> Json:
    for row in (message.markup or {}).get("keyboard", []):
        for key in row:
            wanted: Json = key.get("request_chat") or {}
            if wanted.get("request_id") == request_id:
                return wanted
    raise refused("no_such_button", "there is no such button")


def _rights_in(rights: Json | None) -> list[str] | None:
    return None if rights is None else [r for r, on in rights.items() if on and r != "is_anonymous"]


def _let_bot_in(state: State, person: LocalPerson, shared: Chat, wanted: Json) -> None:
    """Adds or promotes the bot as it asked for; Telegram's apps offer that to the person."""
    status = shared.status(state.bot_id)
    rights = _rights_in(wanted.get("bot_administrator_rights"))
    change = None
    if rights is not None and not all(
        user_can(shared, state.bot_id, right) for right in ["can_manage_chat", *rights]
    ):
        change = Change(
            actor=person.id, user_id=state.bot_id, status="administrator", rights=dict.fromkeys(rights, True)
        )
    elif rights is None and wanted.get("bot_is_member") and status not in PRESENT:
        change = Change(actor=person.id, user_id=state.bot_id, status="member")
    if change:
        check_change(state, shared, change)
        change_member(state, shared, change)
