"""The flood limits: 30 a second overall, one a second in a chat after a short burst, 20/min in a group."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.localchat import FloodLimits
from bot.localchat.errors import TooManyRequests
from bot.localchat.limits import FloodLimiter


class FakeClock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def gate(**changes: float) -> tuple[FloodLimiter, FakeClock]:
    clock = FakeClock()
    return FloodLimiter(FloodLimits(slack_s=0.0, **changes), clock), clock


def waits(gate: FloodLimiter, chat: int, **how: object) -> int:
    try:
        gate.admit(chat, is_group=bool(how.get("is_group")), messages=int(how.get("messages", 1)))
    except TooManyRequests as refusal:
        return refusal.parameters["retry_after"]
    return 0


def test_a_short_burst_in_a_chat_passes_and_the_next_waits_a_second() -> None:
    flood, clock = gate()
    assert [waits(flood, 1) for _ in range(4)] == [0, 0, 0, 1]
    clock.now += 1.0
    assert [waits(flood, 1) for _ in range(2)] == [0, 1]


def test_one_message_a_second_in_a_chat_always_passes() -> None:
    flood, clock = gate()
    for _ in range(300):
        assert waits(flood, 1) == 0
        clock.now += 1.0


def test_other_chats_are_not_delayed() -> None:
    flood, _ = gate()
    for _ in range(4):
        waits(flood, 1)
    assert waits(flood, 2) == 0


def test_thirty_a_second_overall() -> None:
    flood, clock = gate()
    assert [waits(flood, chat) for chat in range(31)] == [0] * 30 + [1]
    clock.now += 1.0
    assert waits(flood, 99) == 0


def test_twenty_a_minute_in_a_group() -> None:
    flood, clock = gate()
    for _ in range(20):
        assert waits(flood, -5, is_group=True) == 0
        clock.now += 1.0
    assert waits(flood, -5, is_group=True) == 40
    clock.now += 40.0
    assert waits(flood, -5, is_group=True) == 0


def test_an_album_counts_by_its_items_in_a_group() -> None:
    flood, clock = gate()
    assert waits(flood, -5, is_group=True, messages=10) == 0
    clock.now += 5
    assert waits(flood, -5, is_group=True, messages=10) == 0
    clock.now += 5
    assert waits(flood, -5, is_group=True) == 50


def test_a_refused_message_does_not_count() -> None:
    flood, clock = gate()
    for _ in range(50):
        waits(flood, 1)
    clock.now += 1.0
    assert waits(flood, 1) == 0


def test_limits_can_be_switched_off() -> None:
    flood, _ = gate(enabled=False)
    assert [waits(flood, 1) for _ in range(100)] == [0] * 100


def test_slack_lets_messages_pass_that_came_a_little_early() -> None:
    clock = FakeClock()
    flood = FloodLimiter(FloodLimits(slack_s=0.05), clock)
    for _ in range(100):
        assert waits(flood, 1) == 0
        clock.now += 0.999


@given(st.lists(st.floats(0, 3), max_size=60))
def test_no_window_of_any_length_holds_more_than_burst_and_rate(pauses: list[float]) -> None:
    flood, clock = gate()
    passed: list[float] = []
    for pause in pauses:
        clock.now += pause
        if waits(flood, 1) == 0:
            passed.append(clock.now)
    for first in range(len(passed)):
        for last in range(first, len(passed)):
            assert last - first + 1 <= 3 + (passed[last] - passed[first]) + 1e-6


@given(st.lists(st.floats(0, 1), max_size=40))
def test_a_message_passes_after_the_wait_in_the_refusal(pauses: list[float]) -> None:
    flood, clock = gate()
    for pause in pauses:
        clock.now += pause
        if wait := waits(flood, 1):
            clock.now += wait
            assert waits(flood, 1) == 0


def test_figures_of_zero_are_refused() -> None:
    with pytest.raises(ValueError, match="above zero"):
        FloodLimits(chat_per_s=0)
