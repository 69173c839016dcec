"""What a command is about: the words after it, or the message that it replies to."""

import re
from typing import Final

from bot.conversation.replied_case import find_only_number
from bot.conversation.request import Request

NUMBER: Final = re.compile(r"\b(?:N-)?([2-9B-Z]{6})\b", re.IGNORECASE)


def command_words(request: Request) -> str:
    """The text after the command in its message or caption; empty for the command alone."""
    message = request.turn.updates[0].effective_message
    words = (message.text or message.caption or "").split(maxsplit=1) if message else []
    return words[1].strip() if len(words) > 1 else ""


def names_case(request: Request) -> bool:
    """Whether the command names a case: in words, or as a reply to a message about one."""
    message = request.turn.updates[0].effective_message
    return bool(command_words(request)) or (
        message is not None and find_only_number(request, message) is not None
    )


def means_newest(request: Request) -> bool:
    """Whether the command is about the newest case: it has no words and replies to nothing."""
    message = request.turn.updates[0].effective_message
    return not command_words(request) and (message is None or message.reply_to_message is None)


__all__ = ["NUMBER", "command_words", "means_newest", "names_case"]
