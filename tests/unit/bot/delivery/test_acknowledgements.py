"""Which chats are looked at a moment after their photos came."""

import asyncio
from types import SimpleNamespace
from typing import Any

from bot.delivery.acknowledgement_plan import Pace
from bot.delivery.acknowledgements import Receptionist

LANE, AFTER_S = b"lane", 0.02


def make_receptionist() -> Receptionist:
    parts: Any = SimpleNamespace(after_s=AFTER_S, pace=Pace(at_once=1, busy_from=1_000))
    for _ in range(100):
        parts.pace.note(0.0)
    return Receptionist(parts)


async def is_looked_at(receptionist: Receptionist) -> bool:
    """Whether the chat is by the time that the moment of every photo is over."""
    async with asyncio.timeout(20):
        while receptionist._lines:  # noqa: ASYNC110 - timers
            await asyncio.sleep(AFTER_S)
    due, receptionist._due = receptionist._due, set()
    return LANE in due


async def test_who_has_an_answer_in_time_is_not_looked_at() -> None:
    receptionist = make_receptionist()
    receptionist.expect([LANE, LANE])
    receptionist.answered(LANE, 2)
    assert not await is_looked_at(receptionist)


async def test_the_answer_of_an_earlier_photo_is_not_taken_for_that_of_a_later_one() -> None:
    receptionist = make_receptionist()
    receptionist.expect([LANE])
    assert await is_looked_at(receptionist)
    receptionist.expect([LANE])
    receptionist.answered(LANE, 1)
    assert await is_looked_at(receptionist)
    receptionist.expect([LANE])
    receptionist.answered(LANE, 2)
    assert not await is_looked_at(receptionist)
    assert not receptionist._looked_at
