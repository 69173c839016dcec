"""What all sending methods share: the flood limits, the reply, the caption, the keyboard."""

from __future__ import annotations

from bot.localchat.entities import MAX_CAPTION, MAX_TEXT, format_text, require_length
from bot.localchat.errors import bad_request
from bot.localchat.markup import check_markup
from bot.localchat.params import Call
from bot.localchat.records import Chat, Json, Message
from bot.localchat.targets import sending_chat
from bot.localchat.world import World


def admit(world: World, chat: Chat, messages: int = 1) -> None:
    """Passes the flood limits.

    Raises:
        TooManyRequests: the bot sends too fast.
    """
    world.gate.admit(chat.id, is_group=chat.type != "private", messages=messages)


def begin(world: World, call: Call) -> tuple[Chat, int | None, Json | None]:
    """Where a message goes, what it answers and its keyboard, all checked.

    Raises:
        BotApiError: the bot may not write there, or something does not fit.
    """
    chat = sending_chat(world, call.get("chat_id"))
    reply_to = find_reply(world, chat, call.get("reply_parameters"))
    return chat, reply_to, check_markup(call.get("reply_markup"), chat.type)


def find_reply(world: World, chat: Chat, parameters: Json | None) -> int | None:
    """The number of the message that is answered.

    Raises:
        BotApiError: it is not there, and sending without it was not allowed.
    """
    if parameters is None:
        return None
    other_chat = parameters.get("chat_id", chat.id) != chat.id
    if not other_chat and world.find_message(chat.id, parameters["message_id"]):
        return int(parameters["message_id"])
    if parameters.get("allow_sending_without_reply"):
        return None
    raise bad_request("message to be replied not found")


def new_message(world: World, chat: Chat, call: Call, reply_to: int | None) -> Message:
    """A message of the bot, empty yet."""
    message = world.new_message(chat, world.bot_id)
    message.reply_to = reply_to
    if call.get("protect_content"):
        message.extra["has_protected_content"] = True
    return message


def set_text(message: Message, params: Json) -> None:
    """Puts formatted text into a message.

    Raises:
        BotApiError: empty, too long, or broken markup.
    """
    text, entities = format_text(params.get("text") or "", params.get("parse_mode"), params.get("entities"))
    if not text:
        raise bad_request("message text is empty")
    require_length(text, MAX_TEXT, "message is too long")
    message.text, message.entities = text, entities


def set_caption(message: Message, params: Json) -> None:
    """Puts a formatted caption under a message's picture or file; none where it is empty.

    Raises:
        BotApiError: too long, or broken markup.
    """
    raw = params.get("caption") or ""
    caption, entities = format_text(raw, params.get("parse_mode"), params.get("caption_entities"))
    require_length(caption, MAX_CAPTION, "message caption is too long")
    message.caption, message.caption_entities = caption or None, entities
    if params.get("show_caption_above_media"):
        message.extra["show_caption_above_media"] = True
    else:
        message.extra.pop("show_caption_above_media", None)
