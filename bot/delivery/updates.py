"""Parses and filters raw updates before they are stored: their chat, track and whether they are for the bot.

Group messages that do not address the bot are dropped here and never stored.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from storage.queues.tables import Track

Raw = Mapping[str, Any]

# Every kind that has a handler; Telegram sends `chat_member` only on request.
ALLOWED_UPDATES: Final = (
    "message",
    "edited_message",
    "channel_post",
    "edited_channel_post",
    "callback_query",
    "my_chat_member",
    "chat_member",
)
LARGEST_UPDATE_ID: Final = 2**63 - 2  # the offset that confirms it must also fit in 64 bits
_TALK: Final = ("message", "edited_message", "channel_post", "edited_channel_post")
_REMEMBERED_ALBUMS: Final = 256


@dataclass(frozen=True, slots=True)
class UpdateAddress:
    """The facts that decide how an update is queued."""

    update_id: int
    chat_id: int
    track: Track
    media_group_id: str | None


class UpdateError(ValueError):
    """The JSON is not an update that can be queued."""


def has_usable_id(raw: Any) -> bool:
    """Whether this is an update whose number can be stored and confirmed: 0 up to, but not, 2^63."""
    update_id = as_mapping(raw).get("update_id")
    return type(update_id) is int and 0 <= update_id <= LARGEST_UPDATE_ID


def read_address(raw: Raw) -> UpdateAddress:
    """The chat and the track of an update.

    Photos, files and `/triage` are processed in order; everything else, edits too, overtakes them.

    Raises:
        UpdateError: not an update, or without a usable update id.
    """
    if not has_usable_id(raw):
        raise UpdateError("an update needs an update_id")
    update_id = raw["update_id"]
    message = as_mapping(raw.get("message")) or as_mapping(raw.get("channel_post"))
    is_photo = bool(message.get("photo") or message.get("document")) or _commands(message, "triage")
    group = message.get("media_group_id")
    return UpdateAddress(
        update_id,
        _find_chat(raw),
        "photo" if is_photo else "quick",
        str(group) if is_photo and group else None,
    )


class NameUnknownError(Exception):
    """Whether an update is for the bot depends on the bot's name, which is not known yet."""


class UpdateFilter:
    """Accepts the updates that are for the bot. Set `username` once it is known."""

    def __init__(self, *, bot_id: int, username: str | None = None) -> None:
        self._bot_id = bot_id
        self.username = username
        self._albums: dict[str, None] = {}

    def admits(self, raw: Raw) -> bool:
        """Whether the update is private, a button, a change of members, or group talk that addresses the bot.

        Messages of other bots are not let in: two bots that answer each other would never end.
        Of an album in a group only one item carries the words: the items after it are let in with it.

        Raises:
            NameUnknownError: it depends on the bot's name.
        """
        kind = next((name for name in ALLOWED_UPDATES if name in raw), None)
        if kind is None:
            return False
        message = as_mapping(raw[kind])
        if kind in _TALK and _is_of_bot(message):
            return False
        if kind not in _TALK or as_mapping(message.get("chat")).get("type") == "private":
            return True
        album = message.get("media_group_id")
        admitted = self._addresses_bot(message) or str(album) in self._albums
        if admitted and album:
            self._albums[str(album)] = None
            while len(self._albums) > _REMEMBERED_ALBUMS:
                self._albums.pop(next(iter(self._albums)))
        return admitted

    def _addresses_bot(self, message: Raw) -> bool:
        if "migrate_to_chat_id" in message or "migrate_from_chat_id" in message:
            return True
        answered = as_mapping(as_mapping(message.get("reply_to_message")).get("from"))
        if answered.get("id") == self._bot_id:
            return True
        return any(self._names_bot(kind, word, entity) for kind, word, entity in _entities(message))

    def _names_bot(self, kind: str, word: str, entity: Raw) -> bool:
        if kind == "bot_command":
            name = word.partition("@")[2]
            return not name or self._is_name(name)
        if kind == "mention":
            return self._is_name(word[1:])
        return kind == "text_mention" and as_mapping(entity.get("user")).get("id") == self._bot_id

    def _is_name(self, name: str) -> bool:
        if self.username is None:
            raise NameUnknownError
        return name.lower() == self.username.lower()


def _is_of_bot(message: Raw) -> bool:
    """Whether another bot wrote this. Anonymous administrators and channels come under a bot's name, too."""
    is_move = "migrate_to_chat_id" in message or "migrate_from_chat_id" in message
    return as_mapping(message.get("from")).get("is_bot") is True and not (
        is_move or as_mapping(message.get("sender_chat"))
    )


def _find_chat(raw: Raw) -> int:
    """The chat of an update; the presser for a button of an inaccessible message; 0 when there is none."""
    for kind in ALLOWED_UPDATES:
        event = as_mapping(raw.get(kind))
        message = as_mapping(event.get("message")) or event
        for place in (as_mapping(message.get("chat")), as_mapping(event.get("from"))):
            if isinstance(chat_id := place.get("id"), int):
                return chat_id
    return 0


def _commands(message: Raw, command: str) -> bool:
    """Whether the message starts with this command."""
    return any(
        kind == "bot_command" and not entity.get("offset") and word[1:].partition("@")[0].lower() == command
        for kind, word, entity in _entities(message)
    )


def _entities(message: Raw) -> Iterator[tuple[str, str, Raw]]:
    """Kind, covered text and entity. Offsets count UTF-16 units."""
    for text_name, list_name in (("text", "entities"), ("caption", "caption_entities")):
        text, entities = message.get(text_name), message.get(list_name)
        if not isinstance(text, str) or not isinstance(entities, list):
            continue
        units = text.encode("utf-16-le", "surrogatepass")
        for entity in map(as_mapping, entities):
            start, length = entity.get("offset"), entity.get("length")
            if isinstance(start, int) and isinstance(length, int):
                word = units[2 * start : 2 * (start + length)].decode("utf-16-le", "replace")
                yield str(entity.get("type")), word, entity


def as_mapping(value: Any) -> Raw:
    """A JSON object as it is; anything else as an empty one."""
    return value if isinstance(value, Mapping) else {}
