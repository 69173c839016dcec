"""Which chats are looked at a moment after their photos came."""

import asyncio
from types import SimpleNamespace
from typing import Any

from bot.delivery.acknowledgement_plan import Pace
from bot.delivery.acknowledgements import Acknowledgements

LANE, AFTER_S = b"lane", 0.02


def make_acknowledgements() -> Acknowledgements:
    parts: Any = SimpleNamespace(after_s=AFTER_S, pace=Pace(at_once=1, busy_from=1_000))
    for _ in range(100):
        parts.pace.note(0.0)
    return Acknowledgements(parts)


async def is_looked_at(acknowledgements: Acknowledgements) -> bool:
    """Whether the chat is by the time that the moment of every photo is over."""
    async with asyncio.timeout(20):
        while acknowledgements._lines:  # noqa: ASYNC110 - timers
            await asyncio.sleep(AFTER_S)
    due, acknowledgements._due = acknowledgements._due, set()
    return LANE in due


async def test_who_has_an_answer_in_time_is_not_looked_at() -> None:
    acknowledgements = make_acknowledgements()
    acknowledgements.expect([LANE, LANE])
    acknowledgements.answered(LANE, 2)
    assert not await is_looked_at(acknowledgements)


async def test_the_answer_of_an_earlier_photo_is_not_taken_for_that_of_a_later_one() -> None:
    acknowledgements = make_acknowledgements()
    acknowledgements.expect([LANE])
    assert await is_looked_at(acknowledgements)
    acknowledgements.expect([LANE])
    acknowledgements.answered(LANE, 1)
    assert await is_looked_at(acknowledgements)
    acknowledgements.expect([LANE])
    acknowledgements.answered(LANE, 2)
    assert not await is_looked_at(acknowledgements)
    assert not acknowledgements._looked_at
