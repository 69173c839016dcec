"""What people send: their clients' work (shrinking, albums) and the bot's update."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Literal

from bot.localchat import photos
from bot.localchat.delivery import tell_bot
from bot.localchat.entities import MAX_CAPTION, MAX_TEXT, format_text, require_length
from bot.localchat.errors import refused
from bot.localchat.records import Chat, Json, Message, Person
from bot.localchat.targets import user_can
from bot.localchat.world import World

MAX_ALBUM = 10


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file as a person chose to send it."""

    kind: Literal["photo", "document"]
    name: str | None
    content: bytes


@dataclass(slots=True)
class Outgoing:
    """What a person wants to send."""

    text: str | None = None
    caption: str | None = None
    reply_to: int | None = None
    files: list[SentFile] = field(default_factory=list)


async def send(world: World, person: Person, chat: Chat, outgoing: Outgoing) -> list[Message]:
    """Sends a text, or files (several become an album), and lets the bot know.

    Raises:
        PersonApiError: nothing to send, too much, or not allowed in this chat.
        BotApiError: a text or caption that is too long.
    """
    check_may_write(chat, person)
    if outgoing.reply_to is not None and world.find_message(chat.id, outgoing.reply_to) is None:
        raise refused("no_such_message", "the message to answer is not there")
    drafts = await _draft_files(world, chat, outgoing) if outgoing.files else [_draft_text(chat, outgoing)]
    if chat.type == "private" and not person.started:
        person.started = True
        world.save(person)
    sent = [_publish(world, person, draft, outgoing.reply_to) for draft in drafts]
    for message in sent:
        if not (chat.type == "private" and person.blocked):
            tell_bot(world, message)
    return sent


def check_may_write(chat: Chat, person: Person) -> None:
    """Only administrators post in a channel; nobody in a group that has moved.

    Raises:
        PersonApiError: this person may not write here.
    """
    if chat.migrated_to is not None:
        raise refused("migrated", "this group is a supergroup now")
    if chat.type == "channel" and not user_can(chat, person.id, "can_post_messages"):
        raise refused("forbidden", "only administrators post in a channel")


def _draft_text(chat: Chat, outgoing: Outgoing) -> Message:
    text, entities = format_text(outgoing.text or "", None, None)
    if not text:
        raise refused("empty", "there is nothing to send")
    require_length(text, MAX_TEXT, "message is too long")
    return Message(chat.id, 0, 0, text=text, entities=entities)


async def _draft_files(world: World, chat: Chat, outgoing: Outgoing) -> list[Message]:
    if len(outgoing.files) > MAX_ALBUM:
        raise refused("too_many", f"an album has at most {MAX_ALBUM} items")
    if not all(sent.content for sent in outgoing.files):
        raise refused("empty", "a file is empty")
    caption, entities = format_text(outgoing.caption or outgoing.text or "", None, None)
    require_length(caption, MAX_CAPTION, "message caption is too long")
    drafts = [await _draft_file(world, chat, sent) for sent in outgoing.files]
    drafts.sort(key=lambda draft: not draft.photo)  # clients send photos and files as albums of their own
    for album in ([d for d in drafts if d.photo], [d for d in drafts if not d.photo]):
        group_id = str(secrets.randbelow(9 * 10**16) + 10**16) if len(album) > 1 else None
        for draft in album:
            draft.media_group_id = group_id
    drafts[0].caption, drafts[0].caption_entities = caption or None, entities
    return drafts


async def _draft_file(world: World, chat: Chat, sent: SentFile) -> Message:
    draft = Message(chat.id, 0, 0)
    if sent.kind == "photo":
        try:
            draft.photo = await world.files.add_photo(sent.content)
        except photos.NotAPhoto:
            pass  # Telegram's clients send what they cannot show as a file
        else:
            return draft
    draft.document = await world.files.add_document(sent.content, sent.name)
    return draft


def _publish(world: World, person: Person, draft: Message, reply_to: int | None) -> Message:
    chat = world.chats[draft.chat_id]
    member = chat.member(person.id)
    message = world.new_message(chat, person.id)
    message.anonymous = member.anonymous if member else False
    message.reply_to = reply_to
    message.media_group_id = draft.media_group_id
    message.take_content(draft)
    return world.publish(message)


def edit(world: World, message: Message, text: str | None, caption: str | None) -> None:
    """Changes an own text or caption; the bot gets the edited message.

    Raises:
        PersonApiError: the message has no such part, or it would be empty.
    """
    old: Json = {"until": world.clock.date(), "text": message.text, "caption": message.caption, "photo": []}
    if message.text is not None:
        draft = _draft_text(world.chats[message.chat_id], Outgoing(text=text))
        changed = (draft.text, draft.entities) != (message.text, message.entities)
        message.text, message.entities = draft.text, draft.entities
    else:
        new, entities = format_text(caption or "", None, None)
        require_length(new, MAX_CAPTION, "message caption is too long")
        changed = (new or None) != message.caption
        message.caption, message.caption_entities = new or None, entities
    if changed:
        world.note_edit(message, old)
        message.edit_date = world.clock.date()
        world.touch("edit", message)
        tell_bot(world, message, edited=True)
