"""Bot API objects, as the bot gets them."""

from __future__ import annotations

from bot.localchat.records import ANONYMOUS_ADMIN_ID, Chat, ChatMember, Json, Message, StoredFile
from bot.localchat.state import State

# Rights of an administrator, by their names in the Bot API; channels and groups have further ones.
RIGHTS = (
    "can_manage_chat",
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
)
CHANNEL_RIGHTS = ("can_post_messages", "can_edit_messages", "can_manage_direct_messages")
GROUP_RIGHTS = ("can_pin_messages", "can_manage_topics")


def show_user(state: State, user_id: int) -> Json:
    """A `User`."""
    if user_id == state.bot_id:
        return show_bot(state)
    if user_id == ANONYMOUS_ADMIN_ID:
        return {"id": user_id, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
    person = state.people[user_id]
    user: Json = {"id": person.id, "is_bot": False, "first_name": person.first_name}
    if person.username:
        user["username"] = person.username
    if person.language_code:
        user["language_code"] = person.language_code
    return user


def show_bot(state: State) -> Json:
    """The bot as a `User`."""
    config = state.config
    return {
        "id": state.bot_id,
        "is_bot": True,
        "first_name": config.bot_name,
        "username": config.bot_username,
    }


def show_chat(state: State, chat: Chat) -> Json:
    """A `Chat`."""
    if chat.type == "private":
        user = show_user(state, chat.id)
        shown: Json = {name: user[name] for name in ("first_name", "username") if name in user}
        return {"id": chat.id, "type": "private", **shown}
    return {"id": chat.id, "type": chat.type, "title": chat.title}


def show_message(state: State, message: Message, *, nested: bool = True) -> Json:
    """A `Message`; the message that it replies to is shown one level deep, as by Telegram."""
    chat = state.chats[message.chat_id]
    shown: Json = {
        "message_id": message.message_id,
        **_show_sender(state, chat, message),
        "date": message.date,
    }
    shown["chat"] = show_chat(state, chat)
    if nested and (replied := state.find_message(message.chat_id, message.reply_to)):
        shown["reply_to_message"] = show_message(state, replied, nested=False)
    if message.edit_date:
        shown["edit_date"] = message.edit_date
    if message.media_group_id:
        shown["media_group_id"] = message.media_group_id
    shown |= _show_content(state, message)
    shown |= message.extra
    shown |= message.service
    if message.markup and "inline_keyboard" in message.markup:
        shown["reply_markup"] = message.markup
    return shown


def _show_sender(state: State, chat: Chat, message: Message) -> Json:
    if chat.type == "channel":
        return {"sender_chat": show_chat(state, chat)}
    if message.anonymous:
        return {"from": show_user(state, ANONYMOUS_ADMIN_ID), "sender_chat": show_chat(state, chat)}
    return {"from": show_user(state, message.sender)} if message.sender is not None else {}


def _show_content(state: State, message: Message) -> Json:
    shown: Json = {}
    if message.text is not None:
        shown["text"] = message.text
        shown |= {"entities": message.entities} if message.entities else {}
    if message.photo:
        shown["photo"] = [show_photo_size(state.files[number]) for number in message.photo]
    if message.document is not None:
        shown["document"] = show_document(state.files[message.document])
    if message.caption is not None:
        shown["caption"] = message.caption
        shown |= {"caption_entities": message.caption_entities} if message.caption_entities else {}
    return shown


def _show_file(stored: StoredFile) -> Json:
    shown: Json = {"file_id": stored.file_id, "file_unique_id": stored.unique_id}
    return shown if stored.size is None else {**shown, "file_size": stored.size}


def show_photo_size(stored: StoredFile) -> Json:
    """A `PhotoSize`; a smaller size has no `file_size`, because it is made on demand."""
    return {**_show_file(stored), "width": stored.width, "height": stored.height}


def show_document(stored: StoredFile) -> Json:
    """A `Document`; without `mime_type` if Telegram would not know it."""
    shown = _show_file(stored)
    if stored.name:
        shown["file_name"] = stored.name
    if stored.mime_type:
        shown["mime_type"] = stored.mime_type
    return shown


def show_file(stored: StoredFile) -> Json:
    """A `File` with its download path."""
    return {**_show_file(stored), "file_path": stored.path}


def show_member(state: State, chat: Chat, member: ChatMember) -> Json:
    """A `ChatMember` of the kind that its status needs."""
    shown: Json = {"user": show_user(state, member.user_id), "status": member.status}
    if member.status == "creator":
        shown["is_anonymous"] = member.anonymous
    elif member.status == "administrator":
        shown |= {"can_be_edited": False, "is_anonymous": member.anonymous}
        kind = CHANNEL_RIGHTS if chat.type == "channel" else GROUP_RIGHTS
        shown |= {right: member.rights.get(right, right == "can_manage_chat") for right in (*RIGHTS, *kind)}
    elif member.status == "kicked":
        shown["until_date"] = 0
    return shown
