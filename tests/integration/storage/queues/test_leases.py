"""A task that one process has: taken once, kept while renewed, free when it ran out or was given up."""

import asyncio

from storage.database.sessions import Database
from storage.queues.leases import count_leases, forget_leases, give_lease_up, read_clock, take_lease

LONG_S, OVER_S = 600.0, -1.0  # a lease that ends before it began is over at once: no test has to wait


async def take(database: Database, owner: str, *, lease_s: float = LONG_S, name: str = "poller") -> bool:
    async with database.write() as session:
        return await take_lease(session, name, owner=owner, lease_s=lease_s)


async def give_up(database: Database, owner: str) -> None:
    async with database.write() as session:
        await give_lease_up(session, "poller", owner=owner)


async def test_one_has_it_and_keeps_it(database: Database) -> None:
    assert await take(database, "one")
    assert not await take(database, "two")
    assert await take(database, "one")


async def test_what_ran_out_is_anyones(database: Database) -> None:
    assert await take(database, "one", lease_s=OVER_S)
    assert await take(database, "two")
    assert not await take(database, "one")


async def test_what_is_given_up_is_free_at_once_and_only_its_holder_can(database: Database) -> None:
    assert await take(database, "one")
    await give_up(database, "two")
    assert not await take(database, "two")
    await give_up(database, "one")
    assert await take(database, "two")


async def test_of_many_that_ask_at_once_one_has_it(database: Database, other_database: Database) -> None:
    owners = [f"owner {number}" for number in range(12)]
    sides = [database, other_database] * 6
    won = await asyncio.gather(*(take(side, owner) for side, owner in zip(sides, owners, strict=True)))
    assert sum(won) == 1


async def test_tasks_are_apart(database: Database) -> None:
    assert await take(database, "one", name="poller:1")
    assert await take(database, "two", name="poller:2")


async def test_those_that_live_are_counted_and_the_long_dead_forgotten(database: Database) -> None:
    await take(database, "one", name="process:one")
    await take(database, "two", name="process:two", lease_s=OVER_S)
    await take(database, "old", name="process:old", lease_s=-7_200.0)
    await take(database, "one", name="poller:1")
    async with database.write() as session:
        assert await count_leases(session, "process:") == 1
        await forget_leases(session, "process:")
    assert await take(database, "new", name="process:two")
    async with database.read() as session:
        assert await count_leases(session, "process:") == 2


async def test_the_databases_clock_moves(database: Database) -> None:
    async with database.read() as session:
        first = await read_clock(session)
    async with database.read() as session:
        assert await read_clock(session) >= first > 1_700_000_000
