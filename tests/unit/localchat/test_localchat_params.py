"""Parameters are typed, and what does not fit is refused in Telegram's words."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.localchat.errors import BotApiError
from bot.localchat.faults import order
from bot.localchat.markup import check_markup
from bot.localchat.params import check_object, coerce
from bot.localchat.signatures import Field


def understand(kind: str, value: Any) -> Any:
    return coerce(Field("x", kind, required=True), value)


@pytest.mark.parametrize(
    ("kind", "given", "understood"),
    [
        ("int", "12", 12),
        ("int", -3, -3),
        ("bool", "true", True),
        ("bool", "0", False),
        ("bool", False, False),
        ("chat", "-100123", -100123),
        ("chat", "@clinic", "@clinic"),
        ("[int]", "[1, 2]", [1, 2]),
        ("[str]", ["a"], ["a"]),
        ("[BotCommand]", [{"command": "a", "description": "b"}], [{"command": "a", "description": "b"}]),
    ],
)
def test_values_are_understood(kind: str, given: Any, understood: Any) -> None:
    assert understand(kind, given) == understood


@pytest.mark.parametrize(
    ("kind", "given", "complaint"),
    [
        ("int", "x", 'parameter "x" must be of type Integer'),
        ("int", True, 'parameter "x" must be of type Integer'),
        ("str", 5, 'parameter "x" must be of type String'),
        ("bool", "maybe", 'parameter "x" must be of type Boolean'),
        ("chat", "clinic", "chat not found"),
        ("chat", "", "x is empty"),
        ("[int]", "{}", "can't parse x JSON object"),
        ("[int]", "[", "can't parse x JSON object"),
        ("ReplyParameters", "[]", "can't parse x JSON object"),
        ("ReplyParameters", "{}", 'parameter "message_id" is required in ReplyParameters'),
        ("ReplyParameters", '{"message_id": 1, "nonsense": 2}', 'unknown parameter "nonsense"'),
    ],
)
def test_other_values_are_refused(kind: str, given: Any, complaint: str) -> None:
    with pytest.raises(BotApiError) as refusal:
        understand(kind, given)
    assert refusal.value.code == 400
    assert refusal.value.description.startswith("Bad Request: ")
    assert complaint in refusal.value.description


def markup(given: Any, chat_type: str = "private") -> Any:
    return check_markup(check_object("Markup", given, "reply_markup"), chat_type)


def test_each_kind_of_keyboard_is_taken() -> None:
    assert markup({"inline_keyboard": [[{"text": "a", "callback_data": "x" * 64}]]})
    assert markup(
        {
            "inline_keyboard": [
                [{"text": "a", "url": "https://a.org"}, {"text": "c", "copy_text": {"text": "7"}}]
            ]
        }
    )
    assert markup(
        {"keyboard": [["plain", {"text": "a", "request_chat": {"request_id": 1, "chat_is_channel": False}}]]}
    )
    assert markup({"remove_keyboard": True}) == {"remove_keyboard": True}
    assert markup({"force_reply": True, "input_field_placeholder": "x"})
    assert markup({"inline_keyboard": []}) is None
    assert markup({}) is None


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"inline_keyboard": [[{"text": "a", "callback_data": "é" * 33}]]}, "BUTTON_DATA_INVALID"),
        ({"inline_keyboard": [[{"text": "a", "callback_data": ""}]]}, "BUTTON_DATA_INVALID"),
        ({"inline_keyboard": [[{"text": "a"}]]}, "Text buttons are unallowed in the inline keyboard"),
        ({"inline_keyboard": [[{"text": "a", "url": "nonsense"}]]}, "Wrong HTTP URL"),
        ({"inline_keyboard": [[{"callback_data": "x"}]]}, '"text" is required'),
        ({"inline_keyboard": {}}, "can't parse"),
        ({"nonsense": 1}, 'unknown parameter "nonsense"'),
        ([], "object expected as reply markup"),
    ],
)
def test_other_keyboards_are_refused(given: Any, complaint: str) -> None:
    with pytest.raises(BotApiError) as refusal:
        markup(given)
    assert complaint in refusal.value.description


def test_a_chat_can_be_asked_for_in_private_only() -> None:
    button = {"text": "a", "request_chat": {"request_id": 1, "chat_is_channel": False}}
    with pytest.raises(BotApiError, match="private"):
        markup({"keyboard": [[button]]}, "supergroup")


def test_a_fault_strikes_as_often_as_ordered_and_where() -> None:
    fault = order({"method": "sendPhoto", "kind": 429, "count": 2, "chat_id": 5})
    hits = [fault.strikes("sendPhoto", chat) for chat in (5, 6, 5, 5)]
    assert hits == [True, False, True, False]
    assert not fault.strikes("sendMessage", 5)


def test_a_star_means_all_methods_but_no_downloads() -> None:
    fault = order({"method": "*", "kind": "500"})
    assert fault.strikes("sendMessage", None)
    assert not fault.strikes("file", None)


def test_a_seeded_rate_repeats() -> None:
    faults = [order({"kind": "500", "rate": 0.3, "seed": 7}) for _ in range(2)]
    sequences = [[fault.strikes("getMe", None) for _ in range(200)] for fault in faults]
    assert sequences[0] == sequences[1]
    assert 30 < sum(sequences[0]) < 90


@pytest.mark.parametrize("raw", [{"kind": "418"}, {"kind": "500", "nonsense": 1}, {"kind": "500", "rate": 2}])
def test_other_faults_are_refused(raw: dict[str, Any]) -> None:
    with pytest.raises(Exception, match=r"kind must|nonsense|rate"):
        order(raw)


def test_a_fault_survives_a_round_trip() -> None:
    fault = order({"kind": "slow", "delay_s": 2, "count": 3})
    assert order(json.loads(json.dumps(fault.describe()))).describe() == fault.describe()
