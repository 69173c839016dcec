"""Messages of people: what their app does (shrinking, albums), and the update for the bot."""

from __future__ import annotations

import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal

from bot.localchat import photos
from bot.localchat.entities import MAX_CAPTION, MAX_TEXT, format_text, require_length
from bot.localchat.errors import refused
from bot.localchat.notify import notify_bot
from bot.localchat.records import Chat, Json, LocalPerson, Message
from bot.localchat.state import State
from bot.localchat.targets import user_can

MAX_ALBUM = 10


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file, and whether it is sent as a photo or as a document."""

    kind: Literal["photo", "document"]
    name: str | None
    content: bytes


@dataclass(slots=True)
class Draft:
    """A message that a person sends."""

    text: str | None = None
    caption: str | None = None
    reply_to: int | None = None
    files: list[SentFile] = field(default_factory=list)


async def send(state: State, person: LocalPerson, chat: Chat, outgoing: Draft) -> list[Message]:
    """Sends a text, or files (several become an album), and queues the updates for the bot.

    Raises:
        PersonApiError: the message is empty or too large, or not allowed in this chat.
        BotApiError: the text or caption is too long.
    """
    check_may_write(chat, person)
    if outgoing.reply_to is not None and state.find_message(chat.id, outgoing.reply_to) is None:
        raise refused("no_such_message", "the message to answer is not there")
    drafts = await _draft_files(state, chat, outgoing) if outgoing.files else [_draft_text(chat, outgoing)]
    if chat.type == "private" and not person.started:
        person.started = True
        state.save(person)
    member = chat.member(person.id)
    sent: list[Message] = []
    for draft in drafts:
        message = state.new_message(chat, person.id)
        message.anonymous = member.anonymous if member else False
        message.reply_to, message.media_group_id = outgoing.reply_to, draft.media_group_id
        message.take_content(draft)
        sent.append(state.publish(message))
    for message in sent:
        if not (chat.type == "private" and person.blocked):
            notify_bot(state, message)
    return sent


def check_may_write(chat: Chat, person: LocalPerson) -> None:
    """Checks that a person may write: in a channel administrators only, in a migrated group nobody.

    Raises:
        PersonApiError: this person may not write here.
    """
    if chat.migrated_to is not None:
        raise refused("migrated", "this group has become a supergroup")
    if chat.type == "channel" and not user_can(chat, person.id, "can_post_messages"):
        raise refused("forbidden", "only administrators post in a channel")


def _draft_text(chat: Chat, outgoing: Draft) -> Message:
    text, entities = format_text(outgoing.text or "", None, None)
    if not text:
        raise refused("empty", "there is nothing to send")
    require_length(text, MAX_TEXT, "message is too long")
    return Message(chat.id, 0, 0, text=text, entities=entities)


async def _draft_files(state: State, chat: Chat, outgoing: Draft) -> list[Message]:
    if len(outgoing.files) > MAX_ALBUM:
        raise refused("too_many", f"an album has at most {MAX_ALBUM} items")
    if not all(sent.content for sent in outgoing.files):
        raise refused("empty", "a file is empty")
    caption, entities = format_text(outgoing.caption or outgoing.text or "", None, None)
    require_length(caption, MAX_CAPTION, "message caption is too long")
    drafts = [Message(chat.id, 0, 0) for _ in outgoing.files]
    for draft, sent in zip(drafts, outgoing.files, strict=True):
        if sent.kind == "photo":
            with suppress(photos.NotAPhoto):  # Telegram's apps send it as a file
                draft.photo = await state.files.add_photo(sent.content)
        if not draft.photo:
            draft.document = await state.files.add_document(sent.content, sent.name)
    drafts.sort(key=lambda draft: not draft.photo)  # apps send photos and files as separate albums
    for album in ([d for d in drafts if d.photo], [d for d in drafts if not d.photo]):
        group_id = str(secrets.randbelow(9 * 10**16) + 10**16) if len(album) > 1 else None
        for draft in album:
            draft.media_group_id = group_id
    drafts[0].caption, drafts[0].caption_entities = caption or None, entities
    return drafts


def edit(state: State, message: Message, text: str | None, caption: str | None) -> None:
    """Changes the text or caption of a person's message; the bot gets the edited message.

    Raises:
        PersonApiError: the new text is empty.
    """
    old: Json = {"until": state.clock.date(), "text": message.text, "caption": message.caption, "photo": []}
    if message.text is not None:
        draft = _draft_text(state.chats[message.chat_id], Draft(text=text))
        changed = (draft.text, draft.entities) != (message.text, message.entities)
        message.text, message.entities = draft.text, draft.entities
    else:
        new, entities = format_text(caption or "", None, None)
        require_length(new, MAX_CAPTION, "message caption is too long")
        changed = (new or None) != message.caption
        message.caption, message.caption_entities = new or None, entities
    if changed:
        state.note_edit(message, old)
        message.edit_date = state.clock.date()
        state.touch("edit", message)
        notify_bot(state, message, edited=True)
