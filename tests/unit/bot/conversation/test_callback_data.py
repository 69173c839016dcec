"""Buttons carry an action and short arguments; anything else is survived."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st
from telegram import CallbackQuery, Chat, Message, User

from bot.conversation.callback_data import Press
from bot.routing.buttons import CLINIC_PRESSES, PRESSES

MESSAGE = Message(5, datetime(2026, 3, 1, tzinfo=UTC), Chat(1, Chat.PRIVATE), text="x")


def query(data: str | None, message: Message | None = MESSAGE) -> CallbackQuery:
    return CallbackQuery("1", User(1, "x", False), "1", data=data, message=message)


def test_action_and_arguments_are_read():
    press = Press.read(query("c:N-4F7K2:"))
    assert press == Press(action="c", arguments=("N-4F7K2", ""), message_id=5)


def test_a_vanished_message_or_a_game_is_no_press():
    assert Press.read(query("c:1", message=None)) is None
    assert Press.read(query(None)) is None


@given(st.text())
def test_any_data_is_read_without_an_error(data):
    press = Press.read(query(data))
    assert press is not None
    assert isinstance(press.argument(7), str)


def test_actions_are_short_so_that_data_stay_within_64_bytes():
    assert PRESSES
    assert all(len(action) <= 10 for action in (*PRESSES, *CLINIC_PRESSES))
