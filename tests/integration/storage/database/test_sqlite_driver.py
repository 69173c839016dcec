"""Quick statements run on the spot, long ones in a thread; both give the same."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    column,
    delete,
    func,
    insert,
    literal_column,
    select,
    table,
    text,
)

from storage.database.sessions import ENGINE_OPTIONS, normalise_url
from storage.database.sqlite_driver import HurriedConnection, QuickSession
from storage.database.sqlite_file import SqliteFile

WORDS = table("words", column("word"))
HERE: ColumnElement[int] = literal_column("here()", Integer())
SELECTED = "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t LIMIT {}) SELECT n FROM t"


def count_to(number: int) -> ColumnElement[int]:
    return literal_column(f"(SELECT count(*) FROM ({SELECTED.format(number)}))", Integer())


@pytest.fixture
async def file(tmp_path: Path) -> AsyncIterator[SqliteFile]:
    address = normalise_url(f"sqlite:///{tmp_path}/quick.sqlite")
    file = SqliteFile(address, busy_timeout_s=1.0, **ENGINE_OPTIONS)
    await file.maintain("CREATE TABLE words (word TEXT)")
    yield file
    await file.close()


async def note_threads(session: object) -> set[str]:
    """The threads that SQLite calls back from, by asking for its own functions."""
    assert isinstance(session, QuickSession)
    driver = session._connection.core.connection.dbapi_connection
    assert isinstance(driver, HurriedConnection)
    seen: set[str] = set()
    driver.create_function("here", 0, lambda: seen.add(threading.current_thread().name))
    return seen


async def test_quick_statements_run_here_and_a_sweep_in_a_thread(file: SqliteFile) -> None:
    async with file.write() as session:
        seen = await note_threads(session)
        await session.execute(select(HERE))
        await session.execute(insert(WORDS).values(word="x"))
        await session.execute(insert(WORDS).from_select(["word"], select(HERE)))
        assert seen == {threading.current_thread().name}
        seen.clear()
        await session.execute(delete(WORDS).where(WORDS.c.word == HERE))
        assert seen
        assert threading.current_thread().name not in seen


async def test_a_long_select_is_begun_again_in_a_thread(file: SqliteFile) -> None:
    async with file.read() as session:
        seen = await note_threads(session)
        found = await session.scalar(select(count_to(200_000)).where(HERE.is_(None)))
        assert found == 200_000
        assert len(seen) == 2


async def test_the_loop_goes_on_meanwhile(file: SqliteFile) -> None:
    async with file.read() as session:
        long = asyncio.get_running_loop().create_task(session.scalar(select(count_to(3_000_000))))
        ticks = 0
        while not long.done():
            await asyncio.sleep(0)
            ticks += 1
        assert await long == 3_000_000
        assert ticks > 10


async def test_a_cancelled_select_leaves_a_connection_at_rest(file: SqliteFile) -> None:
    begun = asyncio.Event()

    async def count() -> None:
        async with file.read() as session:
            begun.set()
            await session.scalar(select(count_to(3_000_000)))

    long = asyncio.get_running_loop().create_task(count())
    await begun.wait()
    await asyncio.sleep(0)
    long.cancel()
    with pytest.raises(asyncio.CancelledError):
        await long
    async with file.read() as session:
        assert await session.scalar(select(func.count()).select_from(WORDS)) == 0


async def test_many_rows_are_written_alike_here_and_there(file: SqliteFile) -> None:
    for count in (2, 200):
        async with file.write() as session:
            await session.execute(insert(WORDS), [{"word": str(n)} for n in range(count)])
    async with file.read() as session:
        assert await session.scalar(select(func.count()).select_from(WORDS)) == 202


@pytest.mark.parametrize(
    "statement", [insert(WORDS).values(word="x"), text("INSERT INTO words VALUES ('x')")]
)
async def test_whatever_may_have_written_is_committed(file: SqliteFile, statement: object) -> None:
    async with file.write() as session:
        await session.execute(statement)  # type: ignore[call-overload]
    async with file.read() as session:
        assert await session.scalar(select(func.count()).select_from(WORDS)) == 1


async def test_a_writer_of_another_process_is_waited_for_without_stopping_the_loop(file: SqliteFile) -> None:
    other = SqliteFile(file.writing.url, busy_timeout_s=1.0, **ENGINE_OPTIONS)
    ticks = 0

    async def write() -> None:
        async with other.write() as session:
            await session.execute(insert(WORDS).values(word="second"))

    async with file.write() as session:
        await session.execute(insert(WORDS).values(word="first"))
        waiting = asyncio.get_running_loop().create_task(write())
        for _ in range(20):
            await asyncio.sleep(0)
            ticks += 1
        assert not waiting.done()
    await waiting
    async with file.read() as session:
        assert (await session.scalars(select(WORDS.c.word))).all() == ["first", "second"]
    await other.close()


async def read_busy_timeout(file: SqliteFile) -> object:
    (timeout_ms,) = await file.maintain("PRAGMA busy_timeout")
    return timeout_ms


async def test_what_happens_while_the_log_is_emptied_leaves_no_wait_inside_sqlite(
    file: SqliteFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wait for another writer would stop the event loop."""
    assert await file.erase_traces()
    assert await read_busy_timeout(file) == 0
    execute = Connection.exec_driver_sql

    def refuse_checkpoint(core: Connection, statement: str) -> object:
        if "wal_checkpoint" in statement:
            raise sqlite3.OperationalError("disk I/O error")
        return execute(core, statement)

    monkeypatch.setattr(Connection, "exec_driver_sql", refuse_checkpoint)
    with pytest.raises(sqlite3.OperationalError, match="disk I/O error"):
        await file.erase_traces()
    assert await read_busy_timeout(file) == 0


async def test_a_thread_that_cannot_begin_is_want_of_memory_and_may_begin_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = threading.Thread.start
    short = SqliteFile(
        normalise_url(f"sqlite:///{tmp_path}/short.sqlite"), busy_timeout_s=1.0, **ENGINE_OPTIONS
    )

    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    with pytest.raises(MemoryError):
        await short.maintain("CREATE TABLE words (word TEXT)")
    monkeypatch.setattr(threading.Thread, "start", begin)
    await short.maintain("CREATE TABLE words (word TEXT)")
    await short.close()
