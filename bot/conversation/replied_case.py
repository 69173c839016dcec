"""Which case a reply is about: the one that the bot's message names."""

import re
from typing import Final

from telegram import Message

from bot.conversation.request import Request

_CASE_NUMBER: Final = re.compile(r"\bN-[0-9A-Z]{6,12}\b")
_FLAG: Final = "🚩"  # begins the line that names another case of the lesion: the one that flagged it
_ALSO: Final = "📌"  # begins the line that names other cases of the lesion that an answer holds for
_TOGETHER: Final = "🔗"  # begins the line that names a case, then the earlier one that it was read with


def find_number(request: Request, message: Message) -> str | None:
    """The first case number in the bot's message that is replied to."""
    return next(iter(_list_numbers(request, message)), None)


def find_only_number(request: Request, message: Message) -> str | None:
    """The case number in the bot's message that is replied to; None if it names several, such as a list."""
    numbers = set(_list_numbers(request, message))
    return numbers.pop() if len(numbers) == 1 else None


def names_only_earlier(message: Message) -> bool:
    """Whether the message replied to says which case a photo was read with, but not the photo's own case.

    Release 0.3.0 wrote such notes.
    """
    replied = message.reply_to_message
    text = (replied.caption or replied.text or "") if replied else ""
    return any(
        line.lstrip().startswith(_TOGETHER) and len(_CASE_NUMBER.findall(line)) == 1
        for line in text.splitlines()
    )


def _list_numbers(request: Request, message: Message) -> list[str]:
    """The case numbers in the bot's message, in order; those of flags only if there is no other."""
    replied = message.reply_to_message
    if replied is None or replied.from_user is None or replied.from_user.id != request.bot.id:
        return []
    text = replied.caption or replied.text or ""
    lines = [line.lstrip() for line in text.splitlines()]
    unflagged = [
        number
        for line in lines
        if not line.startswith((_FLAG, _ALSO))
        for number in _CASE_NUMBER.findall(line)[: 1 if line.startswith(_TOGETHER) else None]
    ]
    return unflagged or _CASE_NUMBER.findall(text)


__all__ = ["find_number", "find_only_number", "names_only_earlier"]
