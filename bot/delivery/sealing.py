"""Seals outgoing messages for the outbox, as JSON and bytes, and opens them."""

from dataclasses import dataclass, fields, replace
from itertools import accumulate, pairwise
from typing import Any, Final

import orjson

from bot.delivery.outgoing import Button, Outgoing, Priority, album_key
from storage.database.keys import Keyring
from storage.queues.keys import SealedMessage
from storage.queues.outbox import ClaimedMessage, NewMessage
from storage.queues.tables import MessageForm, MessageKind

_CHAT: Final = "outbox chat"
_PAYLOAD: Final = "outbox payload"
_BLOB: Final = "outbox blob"
_MESSAGE_ID: Final = "outbox message id"

# Separate columns, or sealed apart from the words because they are large.
_APART: Final = frozenset(
    {"key", "chat_id", "photo", "more_photos", "document", "replaces", "edit_message_id", "keyboard"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatch:
    """A message ready to go, with the message that it edits, if any."""

    outgoing: Outgoing
    target: int | None
    target_kind: MessageKind | None
    unknown: bool  # it may have gone out before
    form: MessageForm = "whole"  # to be tried now; the ones before it were refused
    target_form: MessageForm | None = None  # in which the message that it edits was sent


def seal_message(outgoing: Outgoing, keyring: Keyring) -> NewMessage:
    """The outbox row of a message."""
    blob = outgoing.photo or outgoing.document
    if blob is not None and outgoing.more_photos:
        blob = b"".join((blob, *outgoing.more_photos))
    target = outgoing.edit_message_id
    kept = {
        field.name: getattr(outgoing, field.name) for field in fields(outgoing) if field.name not in _APART
    }
    keyboard = outgoing.keyboard and [
        [[button.text, button.data, button.url] for button in row] for row in outgoing.keyboard
    ]
    return NewMessage(
        key=outgoing.key,
        replaces=outgoing.replaces,
        priority=int(outgoing.priority),
        kind=find_kind(outgoing),
        is_group=outgoing.chat_id < 0,  # Telegram's ids of groups and channels are negative
        lane_ref=keyring.lane_ref(outgoing.chat_id),
        chat=_seal_number(outgoing.chat_id, keyring, purpose=_CHAT),
        payload=keyring.encrypt(
            orjson.dumps(
                kept
                | {
                    "priority": int(outgoing.priority),
                    "keyboard": keyboard,
                    "album": [len(each) for each in outgoing.more_photos],
                }
            ),
            purpose=_PAYLOAD,
        ),
        blob=None if blob is None else keyring.encrypt(blob, purpose=_BLOB),
        message_id=None if target is None else seal_message_id(target, keyring),
    )


def open_message(row: ClaimedMessage, keyring: Keyring) -> Dispatch:
    """The message of an outbox row.

    Raises:
        SealError: damaged, or sealed with another key.
    """
    values: dict[str, Any] = orjson.loads(keyring.decrypt(row.payload, purpose=_PAYLOAD))
    if (keyboard := values.get("keyboard")) is not None:
        values["keyboard"] = tuple(
            tuple(Button(text=text, data=data, url=url) for text, data, url in row) for row in keyboard
        )
    values["priority"] = Priority(values["priority"])
    sizes = values.pop("album", [])  # of an album's photos after the first; older rows have none
    if row.blob is not None:
        blob = keyring.decrypt(row.blob, purpose=_BLOB)
        ends = list(accumulate(reversed(sizes), initial=0))[::-1]  # bytes that follow each photo
        starts = [len(blob) - end for end in ends]
        values[row.kind] = blob[: starts[0]]
        values["more_photos"] = tuple(blob[first:last] for first, last in pairwise(starts))
    chat_id = _open_number(row.chat, keyring, purpose=_CHAT)
    outgoing = Outgoing(key=row.key, chat_id=chat_id, replaces=row.replaces, **values)
    target = None if row.target is None else open_message_id(row.target, keyring)
    return Dispatch(
        outgoing=outgoing,
        target=target,
        target_kind=row.target_kind,
        unknown=row.unknown,
        form=row.form,
        target_form=row.target_form,
    )


def take_album_apart(row: ClaimedMessage, keyring: Keyring) -> list[NewMessage]:
    """Each photo of an album as a separate message, the first one with the text; empty for other messages.

    Raises:
        SealError: damaged, or sealed with another key.
    """
    album = open_message(row, keyring).outgoing
    if not album.more_photos:
        return []
    return [
        seal_message(
            replace(
                album,
                key=album_key(album.key, place),
                text=album.text if place == 1 else None,
                photo=photo,
                more_photos=(),
                is_protected=True,
            ),
            keyring,
        )
        for place, photo in enumerate((album.photo or b"", *album.more_photos), start=1)
    ]


def reseal_message(message: SealedMessage, keyring: Keyring) -> SealedMessage:
    """The same message under the key in use.

    Raises:
        SealError: damaged, or sealed with a key that is gone.
    """

    def renew(sealed: bytes, purpose: str) -> bytes:
        return keyring.encrypt(keyring.decrypt(sealed, purpose=purpose), purpose=purpose)

    return SealedMessage(
        chat=renew(message.chat, _CHAT),
        payload=renew(message.payload, _PAYLOAD),
        blob=None if message.blob is None else renew(message.blob, _BLOB),
        message_id=None if message.message_id is None else renew(message.message_id, _MESSAGE_ID),
        lane_ref=keyring.lane_ref(_open_number(message.chat, keyring, purpose=_CHAT)),
    )


def seal_message_id(message_id: int, keyring: Keyring) -> bytes:
    """For the edit that may come later."""
    return _seal_number(message_id, keyring, purpose=_MESSAGE_ID)


def open_message_id(sealed: bytes, keyring: Keyring) -> int:
    """The message id that `seal_message_id` sealed.

    Raises:
        SealError: damaged, or sealed with another key.
    """
    return _open_number(sealed, keyring, purpose=_MESSAGE_ID)


def find_kind(outgoing: Outgoing) -> MessageKind:
    """The kind of the message: photo, document or text."""
    if outgoing.photo is not None:
        return "photo"
    return "document" if outgoing.document is not None else "text"


def _seal_number(number: int, keyring: Keyring, *, purpose: str) -> bytes:
    return keyring.encrypt(str(number).encode(), purpose=purpose)


def _open_number(sealed: bytes, keyring: Keyring, *, purpose: str) -> int:
    return int(keyring.decrypt(sealed, purpose=purpose))
