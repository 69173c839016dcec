"""Text with entities: offsets and lengths in UTF-16 units, as the Bot API counts."""

from __future__ import annotations

import re

from bot.localchat.errors import bad_request
from bot.localchat.html_markup import parse_html
from bot.localchat.records import Json

MAX_TEXT = 4096
MAX_CAPTION = 1024

# Order matters: a command, mention or address inside a link belongs to the link.
_FINDERS = (
    ("url", re.compile(r"(?<![\w@])(?:https?://|tg://)[^\s<>\"]+[^\s<>\".,;:!?)\]']", re.IGNORECASE)),
    (
        "url",
        re.compile(
            r"(?<![\w@./-])(?:[\w-]+\.)+(?:com|org|net|me|uk|fr|de|eu|io|info)\b(?:/[^\s<>\"]*[^\s<>\".,;:!?)])?"
        ),
    ),
    ("email", re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")),
    (
        "bot_command",
        re.compile(r"(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/])", re.ASCII),
    ),
    ("mention", re.compile(r"(?<!\w)@[A-Za-z][A-Za-z0-9_]{2,31}\b", re.ASCII)),
    ("hashtag", re.compile(r"(?<!\w)#\w*[^\W\d]\w*")),
)
_NO_LINKS_INSIDE = {"pre", "code", "text_link", "text_mention"}


def utf16_len(text: str) -> int:
    """Length in UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut_utf16(text: str, offset: int, length: int) -> str:
    """The part of a text that an entity covers."""
    return text.encode("utf-16-le")[offset * 2 : (offset + length) * 2].decode("utf-16-le", "ignore")


def format_text(text: str, parse_mode: str | None, entities: list[Json] | None) -> tuple[str, list[Json]]:
    """The trimmed text without markup, and its entities, with the links and commands that Telegram detects.

    Raises:
        BotApiError: the markup is broken, or the parse mode is not HTML.
    """
    found: list[Json] = []
    if parse_mode:
        if parse_mode.lower() != "html":
            raise bad_request("unsupported parse_mode")
        text, found = parse_html(text)
    elif entities:
        found = [dict(entity) for entity in entities]
    text, found = _trim(text, found)
    return text, _merge(found, find_links(text))


def require_length(text: str, limit: int, refusal: str) -> None:
    """Refuses a parsed text above a limit in UTF-16 units.

    Raises:
        BotApiError: `refusal`.
    """
    if utf16_len(text) > limit:
        raise bad_request(refusal)


def find_links(text: str) -> list[Json]:
    """Entities that Telegram detects: links, addresses, commands, mentions, hashtags."""
    taken: list[tuple[int, int]] = []
    found: list[Json] = []
    for kind, pattern in _FINDERS:
        for match in pattern.finditer(text):
            if not any(start < match.end() and match.start() < end for start, end in taken):
                taken.append(match.span())
                offset = utf16_len(text[: match.start()])
                found.append({"type": kind, "offset": offset, "length": utf16_len(match.group())})
    return found


def _trim(text: str, entities: list[Json]) -> tuple[str, list[Json]]:
    body = text.rstrip()
    start = len(body) - len(body.lstrip())
    shift, body = utf16_len(body[:start]), body[start:]
    total = utf16_len(body)
    kept = []
    for entity in entities:
        begin = max(entity["offset"] - shift, 0)
        end = min(entity["offset"] + entity["length"] - shift, total)
        if end > begin:
            kept.append({**entity, "offset": begin, "length": end - begin})
    return body, kept


def _merge(given: list[Json], found: list[Json]) -> list[Json]:
    closed = [(e["offset"], e["offset"] + e["length"]) for e in given if e["type"] in _NO_LINKS_INSIDE]
    same = {(e["type"], e["offset"], e["length"]) for e in given}
    free = [
        e
        for e in found
        if (e["type"], e["offset"], e["length"]) not in same
        and not any(start < e["offset"] + e["length"] and e["offset"] < end for start, end in closed)
    ]
    # Telegram's order: by place, the longer one first.
    return sorted([*given, *free], key=lambda e: (e["offset"], -e["length"]))
