"""Forms with files (multipart/form-data), parsed from memory: their size is limited before."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

_BOUNDARY = re.compile(r'boundary=(?:"([^"]+)"|([^;\s]+))', re.IGNORECASE)
_DISPOSITION = re.compile(rb"^content-disposition:\s*form-data\b(.*)$", re.IGNORECASE | re.MULTILINE)
_FIELD = re.compile(r'\b(name|filename)="((?:[^"\\]|\\.)*)"|\b(filename)\*=utf-8\'\'([^;\s]+)', re.IGNORECASE)
_ENCODING = re.compile(rb"^content-transfer-encoding:\s*(?!binary|8bit|7bit)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class FormPart:
    """One field; only a file has a `filename`."""

    name: str
    filename: str | None
    content: bytes


def parse_form(body: bytes, content_type: str) -> list[FormPart]:
    """The named parts in order.

    Raises:
        ValueError: it is not a form, or it is cut short.
    """
    found = _BOUNDARY.search(content_type)
    if found is None:
        raise ValueError("no boundary")
    mark = b"--" + (found[1] or found[2]).encode("latin-1")
    if not body.startswith(mark):
        raise ValueError("no part")
    *parts, end = body[len(mark) :].split(b"\r\n" + mark)
    if not end.startswith(b"--"):
        raise ValueError("cut short")
    return [part for raw in parts if (part := _parse_part(raw)) is not None]


def _parse_part(raw: bytes) -> FormPart | None:
    head, gap, content = raw.partition(b"\r\n\r\n")
    head = head.replace(b"\r\n", b"\n")
    if not gap or _ENCODING.search(head):
        raise ValueError("not a part of a form")
    said = _DISPOSITION.search(head)
    if said is None:
        return None
    # `name` and `filename`, as browsers write them (percent-encoded quotes) or with backslashes.
    fields: dict[str, str] = {}
    for name, plain, extended, encoded in _FIELD.findall(said[1].decode("utf-8", "replace")):
        value = plain.replace("%22", '"').replace("%0D", "\r").replace("%0A", "\n")
        fields[(name or extended).lower()] = unquote(encoded) if extended else re.sub(r"\\(.)", r"\1", value)
    return FormPart(fields["name"], fields.get("filename"), content) if "name" in fields else None
