"""Chats and their members."""

from __future__ import annotations

from bot.localchat.botview import show_chat, show_member
from bot.localchat.errors import bad_request
from bot.localchat.methods.registry import bot_method
from bot.localchat.params import Call
from bot.localchat.records import ADMINS, ChatMember, Json
from bot.localchat.state import State
from bot.localchat.targets import open_chat

_GIFTS = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")


@bot_method("getChat")
async def _get_chat(state: State, call: Call) -> Json:
    chat = open_chat(state, call.get("chat_id"))
    shown = show_chat(state, chat)
    shown |= {"accent_color_id": 0, "max_reaction_count": 11}
    shown["accepted_gift_types"] = dict.fromkeys(_GIFTS, False)
    return shown


@bot_method("getChatAdministrators")
async def _get_administrators(state: State, call: Call) -> list[Json]:
    chat = open_chat(state, call.get("chat_id"))
    if chat.type == "private":
        raise bad_request("there are no administrators in the private chat")
    shown = [member for member in chat.members if member.status in ADMINS]
    bots_too = bool(call.get("return_bots"))
    # Telegram leaves out other bots, but not the one that asks.
    return [
        show_member(state, chat, m) for m in shown if bots_too or m.user_id in {*state.people, state.bot_id}
    ]


@bot_method("getChatMember")
async def _get_member(state: State, call: Call) -> Json:
    chat = open_chat(state, call.get("chat_id"))
    user_id = call.params["user_id"]
    known = user_id in state.people or user_id == state.bot_id
    if not known or (chat.type == "private" and user_id not in {chat.id, state.bot_id}):
        raise bad_request("PARTICIPANT_ID_INVALID" if known else "user not found")
    if chat.type == "private":
        return show_member(state, chat, ChatMember(user_id, "member"))
    is_admin = chat.status(state.bot_id) in ADMINS
    if user_id != state.bot_id and not is_admin:
        # For other users Telegram answers reliably only if the bot is administrator.
        raise bad_request("CHAT_ADMIN_REQUIRED")
    return show_member(state, chat, chat.member(user_id) or ChatMember(user_id, "left"))
