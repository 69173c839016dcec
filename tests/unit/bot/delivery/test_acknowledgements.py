"""Which chats are looked at a moment after their photos came or a turn began."""

import asyncio
from dataclasses import fields
from typing import Any

import pytest

import bot.delivery.acknowledgements
from bot.delivery.acknowledgement_plan import Pace
from bot.delivery.acknowledgements import Acknowledgements
from bot.delivery.inbox import ArrivedPhoto
from storage.database.errors import StorageError

LANE, AFTER_S = b"lane", 0.02
FIRST, SECOND = ArrivedPhoto(LANE, "first"), ArrivedPhoto(LANE, "second")


def make_acknowledgements(*, a_photo_takes_s: float = 0.0) -> Acknowledgements:
    """Acknowledgements without what no test here needs."""
    pace = Pace(at_once=1, busy_from=1_000)
    for _ in range(100):
        pace.note(a_photo_takes_s)
    parts: dict[str, Any] = dict.fromkeys(each.name for each in fields(Acknowledgements))
    return Acknowledgements(**parts | {"after_s": AFTER_S, "pace": pace})


async def find_due(acknowledgements: Acknowledgements) -> dict[bytes, bool]:
    """The chats that are looked at once the moment of every photo is over; whether at their whole line."""
    done = asyncio.Event()
    asyncio.get_running_loop().call_later(AFTER_S * 2, done.set)
    await done.wait()
    due, acknowledgements._due = acknowledgements._due, {}
    return due


async def test_a_chat_that_has_its_answers_in_time_is_not_looked_at() -> None:
    acknowledgements = make_acknowledgements()
    acknowledgements.expect([FIRST, SECOND])
    acknowledgements.answered(["first", "second"])
    assert await find_due(acknowledgements) == {}


async def test_the_answer_of_an_earlier_photo_is_not_taken_for_that_of_a_later_one() -> None:
    acknowledgements = make_acknowledgements()
    acknowledgements.expect([FIRST])
    assert await find_due(acknowledgements) == {LANE: True}
    acknowledgements.expect([SECOND])
    acknowledgements.answered(["first"])
    assert await find_due(acknowledgements) == {LANE: True}
    assert not acknowledgements._unanswered


async def test_a_chat_is_looked_at_immediately_if_its_answer_will_take_longer() -> None:
    acknowledgements = make_acknowledgements(a_photo_takes_s=AFTER_S * 0.75)
    acknowledgements.expect([FIRST])
    assert acknowledgements._due == {}
    acknowledgements.expect([SECOND])
    assert acknowledgements._due == {LANE: True}


async def test_a_turn_that_ends_in_time_is_not_looked_at() -> None:
    acknowledgements = make_acknowledgements()
    with acknowledgements.watch_turn(LANE):
        pass
    assert await find_due(acknowledgements) == {}


async def test_of_a_turn_that_takes_longer_only_its_own_photo_is_looked_at() -> None:
    """Else each photo of many would bring two acknowledgements."""
    acknowledgements = make_acknowledgements()
    with acknowledgements.watch_turn(LANE):
        assert await find_due(acknowledgements) == {LANE: False}


async def test_new_photos_of_the_chat_widen_the_look_to_the_whole_line() -> None:
    acknowledgements = make_acknowledgements()
    acknowledgements.expect([FIRST])
    with acknowledgements.watch_turn(LANE):
        assert await find_due(acknowledgements) == {LANE: True}


async def test_a_look_that_the_database_refuses_is_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    class Refusing:
        async def write(self, _work: Any) -> None:
            raise StorageError("locked")

    monkeypatch.setattr(bot.delivery.acknowledgements, "STORAGE_RETRY_S", AFTER_S)
    acknowledgements = make_acknowledgements()
    acknowledgements.write_queue = Refusing()  # type: ignore[assignment]
    for whole_line in (True, False):
        await acknowledgements._attend(LANE, whole_line=whole_line)
        assert await find_due(acknowledgements) == {LANE: whole_line}
