"""Who comes, goes and rises in groups and channels, and what the bot hears of it."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field

from bot.localchat.botview import CHANNEL_RIGHTS, GROUP_RIGHTS, RIGHTS, show_chat, show_member, show_user
from bot.localchat.delivery import tell_bot
from bot.localchat.errors import refused
from bot.localchat.records import ADMINS, GROUP_TYPES, PRESENT, Chat, Json, Member, Person, Status
from bot.localchat.targets import user_can
from bot.localchat.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Somebody (`actor`) gives somebody (`user_id`) a standing."""

    actor: int
    user_id: int
    status: Status
    rights: Mapping[str, bool] = field(default_factory=dict)
    anonymous: bool = False


def default_rights(chat: Chat) -> dict[str, bool]:
    """What a new administrator may do: all but making others administrator."""
    own = CHANNEL_RIGHTS if chat.type == "channel" else GROUP_RIGHTS
    return dict.fromkeys((*RIGHTS, *own), True) | {"can_promote_members": False}


def check_change(world: World, chat: Chat, change: Change) -> None:
    """Who may do what to whom.

    Raises:
        PersonApiError: the actor may not, the creator would fall, or the bot would be a plain channel member.
    """
    if chat.type == "private" or chat.migrated_to is not None:
        raise refused("wrong_chat", "not a group or channel")
    if chat.status(change.user_id) == "creator" and change.actor != change.user_id:
        raise refused("forbidden", "the creator cannot be changed")
    if change.user_id == world.bot_id and chat.type == "channel" and change.status == "member":
        raise refused("forbidden", "a bot can be in a channel as administrator only")
    leaving = change.actor == change.user_id and change.status == "left"
    if not leaving and not user_can(chat, change.actor, _needed_right(chat, change)):
        raise refused("forbidden", "this person may not do that here")


def _needed_right(chat: Chat, change: Change) -> str:
    if change.status == "administrator" or chat.status(change.user_id) in ADMINS:
        return "can_promote_members"
    return "can_invite_users" if change.status == "member" else "can_restrict_members"


def change_member(world: World, chat: Chat, change: Change) -> None:
    """Carries a change out, with service message, events and the bot's updates."""
    member = chat.member(change.user_id)
    if member is None:
        member = Member(change.user_id, "left")
        chat.members.append(member)
    old = deepcopy(member)
    audience = set(world.audience(chat))
    member.status, member.anonymous = change.status, change.anonymous
    is_admin = change.status == "administrator"
    member.rights = {**default_rights(chat), **change.rights} if is_admin else {}
    if change.rights and is_admin:
        member.rights = {right: bool(change.rights.get(right)) for right in member.rights} | {
            "can_manage_chat": True
        }
    world.save(chat)
    _post_notice(world, chat, old, change)
    _tell_bot(world, chat, old, change)
    audience |= set(world.audience(chat))
    world.events.publish("chat", audience, chat_id=chat.id)


def _post_notice(world: World, chat: Chat, old: Member, change: Change) -> None:
    came = old.status not in PRESENT and change.status in PRESENT
    went = old.status in PRESENT and change.status not in PRESENT
    if chat.type not in GROUP_TYPES or not (came or went):
        return
    user = show_user(world, change.user_id)
    notice = world.new_message(chat, change.actor)
    notice.service = {"new_chat_members": [user]} if came else {"left_chat_member": user}
    tell_bot(world, world.publish(notice))


def _tell_bot(world: World, chat: Chat, old: Member, change: Change) -> None:
    about_bot = change.user_id == world.bot_id
    # Others' standing is told to administrators only, and only if asked for in `allowed_updates`.
    if not about_bot and chat.status(world.bot_id) not in ADMINS:
        return
    new = chat.member(change.user_id) or old
    body: Json = {
        "chat": show_chat(world, chat),
        "from": show_user(world, change.actor),
        "date": world.clock.date(),
        "old_chat_member": show_member(world, chat, old),
        "new_chat_member": show_member(world, chat, new),
    }
    world.updates.push("my_chat_member" if about_bot else "chat_member", body, chat.id)


def set_blocked(world: World, person: Person, *, blocked: bool) -> None:
    """A person blocks the bot or takes it back; the bot hears of it."""
    if person.blocked == blocked:
        return
    person.blocked = blocked
    world.save(person)
    chat = world.chats[person.id]
    standing: tuple[Status, Status] = ("member", "kicked") if blocked else ("kicked", "member")
    old, new = (show_member(world, chat, Member(world.bot_id, status)) for status in standing)
    body: Json = {
        "chat": show_chat(world, chat),
        "from": show_user(world, person.id),
        "date": world.clock.date(),
    }
    world.updates.push("my_chat_member", {**body, "old_chat_member": old, "new_chat_member": new}, chat.id)
    world.events.publish("chat", [person.id], chat_id=chat.id)


def migrate(world: World, chat: Chat) -> Chat:
    """Turns a group into a supergroup under a new id.

    Raises:
        PersonApiError: it is no group, or has moved already.
    """
    if chat.type != "group" or chat.migrated_to is not None:
        raise refused("wrong_chat", "only a group can become a supergroup")
    new = world.add_chat("supergroup", chat.title or "")
    new.members, new.migrated_from = deepcopy(chat.members), chat.id
    creator = next(member.user_id for member in chat.members if member.status == "creator")
    farewell, welcome = world.new_message(chat, creator), world.new_message(new, creator)
    farewell.service = {"migrate_to_chat_id": new.id}
    welcome.service = {"migrate_from_chat_id": chat.id}
    for message in (farewell, welcome):
        tell_bot(world, world.publish(message))
    chat.migrated_to = new.id
    world.save(chat, new)
    world.events.publish("chat", world.audience(new), chat_id=new.id)
    return new
