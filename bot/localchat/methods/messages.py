"""Texts, chat actions, deletion."""

from __future__ import annotations

from bot.localchat.botview import show_message
from bot.localchat.errors import bad_request
from bot.localchat.methods.sending import admit, begin, new_message, set_text
from bot.localchat.params import Call
from bot.localchat.records import Json, Message
from bot.localchat.targets import check_deletable, find_message, open_chat, sending_chat
from bot.localchat.world import World

_ACTIONS = frozenset({"typing", "upload_photo", "upload_document"})  # those that the bot shows


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


async def _delete_message(world: World, call: Call) -> bool:
    chat = open_chat(world, call.get("chat_id"))
    message = find_message(world, chat, call.get("message_id"), "message to delete not found")
    check_deletable(world, chat, message)
    world.delete(message)
    return True


HANDLERS = {
    "sendMessage": _send_message,
    "sendChatAction": _send_chat_action,
    "deleteMessage": _delete_message,
}
