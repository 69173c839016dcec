"""Messages to send or to edit, their buttons and their order. The outbox sends them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Literal

from storage.database.sessions import WriteSession

Record = Callable[[WriteSession], Awaitable[None]]
Check = Callable[[WriteSession], Awaitable[bool]]


class Priority(IntEnum):
    """What is sent first when Telegram's limits make messages wait."""

    ANSWER = 0
    ACKNOWLEDGEMENT = 1
    REFERRAL = 2
    DIGEST = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """An inline button: callback `data` (64 bytes at most) or a `url`, never both."""

    text: str
    data: str | None = None
    url: str | None = None


Keyboard = tuple[tuple[Button, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One message to send or to edit. Text and caption are HTML as Telegram parses it.

    `key` is permanent: putting the same key twice is one message. With `replaces` (the key of an earlier
    outgoing message) or `edit_message_id` it edits in place; if the replaced message never went out, it is
    sent as a new one instead.
    """

    key: str
    chat_id: int
    text: str | None = None  # the text, or the caption of a photo or document
    photo: bytes | None = None  # JPEG or PNG
    more_photos: tuple[bytes, ...] = ()  # with `photo`: one album, which cannot be forwarded or saved
    is_protected: bool = False  # cannot be forwarded or saved
    document: bytes | None = None
    document_name: str | None = None
    keyboard: Keyboard | None = None
    reply_markup: dict[str, Any] | None = None  # raw, for reply keyboards
    reply_to_message_id: int | None = None
    replaces: str | None = None
    edit_message_id: int | None = None
    edits_caption: bool = False  # of the message named by `edit_message_id`: it is a picture that stays
    erases: bool = False  # no success as long as what stood there can still be seen
    deletes: bool = False  # the message of `edit_message_id`; `text` is said if Telegram refuses that
    priority: Priority = Priority.ANSWER
    language: str = "en"  # of the words that mark a repeat


def album_key(key: str, place: int) -> str:
    """The key of one photo of an album, from 1: each is a separate message in the chat."""
    return f"{key}:{place}"


def acknowledgement_key(turn_key: str) -> str:
    """The key of a photo's acknowledgement, which the answer replaces."""
    return f"{turn_key}:ack"


def pause_key(turn_key: str) -> str:
    """The key of the message that says when a photo above the hourly limit is read: it needs no other."""
    return f"{turn_key}:limit"


def stalled_key(turn_key: str) -> str:
    """The key of the message that says that Telegram does not deliver a photo."""
    return f"{turn_key}:stalled"


def is_acknowledgement(key: str) -> bool:
    """Whether a message of this key is a photo's acknowledgement."""
    return key.endswith(":ack")


Outcome = Literal["done", "held", "failed"]
