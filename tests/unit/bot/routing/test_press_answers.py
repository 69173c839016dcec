"""A press is answered although connections are cut; nothing is repeated that Telegram has refused."""

from dataclasses import dataclass, field

import pytest
from telegram.error import BadRequest, Forbidden, NetworkError, RetryAfter, TelegramError, TimedOut

from bot.routing.press_answers import MOST_UNITS, PAUSES_S, answer_button


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
