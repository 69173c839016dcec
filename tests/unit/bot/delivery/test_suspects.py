"""Suspects are read one at a time, each counted first; all others are not held up."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from bot.delivery.inbox import ClaimedTurn
from bot.delivery.supervisor import Supervisor
from bot.delivery.suspects import QUIET_S, Suspects
from bot.delivery.unit_of_work import LostTurnError
from storage.queues.inbox import ClaimedRow


class FakeLedger:
    """Keeps what would be counted."""

    def __init__(self, *, is_ours: bool = True) -> None:
        self.counted = 0
        self.is_ours = is_ours

    async def write(self, _work: Callable[..., Any]) -> bool:
        self.counted += 1
        return self.is_ours


@pytest.fixture
async def supervisor() -> AsyncIterator[Supervisor]:
    supervisor = Supervisor()
    yield supervisor
    await supervisor.stop()


def turn(key: str, *, crashes: int = 1) -> ClaimedTurn:
    return ClaimedTurn("photo", (ClaimedRow(1, key, b"lane", None, b"", 0.0, 0, crashes),))


def make(write_queue: FakeLedger, *, age_s: float = QUIET_S) -> Suspects:
    """Of a process that has lived for so long."""
    moments = iter([0.0])
    return Suspects(write_queue, owner="me", monotonic=lambda: next(moments, age_s))  # type: ignore[arg-type]


async def test_an_update_that_no_process_died_of_is_not_counted() -> None:
    write_queue = FakeLedger()
    suspects = make(write_queue, age_s=0.0)
    await suspects.begin(turn("a", crashes=0))
    await suspects.begin(turn("b", crashes=0))
    assert write_queue.counted == 0


async def test_suspects_are_read_one_at_a_time(supervisor: Supervisor) -> None:
    write_queue = FakeLedger()
    suspects = make(write_queue)
    await suspects.begin(turn("a"))
    second = supervisor.spawn(suspects.begin(turn("b")), name="b")
    await asyncio.sleep(0)
    assert (second.done(), write_queue.counted) == (False, 1)
    suspects.end(turn("a"))
    await second
    assert write_queue.counted == 2


async def test_the_photos_of_an_album_are_counted_once() -> None:
    write_queue = FakeLedger()
    suspects = make(write_queue)
    async with asyncio.timeout(5):
        await asyncio.gather(*(suspects.begin(turn("album")) for _ in range(3)))
    assert write_queue.counted == 1


async def test_a_turn_that_ends_while_it_waits_leaves_the_room_to_the_other(supervisor: Supervisor) -> None:
    suspects = make(FakeLedger())
    await suspects.begin(turn("a"))
    waiting = supervisor.spawn(suspects.begin(turn("b")), name="b")
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    suspects.end(turn("b"))
    suspects.end(turn("a"))
    async with asyncio.timeout(5):
        await suspects.begin(turn("c"))


async def test_in_a_process_that_has_just_begun_suspects_wait(supervisor: Supervisor) -> None:
    write_queue = FakeLedger()
    waiting = supervisor.spawn(make(write_queue, age_s=0.0).begin(turn("a")), name="a")
    await asyncio.sleep(0.01)
    assert (waiting.done(), write_queue.counted) == (False, 0)
    waiting.cancel()


async def test_a_turn_that_another_process_has_is_not_read() -> None:
    with pytest.raises(LostTurnError):
        await make(FakeLedger(is_ours=False)).begin(turn("a"))
