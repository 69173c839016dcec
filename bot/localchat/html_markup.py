"""`parse_mode=HTML`: Telegram's tags and Telegram's error messages."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from bot.localchat.errors import BotApiError, bad_request
from bot.localchat.records import Json

_TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
}
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}  # the only entities that Telegram knows
_REFERENCE = re.compile(r"&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|([a-z]+));?")
_TAG = re.compile(r"<(/?)([^\s>]*)([^>]*)(>?)")
_ATTRIBUTE = re.compile(r"""\s*([^\s=>"']+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([A-Za-z0-9.\-]+)))?""")


@dataclass(slots=True)
class _Open:
    tag: str
    attributes: dict[str, str]
    offset: int


@dataclass(slots=True)
class _Reader:
    source: str
    pieces: list[str] = field(default_factory=list)
    offset: int = 0  # UTF-16 units so far
    open: list[_Open] = field(default_factory=list)
    entities: list[Json] = field(default_factory=list)

    def add(self, text: str) -> None:
        plain = _REFERENCE.sub(_decode, text)
        self.pieces.append(plain)
        self.offset += len(plain.encode("utf-16-le")) // 2

    def fail(self, reason: str, position: int) -> BotApiError:
        at_byte = len(self.source[:position].encode())
        return bad_request(f"can't parse entities: {reason.replace('@@', f'at byte offset {at_byte}')}")

    def start(self, tag: str, rest: str, position: int) -> None:
        if tag not in _TAGS:
            raise self.fail(f'Unsupported start tag "{tag}" @@', position)
        attributes = {
            name.lower(): _REFERENCE.sub(_decode, double or single or bare)
            for name, double, single, bare in _ATTRIBUTE.findall(rest)
        }
        self.open.append(_Open(tag, attributes, self.offset))

    def end(self, tag: str, position: int) -> None:
        if not self.open:
            raise self.fail("Unexpected end tag @@", position)
        opened = self.open.pop()
        if tag and tag != opened.tag:
            raise self.fail(f'Unmatched end tag @@, expected "</{opened.tag}>", found "</{tag}>"', position)
        if self.offset > opened.offset:
            self.close(opened)

    def close(self, opened: _Open) -> None:
        length = self.offset - opened.offset
        entity: Json = {"type": _TAGS[opened.tag], "offset": opened.offset, "length": length}
        if opened.tag == "blockquote" and "expandable" in opened.attributes:
            entity["type"] = "expandable_blockquote"
        if opened.tag == "a":
            entity["url"] = opened.attributes.get("href") or "".join(self.pieces)[-length:]
            if not entity["url"]:
                return
        self.entities.append(entity)


def parse_html(source: str) -> tuple[str, list[Json]]:
    """Plain text and entities.

    Raises:
        BotApiError: a tag is unknown, not closed or closed in the wrong order.
    """
    reader = _Reader(source)
    position = 0
    for match in _TAG.finditer(source):
        if match.start() < position:
            continue
        reader.add(source[position : match.start()])
        slash, tag, rest, closed = match.groups()
        if not closed and (slash or not rest or tag.lower() in _TAGS):
            raise reader.fail("Unclosed end tag @@" if slash else "Unclosed start tag @@", match.start())
        if slash:
            reader.end(tag.lower(), match.start())
        else:
            reader.start(tag.lower(), rest, match.start())
        position = match.end()
    reader.add(source[position:])
    if reader.open:
        tag = reader.open[-1].tag
        raise bad_request(f"can't parse entities: Can't find end tag corresponding to start tag \"{tag}\"")
    return "".join(reader.pieces), sorted(reader.entities, key=lambda e: (e["offset"], -e["length"]))


def _decode(match: re.Match[str]) -> str:
    decimal, hexadecimal, name = match.groups()
    if name:
        return _NAMED.get(name, match.group())
    code = int(decimal) if decimal else int(hexadecimal, 16)
    return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else match.group()
