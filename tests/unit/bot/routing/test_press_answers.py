"""A press is answered although connections are cut; nothing is repeated that Telegram has refused."""

import asyncio
from dataclasses import dataclass, field

import pytest
from telegram.error import BadRequest, Forbidden, NetworkError, RetryAfter, TelegramError, TimedOut

from bot.delivery.supervisor import Supervisor
from bot.routing.press_answers import MOST_UNITS, PAUSES_S, answer_button, answer_in_turn


@dataclass
class FakeQuery:
    """Raises these one after the other, then takes the answer."""

    errors: list[TelegramError] = field(default_factory=list)
    tries: int = 0
    answers: list[tuple[str | None, bool]] = field(default_factory=list)

    async def answer(self, *, text: str | None, show_alert: bool) -> None:
        self.tries += 1
        if self.errors:
            raise self.errors.pop(0)
        self.answers.append((text, show_alert))


@dataclass
class Clock:
    slept: list[float] = field(default_factory=list)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


@pytest.mark.parametrize("error", [NetworkError("ServerDisconnectedError"), TimedOut(), RetryAfter(1)])
async def test_an_answer_that_was_lost_is_sent_again(error: TelegramError) -> None:
    query, clock = FakeQuery([error]), Clock()
    await answer_button(query, "x" * 300, alert=True, sleep=clock.sleep)  # type: ignore[arg-type]
    assert query.answers == [("x" * MOST_UNITS, True)]
    assert clock.slept == [1.0 if isinstance(error, RetryAfter) else PAUSES_S[0]]


@pytest.mark.parametrize("error", [BadRequest("Query is too old"), Forbidden("blocked"), TelegramError("x")])
async def test_what_telegram_refuses_is_not_repeated(error: TelegramError) -> None:
    query, clock = FakeQuery([error]), Clock()
    await answer_button(query, sleep=clock.sleep)  # type: ignore[arg-type]
    assert (query.tries, query.answers, clock.slept) == (1, [], [])


async def test_after_some_tries_nobody_waits_any_more() -> None:
    query, clock = FakeQuery([NetworkError("cut")] * 99), Clock()
    await answer_button(query, sleep=clock.sleep)  # type: ignore[arg-type]
    assert query.tries == len(PAUSES_S) + 1
    assert clock.slept == list(PAUSES_S)


async def test_a_slow_server_holds_up_no_turn_and_the_answer_still_goes_out() -> None:
    let_go, query = asyncio.Event(), FakeQuery()

    class SlowQuery:
        async def answer(self, *, text: str | None, show_alert: bool) -> None:
            await let_go.wait()
            await query.answer(text=text, show_alert=show_alert)

    await answer_in_turn(Supervisor(), SlowQuery(), "Noted", wait_s=0.01)  # type: ignore[arg-type]
    assert query.answers == []
    let_go.set()
    await asyncio.sleep(0)
    await asyncio.sleep(0.01)
    assert query.answers == [("Noted", False)]


async def test_a_quick_answer_is_out_when_the_turn_goes_on() -> None:
    query = FakeQuery()
    await answer_in_turn(Supervisor(), query, "Noted", alert=True)  # type: ignore[arg-type]
    assert query.answers == [("Noted", True)]
