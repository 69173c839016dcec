"""Marks a message as a possible repeat, if a crash left it unknown whether it was sent."""

import html
import re
from typing import Final

SIGN: Final = "↻ "  # used if there is no room for words
_TAG: Final = re.compile(r"<[^>]*>")


def mark_repeat(text: str, *, words: str, room: int) -> str:
    """The text with the words at its end, or with the sign in front when they do not fit.

    Args:
        text: HTML as Telegram parses it.
        words: plain words in the reader's language.
        room: the most UTF-16 units that the message takes, after parsing.
    """
    if not text:
        return f"<i>{html.escape(words, quote=False)}</i>"
    marked = f"{text}\n\n<i>{html.escape(words, quote=False)}</i>"
    return marked if count_units(marked) <= room else f"{SIGN}{text}"


def count_units(text: str) -> int:
    """UTF-16 units of an HTML text as Telegram counts them: without its tags."""
    plain = html.unescape(_TAG.sub("", text))
    return len(plain.encode("utf-16-le", "surrogatepass")) // 2
