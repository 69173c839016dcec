"""Edits of the bot's messages."""

from __future__ import annotations

from copy import deepcopy

from bot.localchat.botview import show_message
from bot.localchat.errors import bad_request
from bot.localchat.markup import check_markup
from bot.localchat.methods.media import set_media
from bot.localchat.methods.registry import bot_method
from bot.localchat.methods.sending import admit, set_caption, set_text
from bot.localchat.params import Call
from bot.localchat.records import Chat, Json, Message
from bot.localchat.state import State
from bot.localchat.targets import bot_can, find_message, sending_chat

_SAME = (
    "message is not modified: specified new message content and reply markup are exactly the same as a "
    "current content and reply markup of the message"
)


def _begin(state: State, call: Call) -> tuple[Chat, Message, Message]:
    """The chat, the message, and a copy to change."""
    if "inline_message_id" in call.params:
        raise bad_request("MESSAGE_ID_INVALID")  # there is no inline mode here
    chat = sending_chat(state, call.get("chat_id"))
    message = find_message(state, chat, call.get("message_id"), "message to edit not found")
    mine = message.sender == state.bot_id
    if not mine and not (chat.type == "channel" and bot_can(state, chat, "can_edit_messages")):
        raise bad_request("message can't be edited")
    if message.service or (message.markup and "inline_keyboard" not in message.markup):
        raise bad_request("message can't be edited")
    draft = deepcopy(message)
    draft.markup = check_markup(call.get("reply_markup"), chat.type)
    return chat, message, draft


def _finish(state: State, chat: Chat, message: Message, draft: Message) -> Json:
    if _content(draft) == _content(message):
        raise bad_request(_SAME)
    admit(state, chat)
    now = state.clock.date()
    old = {"until": now, "text": message.text, "caption": message.caption, "photo": message.photo[-1:]}
    files = {*message.photo, *([message.document] if message.document else [])}
    message.take_content(draft)
    message.markup, message.edit_date = draft.markup, now
    state.note_edit(message, old, files=files)
    state.touch("edit", message)
    return show_message(state, message)


def _content(message: Message) -> tuple[object, ...]:
    extra = {name: value for name, value in message.extra.items() if name != "link_preview_options"}
    words = (message.text, message.entities, message.caption, message.caption_entities)
    return (*words, message.photo, message.document, message.markup, extra)


@bot_method("editMessageText")
async def _edit_text(state: State, call: Call) -> Json:
    chat, message, draft = _begin(state, call)
    if message.text is None:
        raise bad_request("there is no text in the message to edit")
    set_text(draft, call.params)
    if options := call.get("link_preview_options"):
        draft.extra["link_preview_options"] = options
    return _finish(state, chat, message, draft)


@bot_method("editMessageCaption")
async def _edit_caption(state: State, call: Call) -> Json:
    chat, message, draft = _begin(state, call)
    if message.text is not None:
        raise bad_request("there is no caption in the message to edit")
    set_caption(draft, call.params)
    return _finish(state, chat, message, draft)


@bot_method("editMessageMedia")
async def _edit_media(state: State, call: Call) -> Json:
    chat, message, draft = _begin(state, call)
    kind = call.params["media"]["type"]
    if message.media_group_id and (kind == "photo") != bool(message.photo):
        raise bad_request("message can't be edited")  # an album stays of one kind
    draft.text, draft.entities = None, []
    await set_media(state, call, draft, call.params["media"])
    return _finish(state, chat, message, draft)


@bot_method("editMessageReplyMarkup")
async def _edit_markup(state: State, call: Call) -> Json:
    chat, message, draft = _begin(state, call)
    return _finish(state, chat, message, draft)
