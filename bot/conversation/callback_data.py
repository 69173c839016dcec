"""What a button carries: an action and short arguments, `action:argument:argument`, 64 bytes at most."""

from dataclasses import dataclass
from typing import Final, Self

from telegram import CallbackQuery, Message

MOST_DIGITS: Final = 18  # 64 bits


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """A pressed button and the message under which it stood."""

    action: str
    arguments: tuple[str, ...]
    message_id: int
    is_picture: bool = False  # the message has a caption, not a text

    @classmethod
    def read(cls, query: CallbackQuery) -> Self | None:
        """The press of a callback query; None if the message is gone or the data are not ours."""
        message = query.message
        if query.data is None or not isinstance(message, Message) or not message.is_accessible:
            return None
        action, *arguments = query.data.split(":")
        return cls(
            action=action,
            arguments=tuple(arguments),
            message_id=message.message_id,
            is_picture=bool(message.photo),
        )

    def argument(self, place: int) -> str:
        """One argument; empty if the button had fewer."""
        return self.arguments[place] if place < len(self.arguments) else ""

    def number(self, place: int) -> int | None:
        """One argument as a number that a database can hold; None if it is anything else."""
        return read_number(self.argument(place))


def read_number(text: str) -> int | None:
    """A whole number from 0 on, in plain digits, of 18 at most."""
    is_number = text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS
    return int(text) if is_number else None
