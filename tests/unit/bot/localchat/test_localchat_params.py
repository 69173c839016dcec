"""Parameters are typed; others are refused in Telegram's words."""

from __future__ import annotations

from typing import Any

import pytest

from bot.localchat.errors import BotApiError
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
def test_values_are_parsed(kind: str, given: Any, understood: Any) -> None:
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


def test_each_kind_of_keyboard_is_accepted() -> None:
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
