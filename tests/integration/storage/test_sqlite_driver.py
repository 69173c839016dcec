"""Quick statements run on the spot, long ones in the connection's thread; both give the same."""

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage.sqlite_driver import QuickConnection, QuickConnections

NUMBERS = "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t LIMIT {}) SELECT n FROM t"
LONG = f"SELECT count(*) FROM ({NUMBERS})"


@pytest.fixture
async def connection(tmp_path: Path) -> AsyncIterator[QuickConnection]:
    connections = QuickConnections()
    made = connections(str(tmp_path / "quick.sqlite"), check_same_thread=False, isolation_level=None)
    connection = await made
    assert isinstance(connection, QuickConnection)
    await ask(connection, "CREATE TABLE words (word TEXT)")
    yield connection
    await connection.close()
    await connections.join()


async def ask(connection: QuickConnection, sql: str, *values: object) -> list[tuple[object, ...]]:
    cursor = await connection.cursor().__aenter__()  # as SQLAlchemy takes it
    await cursor.execute(sql, values)
    found: list[tuple[object, ...]] = await cursor.fetchall()
    return found


async def note_threads(connection: QuickConnection) -> set[str]:
    """The threads that SQLite calls back from, by asking for its own functions."""
    seen: set[str] = set()
    await connection.create_function("here", 0, lambda: seen.add(threading.current_thread().name))
    return seen


async def test_a_quick_select_runs_here_and_a_sweep_in_the_thread(connection: QuickConnection) -> None:
    seen = await note_threads(connection)
    await ask(connection, "SELECT here()")
    assert seen == {threading.current_thread().name}
    seen.clear()
    await ask(connection, "DELETE FROM words WHERE word = here() OR here() IS NULL")
    await ask(connection, "INSERT INTO words VALUES (?)", "x")
    await ask(connection, "DELETE FROM words WHERE word = here()")
    assert seen
    assert threading.current_thread().name not in seen


async def test_a_long_select_is_begun_again_in_the_thread(connection: QuickConnection) -> None:
    seen = await note_threads(connection)
    found = await ask(connection, LONG.format(200_000) + " WHERE here() IS NULL")
    assert found == [(200_000,)]
    assert len(seen) == 2


async def test_the_loop_goes_on_meanwhile(connection: QuickConnection) -> None:
    long = asyncio.get_running_loop().create_task(ask(connection, LONG.format(3_000_000)))
    ticks = 0
    while not long.done():
        await asyncio.sleep(0)
        ticks += 1
    assert await long == [(3_000_000,)]
    assert ticks > 10


async def test_whoever_comes_after_a_cancelled_select_waits_for_its_end(connection: QuickConnection) -> None:
    long = asyncio.get_running_loop().create_task(ask(connection, LONG.format(3_000_000)))
    await asyncio.sleep(0)
    assert connection.is_busy
    long.cancel()
    seen = await note_threads(connection)
    assert not connection.is_busy
    await connection.rollback()
    await ask(connection, "SELECT here()")
    assert seen == {threading.current_thread().name}


async def test_many_rows_are_written_alike_here_and_there(connection: QuickConnection) -> None:
    for count in (2, 200):
        cursor = await connection.cursor().__aenter__()
        await cursor.executemany("INSERT INTO words VALUES (?)", [(str(n),) for n in range(count)])
    assert await ask(connection, "SELECT count(*) FROM words") == [(202,)]
