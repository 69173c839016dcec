"""Which case a reply is about: the one that the bot's message names."""

import re
from typing import Final

from telegram import Message

from bot.conversation.request import Request

_CASE_NUMBER: Final = re.compile(r"\bN-[0-9A-Z]{6,12}\b")


def find_number(request: Request, message: Message) -> str | None:
    """The first case number in the bot's message that is replied to."""
    replied = message.reply_to_message
    if replied is None or replied.from_user is None or replied.from_user.id != request.bot.id:
        return None
    found = _CASE_NUMBER.search(replied.caption or replied.text or "")
    return found.group() if found else None


__all__ = ["find_number"]
