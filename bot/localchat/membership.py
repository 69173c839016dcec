"""Joining, leaving and promotion in groups and channels, and the updates for the bot."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field

from bot.localchat.botview import CHANNEL_RIGHTS, GROUP_RIGHTS, RIGHTS, show_chat, show_member, show_user
from bot.localchat.errors import refused
from bot.localchat.notify import notify_bot
from bot.localchat.records import ADMINS, GROUP_TYPES, PRESENT, Chat, ChatMember, Json, LocalPerson, Status
from bot.localchat.state import State
from bot.localchat.targets import user_can


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """`actor` changes the membership of `user_id` to `status`."""

    actor: int
    user_id: int
    status: Status
    rights: Mapping[str, bool] = field(default_factory=dict)
    anonymous: bool = False


def default_rights(chat: Chat) -> dict[str, bool]:
    """The rights of a new administrator: all except promoting others."""
    own = CHANNEL_RIGHTS if chat.type == "channel" else GROUP_RIGHTS
    return dict.fromkeys((*RIGHTS, *own), True) | {"can_promote_members": False}


def check_change(state: State, chat: Chat, change: Change) -> None:
    """Checks that the actor may make a change.

    Raises:
        PersonApiError: the actor has no right to, the creator would lose their role, or the bot would be a
            channel member without being administrator.
    """
    if chat.type == "private" or chat.migrated_to is not None:
        raise refused("wrong_chat", "not a group or channel")
    if chat.status(change.user_id) == "creator" and change.actor != change.user_id:
        raise refused("forbidden", "the creator cannot be changed")
    if change.user_id == state.bot_id and chat.type == "channel" and change.status == "member":
        raise refused("forbidden", "a bot can be in a channel as administrator only")
    leaving = change.actor == change.user_id and change.status == "left"
    needed = "can_invite_users" if change.status == "member" else "can_restrict_members"
    if change.status == "administrator" or chat.status(change.user_id) in ADMINS:
        needed = "can_promote_members"
    if not leaving and not user_can(chat, change.actor, needed):
        raise refused("forbidden", "this person may not do that here")


def change_member(state: State, chat: Chat, change: Change) -> None:
    """Makes a change, with its service message, events and updates for the bot."""
    member = chat.member(change.user_id)
    if member is None:
        member = ChatMember(change.user_id, "left")
        chat.members.append(member)
    old = deepcopy(member)
    audience = set(state.audience(chat))
    member.status, member.anonymous = change.status, change.anonymous
    is_admin = change.status == "administrator"
    member.rights = {**default_rights(chat), **change.rights} if is_admin else {}
    if change.rights and is_admin:
        member.rights = {right: bool(change.rights.get(right)) for right in member.rights} | {
            "can_manage_chat": True
        }
    state.save(chat)
    came = old.status not in PRESENT and change.status in PRESENT
    went = old.status in PRESENT and change.status not in PRESENT
    if chat.type in GROUP_TYPES and (came or went):
        user = show_user(state, change.user_id)
        notice = state.new_message(chat, change.actor)
        notice.service = {"new_chat_members": [user]} if came else {"left_chat_member": user}
        notify_bot(state, state.publish(notice))
    _push_membership(state, chat, old, change)
    audience |= set(state.audience(chat))
    state.events.publish("chat", audience, chat_id=chat.id)


def _push_membership(state: State, chat: Chat, old: ChatMember, change: Change) -> None:
    about_bot = change.user_id == state.bot_id
    # Telegram sends the changes of others to administrators only, and only if `allowed_updates` names them.
    if not about_bot and chat.status(state.bot_id) not in ADMINS:
        return
    new = chat.member(change.user_id) or old
    body: Json = {
        "chat": show_chat(state, chat),
        "from": show_user(state, change.actor),
        "date": state.clock.date(),
        "old_chat_member": show_member(state, chat, old),
        "new_chat_member": show_member(state, chat, new),
    }
    state.updates.push("my_chat_member" if about_bot else "chat_member", body, chat.id)


def set_blocked(state: State, person: LocalPerson, *, blocked: bool) -> None:
    """Blocks or unblocks the bot for a person, with the update for the bot."""
    if person.blocked == blocked:
        return
    person.blocked = blocked
    state.save(person)
    chat = state.chats[person.id]
    statuses: tuple[Status, Status] = ("member", "kicked") if blocked else ("kicked", "member")
    old, new = (show_member(state, chat, ChatMember(state.bot_id, status)) for status in statuses)
    body: Json = {
        "chat": show_chat(state, chat),
        "from": show_user(state, person.id),
        "date": state.clock.date(),
    }
    state.updates.push("my_chat_member", {**body, "old_chat_member": old, "new_chat_member": new}, chat.id)
    state.events.publish("chat", [person.id], chat_id=chat.id)


def migrate(state: State, chat: Chat) -> Chat:
    """Turns a group into a supergroup with a new id.

    Raises:
        PersonApiError: it is not a group, or it has been migrated before.
    """
    if chat.type != "group" or chat.migrated_to is not None:
        raise refused("wrong_chat", "only a group can become a supergroup")
    new = state.add_chat("supergroup", chat.title or "")
    new.members, new.migrated_from = deepcopy(chat.members), chat.id
    creator = next(member.user_id for member in chat.members if member.status == "creator")
    farewell, welcome = state.new_message(chat, creator), state.new_message(new, creator)
    farewell.service = {"migrate_to_chat_id": new.id}
    welcome.service = {"migrate_from_chat_id": chat.id}
    for message in (farewell, welcome):
        notify_bot(state, state.publish(message))
    chat.migrated_to = new.id
    state.save(chat, new)
    state.events.publish("chat", state.audience(new), chat_id=new.id)
    return new
