"""Stored records. `botview` and `personview` show them to the bot and to people."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import orjson

Json = dict[str, Any]
ChatType = Literal["private", "group", "supergroup", "channel"]
Status = Literal["creator", "administrator", "member", "left", "kicked"]

PRESENT: frozenset[str] = frozenset({"creator", "administrator", "member"})
ADMINS: frozenset[str] = frozenset({"creator", "administrator"})
GROUP_TYPES: frozenset[str] = frozenset({"group", "supergroup"})
ANONYMOUS_ADMIN_ID = (
    1087968824  # @GroupAnonymousBot, the sender that Telegram shows for an anonymous administrator
)


@dataclass(slots=True)
class LocalPerson:
    """A person who can use the bot. `read` maps a chat id (as text) to the last message that was seen."""

    id: int
    first_name: str
    username: str | None
    language_code: str | None
    avatar_color: str
    started: bool = False
    blocked: bool = False
    read: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class ChatMember:
    """Membership of a person or the bot in a group or channel."""

    user_id: int
    status: Status
    rights: dict[str, bool] = field(default_factory=dict)
    anonymous: bool = False


@dataclass(slots=True)
class Chat:
    """A private chat (its id is the person's), a group, a supergroup or a channel."""

    id: int
    type: ChatType
    title: str | None = None
    members: list[ChatMember] = field(default_factory=list)
    last_message_id: int = 0  # supergroups and channels count their own messages
    migrated_to: int | None = None
    migrated_from: int | None = None

    def member(self, user_id: int) -> ChatMember | None:
        """The membership of a present or former member, or None."""
        return next((member for member in self.members if member.user_id == user_id), None)

    def status(self, user_id: int) -> Status:
        """The status of a user; `left` for one who was never here."""
        member = self.member(user_id)
        return member.status if member else "left"

    def present(self) -> list[int]:
        """Ids of the present members."""
        return [member.user_id for member in self.members if member.status in PRESENT]


@dataclass(slots=True)
class Message:
    """One message. Entities count in UTF-16 units; `photo` lists file numbers from small to large."""

    chat_id: int
    message_id: int
    date: int
    sender: int | None = None
    anonymous: bool = False
    text: str | None = None
    entities: list[Json] = field(default_factory=list)
    caption: str | None = None
    caption_entities: list[Json] = field(default_factory=list)
    photo: list[int] = field(default_factory=list)
    document: int | None = None
    media_group_id: str | None = None
    reply_to: int | None = None
    markup: Json | None = None
    edit_date: int | None = None
    deleted_at: int | None = None
    service: Json = field(default_factory=dict)  # Bot API service fields, such as `new_chat_members`
    extra: Json = field(default_factory=dict)  # further Bot API fields, shown to the bot as given
    edits: list[Json] = field(default_factory=list)  # the content before each edit

    def take_content(self, other: Message) -> None:
        """Copies text, caption, photo, file and further fields from another message."""
        self.text, self.entities = other.text, other.entities
        self.caption, self.caption_entities = other.caption, other.caption_entities
        self.photo, self.document, self.extra = other.photo, other.document, other.extra


@dataclass(slots=True)
class StoredFile:
    """A file on disk. A photo's smaller size is made from its `parent` at its first request."""

    number: int
    file_id: str
    unique_id: str
    kind: Literal["photo", "document"]
    path: str  # below the folder; also the Bot API's `file_path`
    size: int | None
    name: str | None = None
    mime_type: str | None = None
    width: int = 0
    height: int = 0
    parent: int | None = None


@dataclass(slots=True)
class PendingUpdate:
    """An update that the bot has not confirmed yet.

    `raw_data_hex` replaces the callback data in the JSON that the bot gets, byte for byte and unchecked.
    """

    update_id: int
    created: float
    chat_id: int | None
    body: Json
    raw_data_hex: str | None = None

    @property
    def sendable(self) -> Json:
        """The update as `orjson.dumps` has to write it."""
        if self.raw_data_hex is None:
            return self.body
        data = orjson.Fragment(b'"' + bytes.fromhex(self.raw_data_hex) + b'"')
        return {**self.body, "callback_query": {**self.body["callback_query"], "data": data}}


@dataclass(slots=True)
class Query:
    """A pressed inline button."""

    id: str
    created: float
    chat_id: int
    message_id: int
    person_id: int


@dataclass(slots=True)
class Event:
    """An event for the page of each of `people`. Its data is read when it is sent."""

    seq: int
    kind: str
    chat_id: int | None
    message_id: int | None
    people: list[int]


@dataclass(slots=True)
class RequestLine:
    """One request of the bot."""

    number: int
    method: str
    at: float
    ok: bool
    error_code: int | None
    chat_id: int | None
