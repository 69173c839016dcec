"""What a button carries: an action and short arguments, `action:argument:argument`, 64 bytes at most."""

from dataclasses import dataclass
from typing import Final, Self

from telegram import CallbackQuery, Message

MOST_DIGITS: Final = 18  # 64 bits
LIST: Final = "h:"  # how the data of a button that shows a list of cases start


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """A pressed button and the message under which it stood."""

    action: str
    arguments: tuple[str, ...]
    message_id: int
    is_picture: bool = False  # the message has a caption, not a text
    back: str = ""  # data of the button under it that leads back to a list; empty if it has none

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
            back=_find_back(message),
        )

    def argument(self, place: int) -> str:
        """One argument; empty if the button had fewer."""
        return self.arguments[place] if place < len(self.arguments) else ""

    def number(self, place: int) -> int | None:
        """One argument as a number that a database can hold; None if it is anything else."""
        return read_number(self.argument(place))


def _find_back(message: Message) -> str:
    """The data of the first button that shows a list in the place of this message."""
    rows = message.reply_markup.inline_keyboard if message.reply_markup else ()
    named = (str(button.callback_data) for row in rows for button in row if button.callback_data)
    return next((data for data in named if data.startswith(LIST)), "")


def read_number(text: str) -> int | None:
    """A whole number from 0 on, in plain digits, of 18 at most."""
    is_number = text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS
    return int(text) if is_number else None
