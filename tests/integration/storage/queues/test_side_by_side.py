"""Processes that claim side by side on one database: each chat one by one and in order."""

import asyncio
import random
from collections import defaultdict
from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.dialects import postgresql

from storage.database.sessions import Database
from storage.queues import inbox
from storage.queues.inbox import Arrival, ClaimOrder
from storage.queues.inbox_statements import select_heads

PROCESSES, LANES, PHOTOS = 4, 6, 8


async def test_each_chat_goes_in_order_over_all_processes(
    database: Database, other_database: Database
) -> None:
    """While photos still arrive; one turn in four is put back once, as after a failure."""
    dice = random.Random(6)
    claimed: dict[bytes, list[int]] = defaultdict(list)
    in_work: set[bytes] = set()
    put_back: set[int] = set()
    numbers = iter(range(1, LANES * PHOTOS + 1))

    async def arrive() -> None:
        for number in numbers:
            async with database.write() as session:
                await inbox.add_arrival(session, make_arrival(number))

    async def work(side: Database, owner: str) -> None:
        while sum(map(len, claimed.values())) < LANES * PHOTOS:
            order = ClaimOrder(track="photo", limit=2, owner=owner, lease_until=1e12)
            async with side.write() as session:
                turns = await inbox.claim_turns(session, order, now=10.0)
            for (row,) in turns:
                await end(side, owner, row.id, row.payload)
            await asyncio.sleep(0)

    async def end(side: Database, owner: str, row: int, lane: bytes) -> None:
        assert lane not in in_work, "two processes work on one chat"
        in_work.add(lane)
        await asyncio.sleep(dice.uniform(0, 0.005))
        again = row not in put_back and dice.random() < 0.25
        in_work.discard(lane)  # before the transaction: from its commit on another one may have it
        if not again:
            claimed[lane].append(row)
        async with side.write() as session:
            if again:
                put_back.add(row)
                assert await inbox.requeue_rows(session, [row], owner=owner, not_before=0.0, failed=True)
            else:
                assert await inbox.finish_rows(session, [row], owner=owner, now=11.0)

    sides = [database, other_database] * (PROCESSES // 2)
    async with asyncio.timeout(60):
        await asyncio.gather(arrive(), *(work(side, f"process {n}") for n, side in enumerate(sides)))
    assert put_back
    for lane in (bytes([number]) for number in range(LANES)):
        assert claimed[lane] == sorted(claimed[lane])
        assert len(claimed[lane]) == PHOTOS


@pytest.mark.parametrize("crowd", [1, 1_000])
async def test_a_crowd_that_came_at_once_makes_no_claim_slower(database: Database, crowd: int) -> None:
    """PostgreSQL plans once, for the few rows that it counted last: each head asks an index even so."""
    if database.is_sqlite:
        return  # plans by the indexes alone
    async with database.write() as session:
        await session.execute(text("ANALYZE inbox"))
        for number in range(crowd):
            new = replace(make_arrival(number), lane_ref=b"%d" % number, payload=bytes(900))
            await inbox.add_arrival(session, new)
    values = {"track": "photo", "now": 10.0, "farthest": 1e9, "most": 8}
    heads = select_heads().compile(dialect=postgresql.dialect(paramstyle="named"))
    async with database.write() as session:
        plan = (await session.execute(text(f"EXPLAIN {heads}"), values)).scalars().all()
    assert [line for line in plan if "Index Cond" in line and "lane_ref = inbox.lane_ref" in line], plan


def make_arrival(number: int) -> Arrival:
    lane = bytes([number % LANES])
    return Arrival(
        bot_id=1,
        update_id=number,
        turn_key=f"turn{number}",
        track="photo",
        lane_ref=lane,
        album_ref=None,
        payload=lane,
        received_at=1.0,
        not_before=0.0,
    )
