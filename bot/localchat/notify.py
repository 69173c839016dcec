"""Updates for the bot about people's messages, as privacy mode and channels allow."""

from __future__ import annotations

from bot.localchat.botview import show_message
from bot.localchat.entities import cut_utf16
from bot.localchat.records import ADMINS, PRESENT, Chat, Message
from bot.localchat.state import State


def notify_bot(state: State, message: Message, *, edited: bool = False) -> None:
    """Queues a person's message, or its edit, if Telegram would send it to the bot."""
    chat = state.chats[message.chat_id]
    if not bot_sees(state, chat, message):
        return
    kind = "channel_post" if chat.type == "channel" else "message"
    state.updates.push(f"edited_{kind}" if edited else kind, show_message(state, message), chat.id)


def bot_sees(state: State, chat: Chat, message: Message) -> bool:
    """Whether a message reaches the bot.

    In groups with privacy mode on, only commands for it, replies to it and service messages do, unless it is
    an administrator there.
    """
    if chat.type == "private":
        return True
    status = chat.status(state.bot_id)
    if status not in PRESENT:
        return False
    if chat.type == "channel" or status in ADMINS or not state.config.privacy_mode or message.service:
        return True
    return is_reply_to_bot(state, message) or is_command_for(message, state.config.bot_username)


def is_reply_to_bot(state: State, message: Message) -> bool:
    """Whether a message replies to one of the bot."""
    replied = state.find_message(message.chat_id, message.reply_to)
    return replied is not None and replied.sender == state.bot_id


def is_command_for(message: Message, username: str) -> bool:
    """Whether a message starts with a command that names this bot or no bot."""
    text = message.text if message.text is not None else message.caption
    entities = message.entities if message.text is not None else message.caption_entities
    for entity in entities:
        if entity["type"] == "bot_command" and entity["offset"] == 0:
            _, _, addressee = cut_utf16(text or "", 0, entity["length"]).partition("@")
            return addressee.lower() in {"", username.lower()}
    return False
