"""Readiness: who should get updates, and what is told beside it."""

import pytest

from bot.monitor.health import check_readiness
from storage.errors import DatabaseLocked


class FakeDatabase:
    """Opens sessions that answer, or refuses."""

    def __init__(self, error=None):
        self.error = error

    def read(self):
        return self

    async def __aenter__(self):
        if self.error is not None:
            raise self.error
        return self

    async def __aexit__(self, *_):
        return None

    async def execute(self, _statement):
        return None


class FarEngine:
    """An engine elsewhere."""

    def __init__(self, *, ready):
        self.ready = ready

    async def is_ready(self):
        return self.ready


@pytest.mark.parametrize("phase", ["starting", "stopping"])
async def test_nobody_is_ready_before_the_start_or_at_the_end(phase):
    readiness = await check_readiness(phase, FakeDatabase(), object())
    assert not readiness.is_ready
    assert readiness.phase == phase


async def test_a_running_product_with_a_database_is_ready():
    readiness = await check_readiness("running", FakeDatabase(), object())
    assert readiness.is_ready
    assert readiness.engine == "ok"


async def test_a_database_that_refuses_is_named_by_its_kind_alone():
    readiness = await check_readiness("running", FakeDatabase(DatabaseLocked("secret words")), object())
    assert not readiness.is_ready
    assert readiness.database == "DatabaseLocked"


async def test_an_engine_that_is_away_is_told_and_updates_still_come():
    readiness = await check_readiness("running", FakeDatabase(), FarEngine(ready=False))
    assert readiness.is_ready
    assert readiness.engine == "away"
