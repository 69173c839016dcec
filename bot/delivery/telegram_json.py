"""Parses JSON from Telegram, with any bytes that a sender may have put into it.

The Bot API server passes a button's callback data through as the sender's client wrote it: bytes that are not
UTF-8 and lone surrogates occur. Both become U+FFFD here, before anything is stored, sealed or logged. So does
NUL, which PostgreSQL refuses in text.
"""

import json
import re
from typing import Any, Final

import orjson
from telegram.error import TelegramError

REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"
_UNSTORABLE: Final = re.compile("[\\x00\\ud800-\\udfff]")
_UPDATE_ID: Final = re.compile(rb'"update_id"\s*:\s*(\d{1,30})(?![\d.eE])')
_MOST_DIGITS: Final = 18  # every integer of so many digits fits in 64 bits


class UnreadableReplyError(TelegramError):
    """A reply that is not JSON even after every repair. `payload` is never logged."""

    def __init__(self, payload: bytes) -> None:
        super().__init__("Invalid server response")
        self.payload = payload


def parse_json(payload: bytes) -> Any:
    """Parse JSON whose strings may hold bytes that are not UTF-8, lone surrogates or control characters.

    Strings of the result can be encoded as UTF-8 and hold no NUL. Of duplicate keys the last wins.
    NaN becomes None. Integers that do not fit in 64 bits become floats, as orjson reads them.

    Raises:
        ValueError: not JSON, or nested too deeply.
    """
    try:
        value = orjson.loads(payload)
    except orjson.JSONDecodeError:
        return _parse_leniently(payload)
    return _clean(value) if b"\\u0000" in payload else value


def find_update_id(payload: bytes) -> int | None:
    """Find the number of the first update in bytes that cannot be parsed; None if there is none.

    A string cannot forge it: the server escapes quotation marks inside strings.
    """
    match = _UPDATE_ID.search(payload)
    return None if match is None else int(match[1])


def _parse_leniently(payload: bytes) -> Any:
    """Parse with the standard library, which accepts what orjson refuses."""

    def read_integer(digits: str) -> int | float:
        if len(digits) <= _MOST_DIGITS:
            return int(digits)
        number = float(digits)
        return int(digits) if -(2.0**63) < number < 2.0**64 else number

    try:
        return _clean(
            json.loads(
                payload.decode("utf-8-sig", "replace"),
                strict=False,  # control characters inside strings
                parse_int=read_integer,
                parse_constant=lambda _name: None,
            )
        )
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _clean(value: Any) -> Any:
    """Copy a JSON value with everything that cannot be stored replaced, in keys too."""
    if isinstance(value, str):
        return _UNSTORABLE.sub(REPLACEMENT, value)
    if isinstance(value, list):
        return [_clean(item) for item in value]
    if isinstance(value, dict):
        return {_clean(name): _clean(item) for name, item in value.items()}
    return value
