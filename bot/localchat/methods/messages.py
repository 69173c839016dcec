"""Texts, actions, forwarding, copying, reactions."""

from __future__ import annotations

from copy import deepcopy

from bot.localchat.botview import show_chat, show_message, show_user
from bot.localchat.errors import bad_request
from bot.localchat.methods.sending import admit, begin, new_message, set_caption, set_text
from bot.localchat.params import Call
from bot.localchat.records import Chat, Json, Message
from bot.localchat.targets import find_message, open_chat, sending_chat
from bot.localchat.world import World

_ACTIONS = {
    *(
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
    ),
    *("choose_sticker", "find_location", "record_video_note", "upload_video_note"),
}
# Those that a bot without Premium may set; from Telegram's documentation of ReactionTypeEmoji.
_EMOJI = {
    *("❤", "👍", "👎", "🔥", "🥰", "👏", "😁", "🤔", "🤯", "😱"),
    *("🤬", "😢", "🎉", "🤩", "🤮", "💩", "🙏", "👌", "🕊", "🤡"),
    *("🥱", "🥴", "😍", "🐳", "❤‍🔥", "🌚", "🌭", "💯", "🤣", "⚡"),
    *("🍌", "🏆", "💔", "🤨", "😐", "🍓", "🍾", "💋", "🖕", "😈"),
    *("😴", "😭", "🤓", "👻", "👨‍💻", "👀", "🎃", "🙈", "😇", "😨"),
    *("🤝", "✍", "🤗", "🫡", "🎅", "🎄", "☃", "💅", "🤪", "🗿"),
    *("🆒", "💘", "🙉", "🦄", "😘", "💊", "🙊", "😎", "👾", "🤷‍♂"),
    *("🤷", "🤷‍♀", "😡"),
}


async def _send_message(world: World, call: Call) -> Json:
    chat, reply_to, markup = begin(world, call)
    draft = Message(chat.id, 0, 0)
    set_text(draft, call.params)
    admit(world, chat)
    message = new_message(world, chat, call, reply_to)
    message.text, message.entities, message.markup = draft.text, draft.entities, markup
    if options := call.get("link_preview_options"):
        message.extra["link_preview_options"] = options
    return show_message(world, world.publish(message))


async def _send_chat_action(world: World, call: Call) -> bool:
    chat = sending_chat(world, call.get("chat_id"))
    action = call.params["action"]
    if action not in _ACTIONS:
        raise bad_request("wrong parameter action in request")
    world.events.announce("action", world.audience(chat), {"chat_id": chat.id, "action": action})
    return True


async def _forward_message(world: World, call: Call) -> Json:
    chat, source = _source(world, call, "forward")
    message = _duplicate(world, chat, call, source)
    message.extra["forward_origin"] = _origin(world, source)
    return show_message(world, world.publish(message))


async def _copy_message(world: World, call: Call) -> Json:
    chat, source = _source(world, call, "copy")
    _, reply_to, markup = begin(world, call)
    message = _duplicate(world, chat, call, source)
    message.reply_to, message.markup = reply_to, markup
    if "caption" in call.params and (message.photo or message.document is not None):
        set_caption(message, call.params)
    return {"message_id": world.publish(message).message_id}


def _source(world: World, call: Call, verb: str) -> tuple[Chat, Message]:
    chat = sending_chat(world, call.get("chat_id"))
    origin = open_chat(world, call.get("from_chat_id"))
    source = find_message(world, origin, call.get("message_id"), f"message to {verb} not found")
    if source.service or source.extra.get("has_protected_content"):
        raise bad_request(f"the message can't be {'forwarded' if verb == 'forward' else 'copied'}")
    return chat, source


def _duplicate(world: World, chat: Chat, call: Call, source: Message) -> Message:
    admit(world, chat)
    message = new_message(world, chat, call, None)
    message.text, message.entities = source.text, deepcopy(source.entities)
    message.caption, message.caption_entities = source.caption, deepcopy(source.caption_entities)
    message.photo, message.document = list(source.photo), source.document
    return message


def _origin(world: World, source: Message) -> Json:
    chat = show_chat(world, world.chats[source.chat_id])
    if world.chats[source.chat_id].type == "channel":
        return {"type": "channel", "date": source.date, "chat": chat, "message_id": source.message_id}
    if source.anonymous or source.sender is None:
        return {"type": "chat", "date": source.date, "sender_chat": chat}
    return {"type": "user", "date": source.date, "sender_user": show_user(world, source.sender)}


async def _set_message_reaction(world: World, call: Call) -> bool:
    chat = open_chat(world, call.get("chat_id"))
    message = find_message(world, chat, call.get("message_id"), "message to react not found")
    reactions = call.get("reaction") or []
    if len(reactions) > 1:
        raise bad_request("REACTIONS_TOO_MANY")
    if any(r["type"] != "emoji" or r.get("emoji", "").replace("\ufe0f", "") not in _EMOJI for r in reactions):
        raise bad_request("REACTION_INVALID")
    message.reactions = [reaction["emoji"] for reaction in reactions]
    world.touch("edit", message)
    return True


HANDLERS = {
    "sendMessage": _send_message,
    "sendChatAction": _send_chat_action,
    "forwardMessage": _forward_message,
    "copyMessage": _copy_message,
    "setMessageReaction": _set_message_reaction,
}
