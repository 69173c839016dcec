"""`parse_mode=MarkdownV2`, with Telegram's complaints."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from bot.localchat.errors import BotApiError, bad_request
from bot.localchat.records import Json

_RESERVED = set("_*[]()~`>#+-=|{}.!")
_MARKS = {"__": "underline", "||": "spoiler", "*": "bold", "_": "italic", "~": "strikethrough"}
_NAMES = {"pre": "Pre", "text_link": "TextUrl", "code": "Code", "custom_emoji": "CustomEmoji"}
_CLOSERS = {"code": "`", "pre": "```", "text_link": "]", "custom_emoji": "]"}
_LANGUAGE = re.compile(r"([A-Za-z0-9_+.-]+)\n")


@dataclass(slots=True)
class _Open:
    kind: str
    offset: int
    position: int
    language: str = ""


@dataclass(slots=True)
class _Reader:
    source: str
    position: int = 0
    pieces: list[str] = field(default_factory=list)
    offset: int = 0
    open: list[_Open] = field(default_factory=list)
    entities: list[Json] = field(default_factory=list)
    quote: int | None = None  # where a block quotation began

    def fail(self, reason: str, position: int) -> BotApiError:
        at_byte = len(self.source[:position].encode())
        return bad_request(f"can't parse entities: {reason.replace('@@', f'at byte offset {at_byte}')}")

    def take(self, text: str) -> None:
        self.pieces.append(text)
        self.offset += len(text.encode("utf-16-le")) // 2

    def emit(self, kind: str, start: int, **details: str) -> None:
        if self.offset > start:
            self.entities.append({"type": kind, "offset": start, "length": self.offset - start, **details})

    @property
    def verbatim(self) -> bool:
        return bool(self.open) and self.open[-1].kind in {"code", "pre"}

    def at(self, text: str) -> bool:
        return self.source.startswith(text, self.position)

    def closes(self) -> bool:
        if not self.open:
            return False
        kind = self.open[-1].kind
        closer = _CLOSERS.get(kind) or next(mark for mark, name in _MARKS.items() if name == kind)
        return self.at(closer) and not (closer == "_" and self.at("__"))


def parse_markdown_v2(source: str) -> tuple[str, list[Json]]:
    """Plain text and entities.

    Raises:
        BotApiError: a reserved character stands unescaped, or an entity is not closed.
    """
    reader = _Reader(source)
    while reader.position < len(source):
        _step(reader)
    _end_quote(reader)
    if reader.open:
        opened = reader.open[-1]
        name = _NAMES.get(opened.kind, opened.kind.capitalize())
        raise reader.fail(f"Can't find end of {name} entity @@", opened.position)
    return "".join(reader.pieces), sorted(reader.entities, key=lambda e: (e["offset"], -e["length"]))


def _step(reader: _Reader) -> None:
    character = reader.source[reader.position]
    following = reader.source[reader.position + 1 : reader.position + 2]
    if character == "\\" and following and ord(following) < 127:
        reader.take(following)
        reader.position += 2
    elif reader.verbatim and character != "`":
        _take_one(reader, character)
    elif reader.closes():
        _close(reader)
    elif reader.verbatim or character not in _RESERVED:
        _take_one(reader, character)
    else:
        _begin(reader, character)


def _take_one(reader: _Reader, character: str) -> None:
    reader.take(character)
    reader.position += 1
    if character == "\n" and not reader.at(">"):
        _end_quote(reader)


def _begin(reader: _Reader, character: str) -> None:
    if character == ">" and _at_line_start(reader):
        reader.quote = reader.offset if reader.quote is None else reader.quote
        reader.position += 1
        return
    for opener, kind in (
        ("```", "pre"),
        ("`", "code"),
        ("![", "custom_emoji"),
        ("[", "text_link"),
        *_MARKS.items(),
    ):
        if reader.at(opener):
            reader.open.append(_Open(kind, reader.offset, reader.position))
            reader.position += len(opener)
            if kind == "pre":
                _read_language(reader)
            return
    raise reader.fail(
        f"Character '{character}' is reserved and must be escaped with the preceding '\\'", reader.position
    )


def _at_line_start(reader: _Reader) -> bool:
    return reader.position == 0 or reader.source[reader.position - 1] == "\n"


def _read_language(reader: _Reader) -> None:
    match = _LANGUAGE.match(reader.source, reader.position)
    if match:
        reader.open[-1].language = match.group(1)
        reader.position = match.end()
    elif reader.at("\n"):
        reader.position += 1


def _close(reader: _Reader) -> None:
    opened = reader.open.pop()
    closer = _CLOSERS.get(opened.kind) or next(mark for mark, name in _MARKS.items() if name == opened.kind)
    reader.position += len(closer)
    if opened.kind in {"text_link", "custom_emoji"}:
        _close_link(reader, opened)
    elif opened.kind == "pre" and opened.language:
        reader.emit("pre", opened.offset, language=opened.language)
    else:
        reader.emit(opened.kind, opened.offset)


def _close_link(reader: _Reader, opened: _Open) -> None:
    if not reader.at("("):
        raise reader.fail(f"Can't find end of {_NAMES[opened.kind]} entity @@", opened.position)
    url, reader.position = _read_url(reader, reader.position + 1)
    if opened.kind == "text_link":
        reader.emit("text_link", opened.offset, url=url)
    else:
        reader.emit("custom_emoji", opened.offset, custom_emoji_id=url.partition("id=")[2])


def _read_url(reader: _Reader, start: int) -> tuple[str, int]:
    url, position = "", start
    while position < len(reader.source) and reader.source[position] != ")":
        if reader.source[position] == "\\":
            position += 1
        url += reader.source[position : position + 1]
        position += 1
    if position >= len(reader.source):
        raise reader.fail("Can't find end of a URL @@", start)
    return url, position + 1


def _end_quote(reader: _Reader) -> None:
    if reader.quote is not None:
        reader.emit("blockquote", reader.quote)
        reader.quote = None
