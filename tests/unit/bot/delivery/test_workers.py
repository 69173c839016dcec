"""Workers at their stop: what was claimed too late is not begun."""

import asyncio
from dataclasses import fields
from typing import Any

import pytest

import bot.delivery.workers
from bot.delivery.inbox import ClaimedTurn
from bot.delivery.supervisor import Alarm, Supervisor
from bot.delivery.workers import Workers
from bot.settings import Work
from storage.database.errors import StorageError
from storage.queues.inbox import ClaimedRow


def make_workers(**given: Any) -> Workers:
    """Workers without what the test does not need."""
    return Workers(**{field.name: given.get(field.name) for field in fields(Workers)})


class SlowInbox:
    """Claims one turn, but not before the stop has begun."""

    def __init__(self) -> None:
        self.alarm = Alarm()
        self.asked = asyncio.Event()
        self.answer = asyncio.Event()
        self.asked_to_open = 0
        self.handed_back = 0

    async def claim(self, _wanted: Any) -> list[ClaimedTurn]:
        self.asked.set()
        await self.answer.wait()
        return [ClaimedTurn("quick", (ClaimedRow(1, "turn", b"lane", None, b"", 0.0, 0, 0),))]

    async def hand_back(self) -> int:
        self.handed_back += 1
        return 1

    def open(self, _row: Any) -> dict[str, Any]:
        self.asked_to_open += 1
        return {}


async def test_a_turn_claimed_while_stopping_is_handed_back_and_not_begun() -> None:
    inbox, supervisor = SlowInbox(), Supervisor()
    workers = make_workers(inbox=inbox, work=Work.model_validate({}), supervisor=supervisor)
    running = supervisor.spawn(workers.run(), name="workers")
    await inbox.asked.wait()
    await workers.drain(0.5)
    inbox.answer.set()
    await running
    assert inbox.handed_back == 1
    assert inbox.asked_to_open == 0


class TurnToEnd:
    """Ends at the third try."""

    key = "turn"

    def __init__(self, errors: list[Exception]) -> None:
        self.errors = errors
        self.outcome: str | None = None

    async def end(self) -> None:
        if self.errors:
            raise self.errors.pop(0)
        self.outcome = "done"


async def test_a_turn_is_ended_once_the_database_lets_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Else its chat would wait for a restart."""
    monkeypatch.setattr(bot.delivery.workers, "STORAGE_RETRY_S", 0.0)
    turn: Any = TurnToEnd([StorageError("locked"), StorageError("full")])
    await make_workers(log_ref=lambda _key: "reference")._insist(turn, turn.end)
    assert turn.outcome == "done"
