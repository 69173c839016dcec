"""Several processes that could poll: one does, and when it stops or dies another one takes its place."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bot.delivery.polling import Polling
from bot.delivery.replicas import Replicas
from bot.delivery.standby import Candidacy, StandbyPolling
from storage.database.sessions import Database
from storage.queues.leases import take_lease

PATIENCE_S = 20.0
LEASE_S = 0.5


class FakeRequest:
    """A Bot API that has nothing, slowly: counts the calls under way."""

    def __init__(self) -> None:
        self.under_way = 0
        self.calls = 0
        self.urls: list[str] = []

    async def initialize(self) -> None:
        """Nothing to open."""

    async def post(self, url: str, **_options: Any) -> list[dict[str, Any]]:
        self.calls += 1
        self.urls.append(url)
        self.under_way += 1
        try:
            await asyncio.sleep(0.02)
        finally:
            self.under_way -= 1
        return []

    async def shutdown(self) -> None:
        """Nothing to close."""


async def take(_updates: Sequence[Any]) -> int:
    return 0


async def refuse(_updates: Sequence[Any]) -> None:
    """Nothing comes."""


async def remove_webhook() -> None:
    """There is none."""


def make_polling(request: FakeRequest) -> Polling:
    return Polling(
        request=request,  # type: ignore[arg-type]
        bot_url="http://bot",
        take=take,
        refused=refuse,
        remove_webhook=remove_webhook,
        poll_s=1,
    )


class Process:
    """One candidate, run as the product runs it."""

    def __init__(self, database: Database, owner: str, *, lease_s: float = LEASE_S) -> None:
        self.request = FakeRequest()
        candidacy = Candidacy(database=database, name="poller:1", owner=owner, lease_s=lease_s)
        self.source = StandbyPolling(make_polling(self.request), candidacy)
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        await self.source.start()
        self._task = asyncio.get_running_loop().create_task(self.source.run())

    async def stop(self) -> None:
        await self.source.stop()
        await self.die()

    async def die(self) -> None:
        """As by -9: nothing is given up."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)


@asynccontextmanager
async def processes(*databases: Database, lease_s: float = LEASE_S) -> AsyncIterator[list[Process]]:
    made = [Process(each, f"owner {number}", lease_s=lease_s) for number, each in enumerate(databases)]
    for process in made:
        await process.start()
    try:
        yield made
    finally:
        for process in made:
            await process.die()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not condition():  # noqa: ASYNC110 - of what runs beside
            await asyncio.sleep(0.01)


async def test_one_polls_and_the_others_stand_by(database: Database, other_database: Database) -> None:
    async with processes(database, other_database, database, lease_s=60.0) as made:
        await until(lambda: any(each.request.calls > 3 for each in made))
        await until(lambda: sum(each.source._is_waiting for each in made) == 2)
        assert sum(each.source.is_leading for each in made) == 1
        assert sum(each.request.calls > 0 for each in made) == 1


async def test_when_it_stops_another_one_polls_at_once(database: Database, other_database: Database) -> None:
    """A lease of minutes is not waited for."""
    async with processes(database, other_database, lease_s=5.0) as (one, two):
        await until(lambda: one.source.is_leading or two.source.is_leading)
        leader, other = (one, two) if one.source.is_leading else (two, one)
        await leader.stop()
        assert leader.request.under_way == 0
        await until(lambda: other.source.is_leading)


async def test_a_look_that_is_under_way_at_the_stop_does_not_take_the_lease_again(
    database: Database, other_database: Database
) -> None:
    async with processes(database, lease_s=60.0) as (one,):
        await until(lambda: one.source.is_leading)
        looks = [asyncio.get_running_loop().create_task(one.source._renew()) for _ in range(3)]
        await one.stop()
        await asyncio.gather(*looks)
        async with other_database.write() as session:
            assert await take_lease(session, "poller:1", owner="another", lease_s=60.0)


async def test_when_it_dies_another_one_polls_after_the_lease(
    database: Database, other_database: Database
) -> None:
    async with processes(database, other_database) as (one, two):
        await until(lambda: one.source.is_leading or two.source.is_leading)
        leader, other = (one, two) if one.source.is_leading else (two, one)
        await leader.die()
        calls = leader.request.calls
        await until(lambda: other.request.calls > 0)
        assert leader.request.calls == calls


@pytest.mark.parametrize("hangs", [False, True], ids=["refuses", "hangs"])
async def test_whoever_cannot_renew_stops_polling_before_another_one_may(
    database: Database, hangs: bool
) -> None:
    """The database is away for this process: its lease runs out, and it knows that by itself."""
    async with processes(database) as (one,):
        await until(lambda: one.request.calls > 0)
        await database.close()  # what is asked of it from here on opens it anew: so take it away for good
        one.source._candidacy = Candidacy(
            database=UnreachableDatabase(hangs=hangs),  # type: ignore[arg-type]
            name="poller:1",
            owner="owner 0",
            lease_s=LEASE_S,
        )
        await until(lambda: not one.source.is_leading)
        assert one.request.under_way == 0


class UnreachableDatabase:
    """Every transaction fails, at once or never."""

    def __init__(self, *, hangs: bool) -> None:
        self._hangs = hangs

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Any]:
        from storage.database.errors import Unreachable

        if self._hangs:
            await asyncio.Event().wait()
        raise Unreachable("away")
        yield


async def test_polling_taken_up_again_begins_anew() -> None:
    """Meanwhile another process confirmed what it fetched, perhaps with numbers that started anew."""
    request = FakeRequest()
    polling = make_polling(request)
    polling._offset = 7
    task = asyncio.get_running_loop().create_task(polling.run())
    await until(lambda: bool(request.urls))
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert "offset" not in request.urls[0]


async def test_processes_share_the_overall_limit(database: Database, other_database: Database) -> None:
    told: list[int] = []
    one = Replicas(database=database, owner="one", share=told.append)
    two = Replicas(database=other_database, owner="two", share=told.append)
    assert await one.renew() == 1
    assert await two.renew() == 2
    assert await one.renew() == 2
    await two.leave()
    assert await one.renew() == 1


@pytest.fixture(params=["postgresql"])
def backend(request: pytest.FixtureRequest) -> str:
    """SQLite has one process, and no election."""
    return str(request.param)
