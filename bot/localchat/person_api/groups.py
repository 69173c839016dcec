"""Groups and channels."""

from __future__ import annotations

from typing import cast, get_args

from aiohttp import web

from bot.localchat.errors import refused
from bot.localchat.http import commit_reply, path_int, read_object, state_of, take
from bot.localchat.membership import Change, change_member, check_change, default_rights, migrate
from bot.localchat.personview import show_chat
from bot.localchat.records import Chat, ChatMember, ChatType, Json, Status
from bot.localchat.state import State

ROUTES = web.RouteTableDef()
_STATUSES = {"member", "administrator", "left", "kicked"}


def create_group(state: State, kind: ChatType, title: str, people: list[int]) -> Chat:
    """Creates a group or channel; the first of `people` is its creator."""
    chat = state.add_chat(kind, title)
    creator, *others = people
    chat.members = [ChatMember(creator, "creator", default_rights(chat) | {"can_promote_members": True})]
    chat.members += [
        ChatMember(person_id, "member") for person_id in dict.fromkeys(others) if person_id != creator
    ]
    notice = state.new_message(chat, creator)
    notice.service = {"group_chat_created" if kind == "group" else f"{kind}_chat_created": True}
    state.publish(notice)
    state.save(chat)
    state.events.publish("chat", state.audience(chat), chat_id=chat.id)
    return chat


@ROUTES.post("/api/groups")
async def _create(request: web.Request) -> web.Response:
    state, body = state_of(request), await read_object(request)
    kind, title = take(body, "type", str, "supergroup"), take(body, "title", str, "").strip()
    if kind not in set(get_args(ChatType)) - {"private"} or not 1 <= len(title) <= 128:
        raise refused("bad_field", "type is group, supergroup or channel; title has 1 to 128 characters")
    creator = state.person(take(body, "creator", int, 0))
    members = [state.person(person_id).id for person_id in take(body, "members", list, [])]
    chat = create_group(state, cast("ChatType", kind), title, [creator.id, *members])
    return commit_reply(state, show_chat(state, chat, creator), 201)


@ROUTES.post(r"/api/groups/{chat:-?\d+}/members")
async def _change(request: web.Request) -> web.Response:
    state, body = state_of(request), await read_object(request)
    chat = state.chat(path_int(request, "chat"))
    user_id = take(body, "user_id", int, 0)
    if user_id != state.bot_id:
        state.person(user_id)
    status = take(body, "status", str, "")
    if status not in _STATUSES:
        raise refused("bad_field", f"status is one of {', '.join(sorted(_STATUSES))}")
    change = Change(
        actor=state.person(take(body, "actor", int, 0)).id,
        user_id=user_id,
        status=cast("Status", status),
        rights=take(body, "rights", dict, {}),
        anonymous=take(body, "anonymous", bool, default=False),
    )
    check_change(state, chat, change)
    change_member(state, chat, change)
    return commit_reply(state, _show_members(state, chat))


@ROUTES.get(r"/api/groups/{chat:-?\d+}/members")
async def _list_members(request: web.Request) -> web.Response:
    state = state_of(request)
    return commit_reply(state, _show_members(state, state.chat(path_int(request, "chat"))))


def _show_members(state: State, chat: Chat) -> Json:
    members = [
        {"user_id": m.user_id, "status": m.status, "rights": m.rights, "anonymous": m.anonymous}
        for m in chat.members
    ]
    shown = {"id": chat.id, "type": chat.type, "title": chat.title, "migrated_to": chat.migrated_to}
    return {"chat": shown, "members": members, "bot_id": state.bot_id}


@ROUTES.post(r"/api/groups/{chat:-?\d+}/migrate")
async def _migrate(request: web.Request) -> web.Response:
    state = state_of(request)
    return commit_reply(state, _show_members(state, migrate(state, state.chat(path_int(request, "chat")))))
