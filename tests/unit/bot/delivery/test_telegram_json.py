"""JSON from Telegram is read whatever bytes a stranger put into it."""

import json

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.delivery.http import HttpRequest
from bot.delivery.telegram_json import UnreadableReplyError, find_update_id, parse_json


@pytest.mark.parametrize(
    ("payload", "value"),
    [
        (b'{"data": "a\xff\xfe\xfdb"}', {"data": "a\ufffd\ufffd\ufffdb"}),
        (b'{"data": "cut \xe2\x82"}', {"data": "cut \ufffd"}),
        (b'{"data": "\\ud83d"}', {"data": "\ufffd"}),
        (b'{"data": "\\ude00\\ud83d"}', {"data": "\ufffd\ufffd"}),
        (b'{"data": "\\ud83d\\ude00 \\ud83d"}', {"data": "\U0001f600 \ufffd"}),
        (b'{"data": "\xed\xa0\xbd"}', {"data": "\ufffd\ufffd\ufffd"}),  # a surrogate written as UTF-8
        (b'{"\\ud83d": ["\\udc00", {"deep": "\\ud800"}]}', {"\ufffd": ["\ufffd", {"deep": "\ufffd"}]}),
        (b'{"name": "a\\u0000b"}', {"name": "a\ufffdb"}),
        (b'{"name": "a\x00b\x01"}', {"name": "a\ufffdb\x01"}),
        (b'{"a": 1, "a": 2}', {"a": 2}),
        (b'{"a": NaN}', {"a": None}),
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
    ],
)
def test_what_cannot_be_stored_is_replaced(payload: bytes, value: object) -> None:
    assert parse_json(payload) == value
    assert orjson.loads(orjson.dumps(parse_json(payload))) == value


@pytest.mark.parametrize(
    "digits", ["18446744073709551616", "1" * 400, "9" * 5_000, "-" + "9" * 5_000, "1e999"]
)
def test_a_number_of_any_length_can_be_read_and_stored(digits: str) -> None:
    value = parse_json(f'{{"number": {digits}, "text": "kept"}}'.encode())
    assert value["text"] == "kept"
    assert isinstance(value["number"], float)
    assert b'"kept"' in orjson.dumps(value)


@pytest.mark.parametrize("number", [2**63 - 1, 2**63, 2**64 - 1025, -(2**62)])
def test_a_number_of_64_bits_stays_exact_beside_bytes_that_are_not_utf_8(number: int) -> None:
    assert (
        parse_json(f'{{"number": {number}, "text": "?"}}'.encode().replace(b"?", b"\xff"))["number"] == number
    )


@pytest.mark.parametrize("payload", [b"", b"{", b"[" * 100_000, b"<html>", b'{"a": "cut', b"\xff"])
def test_what_is_not_json_is_refused_without_being_quoted(payload: bytes) -> None:
    with pytest.raises(ValueError, match=r"^[^<]*$"):
        parse_json(payload)
    with pytest.raises(UnreadableReplyError, match=r"^Invalid server response$"):
        HttpRequest.parse_json_payload(payload)


@pytest.mark.parametrize("payload", [b"[]", b'"text"', b"1", b"null"])
def test_a_reply_that_is_not_an_object_is_unreadable(payload: bytes) -> None:
    with pytest.raises(UnreadableReplyError):
        HttpRequest.parse_json_payload(payload)


@pytest.mark.parametrize(
    ("payload", "update_id"),
    [
        (b'{"ok":true,"result":[{"update_id":7,\n"message":{', 7),
        (b'{"update_id" : 8 , "x', 8),
        (b'{"message":{"text":"\\"update_id\\":9"},"update_id":10', 10),
        (b'{"update_id":9223372036854775808}', 2**63),
        (b'{"update_id":-1}', None),
        (b'{"update_id":1.5}', None),
        (b'{"update_id":"1"}', None),
        (b"<html>", None),
    ],
)
def test_the_number_of_an_update_is_found_in_raw_bytes(payload: bytes, update_id: int | None) -> None:
    assert find_update_id(payload) == update_id


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(codec=None)), inner),
    max_leaves=8,
)


@given(JSON, st.booleans())
def test_whatever_is_read_can_be_stored(value: object, ascii_only: bool) -> None:
    payload = json.dumps(value, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    stored = orjson.dumps(parse_json(payload))
    assert b"\\u0000" not in stored
