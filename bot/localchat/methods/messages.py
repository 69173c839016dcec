"""Texts, chat actions, deletion."""

from __future__ import annotations

from bot.localchat.botview import show_message
from bot.localchat.errors import bad_request
from bot.localchat.methods.registry import bot_method
from bot.localchat.methods.sending import admit, begin, new_message, set_text
from bot.localchat.params import Call
from bot.localchat.records import Json, Message
from bot.localchat.state import State
from bot.localchat.targets import check_deletable, find_message, open_chat, sending_chat

_ACTIONS = frozenset({"typing", "upload_photo", "upload_document"})  # those that the bot shows


@bot_method("sendMessage")
async def _send_message(state: State, call: Call) -> Json:
    chat, reply_to, markup = begin(state, call)
    draft = Message(chat.id, 0, 0)
    set_text(draft, call.params)
    admit(state, chat)
    message = new_message(state, chat, call, reply_to)
    message.text, message.entities, message.markup = draft.text, draft.entities, markup
    if options := call.get("link_preview_options"):
        message.extra["link_preview_options"] = options
    return show_message(state, state.publish(message))


@bot_method("sendChatAction")
async def _send_chat_action(state: State, call: Call) -> bool:
    chat = sending_chat(state, call.get("chat_id"))
    action = call.params["action"]
    if action not in _ACTIONS:
        raise bad_request("wrong parameter action in request")
    state.events.send_transient("action", state.audience(chat), {"chat_id": chat.id, "action": action})
    return True


@bot_method("deleteMessage")
async def _delete_message(state: State, call: Call) -> bool:
    chat = open_chat(state, call.get("chat_id"))
    message = find_message(state, chat, call.get("message_id"), "message to delete not found")
    check_deletable(state, chat, message)
    state.delete(message)
    return True
