"""Objects of the person's side of the API (docs/localchat.md)."""

from __future__ import annotations

from typing import Any

from bot.localchat.profile import commands_for, localized
from bot.localchat.records import ANONYMOUS_ADMIN_ID, PRESENT, Chat, Json, LocalPerson, Message
from bot.localchat.state import State

_KINDS = ("callback_data", "callback"), ("url", "url"), ("copy_text", "copy")


def show_person(person: LocalPerson) -> Json:
    """A person."""
    names = ("id", "first_name", "username", "language_code", "avatar_color")
    return {name: getattr(person, name) for name in names}


def show_bot(state: State, person: LocalPerson | None, chat: Chat | None) -> Json:
    """The bot as a person sees it in a chat, with menu and descriptions in the person's language."""
    language = person.language_code if person else None
    return {
        "id": state.bot_id,
        "first_name": state.config.bot_name,
        "username": state.config.bot_username,
        "commands": commands_for(state, person, chat),
        "description": localized(state, "descriptions", language),
        "short_description": localized(state, "short_descriptions", language),
    }


def show_chat(state: State, chat: Chat, person: LocalPerson) -> Json:
    """A chat in a person's list."""
    last = state.last_message(chat.id)
    private = chat.type == "private"
    status = chat.status(person.id)
    return {
        "id": chat.id,
        "type": chat.type,
        "title": show_bot(state, person, None)["first_name"] if private else chat.title,
        "member_count": 2 if private else len(chat.present()),
        "role": None if private else (status if status in PRESENT else None),
        "last_message": show_message(state, last) if last else None,
        "unread": count_unread(state, chat, person),
        "blocked": private and person.blocked,
        "bot_status": "member" if private else chat.status(state.bot_id),
    }


def count_unread(state: State, chat: Chat, person: LocalPerson) -> int:
    """Number of messages by others after the last one that the person saw."""
    seen = person.read.get(str(chat.id), 0)
    count = 0
    for message in reversed(state.messages.get(chat.id, {}).values()):
        if message.message_id <= seen:
            break
        count += message.deleted_at is None and message.sender != person.id
    return count


def show_message(state: State, message: Message) -> Json:
    """A message of the transcript."""
    chat = state.chats[message.chat_id]
    gone = message.deleted_at is not None
    shown: Json = {
        "id": message.message_id,
        "chat_id": message.chat_id,
        "from": _show_sender(state, message),
        "sender_chat": {"id": chat.id, "title": chat.title}
        if chat.type == "channel" or message.anonymous
        else None,
        "date": message.date,
        "edit_date": message.edit_date,
        "media_group_id": message.media_group_id,
        "reply_to": message.reply_to,
        "deleted": gone,
        "service": _describe_service(state, message),
    }
    return shown | (_NOTHING if gone else _show_content(state, message))


_NOTHING: Json = {
    "text": None,
    "caption": None,
    "entities": [],
    "caption_entities": [],
    "photo": None,
    "document": None,
    "keyboard": [],
    "reply_keyboard": None,
}


def _show_content(state: State, message: Message) -> Json:
    markup = message.markup or {}
    photo: Json | None = None
    document: Json | None = None
    if message.photo:
        largest = state.files[message.photo[-1]]
        photo = {"file_id": largest.file_id, "width": largest.width, "height": largest.height}
    if message.document is not None:
        stored = state.files[message.document]
        document = {"file_id": stored.file_id, "file_name": stored.name}
        document |= {"mime_type": stored.mime_type, "size": stored.size}
    return {
        "text": message.text,
        "caption": message.caption,
        "entities": message.entities,
        "caption_entities": message.caption_entities,
        "photo": photo,
        "document": document,
        "keyboard": [[_show_button(button) for button in row] for row in markup.get("inline_keyboard", [])],
        "reply_keyboard": _show_reply_keyboard(markup),
    }


def _show_sender(state: State, message: Message) -> Json | None:
    chat = state.chats[message.chat_id]
    if message.sender is None or chat.type == "channel":
        return None
    if message.anonymous:
        return {"id": ANONYMOUS_ADMIN_ID, "name": chat.title, "is_bot": False, "anonymous": True}
    if message.sender == state.bot_id:
        return {"id": state.bot_id, "name": state.config.bot_name, "is_bot": True, "anonymous": False}
    name = state.people[message.sender].first_name
    return {"id": message.sender, "name": name, "is_bot": False, "anonymous": False}


def _show_button(button: Json) -> Json:
    for field, kind in _KINDS:
        if field in button:
            value = button[field]["text"] if kind == "copy" else button[field]
            return {"text": button["text"], "kind": kind, "url" if kind == "url" else "data": value}
    return {"text": button["text"], "kind": "other"}


def _show_reply_keyboard(markup: Json) -> Any:
    if markup.get("remove_keyboard"):
        return {"remove": True}
    if markup.get("force_reply"):
        return {"force_reply": True, "placeholder": markup.get("input_field_placeholder")}
    keyboard = markup.get("keyboard")
    return [[_show_key(key) for key in row] for row in keyboard] if keyboard else None


def _show_key(key: Json) -> Json:
    if request := key.get("request_chat"):
        wanted = {"request_id": request["request_id"], "chat_is_channel": request["chat_is_channel"]}
        return {"text": key["text"], "kind": "request_chat", **wanted}
    other = next((field for field in key if field.startswith("request_")), "text")
    return {"text": key["text"], "kind": other}


def _describe_service(state: State, message: Message) -> str | None:
    if not message.service:
        return None
    title = state.chats[message.chat_id].title
    actor = str((_show_sender(state, message) or {}).get("name") or title)
    match message.service:
        case {"new_chat_members": users}:
            return f"{actor} added {', '.join(user['first_name'] for user in users)}"
        case {"left_chat_member": {"first_name": name}}:
            return f"{actor} left" if name == actor else f"{actor} removed {name}"
        case {"chat_shared": shared}:
            return f"{actor} shared {shared.get('title', 'a chat')}"
        case {"migrate_to_chat_id": _} | {"migrate_from_chat_id": _}:
            return "The group became a supergroup"
    return f"{actor} created the chat"
