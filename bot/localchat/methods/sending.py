"""Shared by all sending methods: flood limits, reply, text, caption, keyboard."""

from __future__ import annotations

from bot.localchat.entities import MAX_CAPTION, MAX_TEXT, format_text, require_length
from bot.localchat.errors import bad_request
from bot.localchat.markup import check_markup
from bot.localchat.params import Call
from bot.localchat.records import Chat, Json, Message
from bot.localchat.state import State
from bot.localchat.targets import sending_chat


def admit(state: State, chat: Chat, messages: int = 1) -> None:
    """Counts messages in the flood limits.

    Raises:
        TooManyRequests: the bot sends too fast.
    """
    state.flood.admit(chat.id, is_group=chat.type != "private", messages=messages)


def begin(state: State, call: Call) -> tuple[Chat, int | None, Json | None]:
    """The chat of a new message, the message that it replies to, and its keyboard, all checked.

    Raises:
        BotApiError: the bot may not write there, or the reply or keyboard is refused.
    """
    chat = sending_chat(state, call.get("chat_id"))
    reply_to = find_reply(state, chat, call.get("reply_parameters"))
    return chat, reply_to, check_markup(call.get("reply_markup"), chat.type)


def find_reply(state: State, chat: Chat, parameters: Json | None) -> int | None:
    """The id of the message to reply to, or None.

    Raises:
        BotApiError: it does not exist, and `allow_sending_without_reply` is not set.
    """
    if parameters is None:
        return None
    other_chat = parameters.get("chat_id", chat.id) != chat.id
    if not other_chat and state.find_message(chat.id, parameters["message_id"]):
        return int(parameters["message_id"])
    if parameters.get("allow_sending_without_reply"):
        return None
    raise bad_request("message to be replied not found")


def new_message(state: State, chat: Chat, call: Call, reply_to: int | None) -> Message:
    """An empty message of the bot."""
    message = state.new_message(chat, state.bot_id)
    message.reply_to = reply_to
    if call.get("protect_content"):
        message.extra["has_protected_content"] = True
    return message


def set_text(message: Message, params: Json) -> None:
    """Puts formatted text into a message.

    Raises:
        BotApiError: it is empty or too long, or its markup is broken.
    """
    text, entities = format_text(params.get("text") or "", params.get("parse_mode"), params.get("entities"))
    if not text:
        raise bad_request("message text is empty")
    require_length(text, MAX_TEXT, "message is too long")
    message.text, message.entities = text, entities


def set_caption(message: Message, params: Json) -> None:
    """Sets the formatted caption of a message's picture or file; an empty caption becomes None.

    Raises:
        BotApiError: it is too long, or its markup is broken.
    """
    raw = params.get("caption") or ""
    caption, entities = format_text(raw, params.get("parse_mode"), params.get("caption_entities"))
    require_length(caption, MAX_CAPTION, "message caption is too long")
    message.caption, message.caption_entities = caption or None, entities
    if params.get("show_caption_above_media"):
        message.extra["show_caption_above_media"] = True
    else:
        message.extra.pop("show_caption_above_media", None)
