"""What the bot can learn about chats and their members."""

from __future__ import annotations

from bot.localchat.botview import show_chat, show_member
from bot.localchat.errors import bad_request
from bot.localchat.params import Call
from bot.localchat.records import ADMINS, Json, Member
from bot.localchat.targets import open_chat
from bot.localchat.world import World

_GIFTS = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")


async def _get_chat(world: World, call: Call) -> Json:
    chat = open_chat(world, call.get("chat_id"))
    shown = show_chat(world, chat)
    shown |= {"accent_color_id": 0, "max_reaction_count": 11}
    shown["accepted_gift_types"] = dict.fromkeys(_GIFTS, False)
    return shown


async def _get_administrators(world: World, call: Call) -> list[Json]:
    chat = open_chat(world, call.get("chat_id"))
    if chat.type == "private":
        raise bad_request("there are no administrators in the private chat")
    shown = [member for member in chat.members if member.status in ADMINS]
    bots_too = bool(call.get("return_bots"))
    # Telegram leaves out other bots, never the asking one.
    return [
        show_member(world, chat, m) for m in shown if bots_too or m.user_id in {*world.people, world.bot_id}
    ]


async def _get_member(world: World, call: Call) -> Json:
    chat = open_chat(world, call.get("chat_id"))
    user_id = call.params["user_id"]
    known = user_id in world.people or user_id == world.bot_id
    if not known or (chat.type == "private" and user_id not in {chat.id, world.bot_id}):
        raise bad_request("PARTICIPANT_ID_INVALID" if known else "user not found")
    if chat.type == "private":
        return show_member(world, chat, Member(user_id, "member"))
    is_admin = chat.status(world.bot_id) in ADMINS
    if user_id != world.bot_id and not is_admin:
        # Telegram answers reliably for others only where the bot is administrator.
        raise bad_request("CHAT_ADMIN_REQUIRED")
    return show_member(world, chat, chat.member(user_id) or Member(user_id, "left"))


HANDLERS = {
    "getChat": _get_chat,
    "getChatAdministrators": _get_administrators,
    "getChatMember": _get_member,
}
