"""Readiness: who should get updates, and what is told beside it."""

import pytest

from bot.monitor.health import check_readiness
from storage.database.errors import DatabaseLocked, DiskFull


class FakeDatabase:
    """Can be written, or refuses."""

    def __init__(self, error=None):
        self.error = error

    async def check_writable(self):
        if self.error is not None:
            raise self.error


class FarEngine:
    """An engine elsewhere."""

    def __init__(self, *, ready):
        self.ready = ready

    async def is_ready(self):
        return self.ready


@pytest.mark.parametrize("phase", ["starting", "stopping"])
async def test_nobody_is_ready_before_the_start_or_at_the_end(phase):
    readiness = await check_readiness(phase, FakeDatabase(), object(), telegram="ok")
    assert not readiness.is_ready
    assert readiness.phase == phase


async def test_a_running_product_with_a_database_is_ready():
    readiness = await check_readiness("running", FakeDatabase(), object(), telegram="ok")
    assert readiness.is_ready
    assert readiness.engine == "ok"


async def test_a_database_that_refuses_is_named_by_its_kind_alone():
    readiness = await check_readiness(
        "running", FakeDatabase(DatabaseLocked("secret words")), object(), telegram="ok"
    )
    assert not readiness.is_ready
    assert readiness.database == "DatabaseLocked"


async def test_an_engine_that_is_away_is_told_and_updates_still_come():
    readiness = await check_readiness("running", FakeDatabase(), FarEngine(ready=False), telegram="ok")
    assert readiness.is_ready
    assert readiness.engine == "away"


async def test_a_database_that_cannot_be_written_takes_no_update():
    readiness = await check_readiness("running", FakeDatabase(DiskFull("no space")), object(), telegram="ok")
    assert (readiness.is_ready, readiness.database) == (False, "DiskFull")


@pytest.mark.parametrize("state", ["unreachable", "token_refused", "conflict", "webhook_error", "unknown"])
async def test_telegram_is_reported_and_makes_nobody_unready(state):
    """Also at a start: updates are taken as soon as something listens."""
    for phase in ("taking", "running"):
        readiness = await check_readiness(phase, FakeDatabase(), object(), telegram=state)
        assert (readiness.is_ready, readiness.telegram) == (True, state)
