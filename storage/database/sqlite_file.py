"""The connections to one SQLite file: one writer and several readers."""

import asyncio
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Final, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.pool import NullPool

from storage.database.errors import NO_THREAD
from storage.database.sqlite_driver import (
    HurriedConnection,
    QuickConnection,
    QuickSession,
    find_code,
    in_thread,
)

T = TypeVar("T")

READERS: Final = 4  # reads are short, and SQLite reads in parallel in WAL
# While another process writes, the lock is retried after this time, doubled each time.
FIRST_WAIT_S: Final = 0.001
LONGEST_WAIT_S: Final = 0.05
BUSY: Final = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)

# synchronous: in WAL, NORMAL may lose a committed transaction on power loss.
# secure_delete: deleted data is overwritten with zeros, so that no free page contains erased data.
PRAGMAS: Final = (
    "PRAGMA foreign_keys=ON",
    "PRAGMA synchronous=FULL",
    "PRAGMA secure_delete=ON",
)
WRITER_PRAGMAS: Final = (*PRAGMAS, "PRAGMA journal_mode=WAL", "PRAGMA busy_timeout=0")
READER_PRAGMAS: Final = (*PRAGMAS, "PRAGMA query_only=ON")


class SqliteFile:
    """Opens sessions on one file. A lock lets one task of this process write at a time."""

    def __init__(self, address: URL, *, busy_timeout_s: float, **options: Any) -> None:
        """Prepare without opening the file. Args: options: for `create_engine`."""
        self._busy_timeout_s = busy_timeout_s
        make = partial(_make_engine, address, busy_timeout_s, options)
        self.writing, self.reading = make(WRITER_PRAGMAS), make(READER_PRAGMAS)
        self._threads = ThreadPoolExecutor(1 + READERS, thread_name_prefix="sqlite")
        self._has_begun = False
        self._lock = asyncio.Lock()
        self._room = asyncio.Semaphore(READERS)
        self._writer: QuickConnection | None = None
        self._idle: list[QuickConnection] = []

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A session that reads one snapshot of the database and cannot write."""
        async with self._room:
            connection = self._idle.pop() if self._idle else await self._open(self.reading)
            session = QuickSession(connection, autoflush=False)
            try:
                connection.begin("BEGIN")
                yield session
            finally:
                session.sync_session.close()
                connection.roll_back()
                self._idle.append(connection)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """A session whose transaction is committed at the end, or rolled back on an error."""
        async with self._lock:
            connection = await self._open_writer()
            await self._begin(connection)
            session = QuickSession(connection, autoflush=True)
            try:
                yield session
                session.sync_session.flush()
                await connection.commit()
            except BaseException:
                await connection.in_thread(connection.roll_back)
                raise
            finally:
                session.sync_session.close()

    async def erase_traces(self) -> bool:
        """Empty the write-ahead log; False when a reader kept it busy."""
        return await self._outside(partial(_empty_log, wait_ms=round(self._busy_timeout_s * 1_000)))

    async def maintain(self, *statements: str) -> list[Any]:
        """Execute statements on the writer, outside any transaction; the first value of each result."""

        def execute_each(core: Connection) -> list[Any]:
            results = [core.exec_driver_sql(statement) for statement in statements]
            return [result.scalar() if result.returns_rows else None for result in results]

        return await self._outside(execute_each)

    async def close(self) -> None:
        """Close every connection; the last one empties the log."""
        async with self._lock:
            opened = [*self._idle, *([self._writer] if self._writer is not None else [])]
            self._idle, self._writer = [], None
            for connection in opened:
                await connection.in_thread(connection.core.close)
        await asyncio.to_thread(self._threads.shutdown)

    async def _outside(self, work: Callable[[Connection], T]) -> T:
        """Run work with the writer in a thread, outside any transaction."""
        async with self._lock:
            connection = await self._open_writer()
            try:
                return await connection.in_thread(work, connection.core)
            finally:
                connection.roll_back()

    async def _open_writer(self) -> QuickConnection:
        if self._writer is None:
            self._writer = await self._open(self.writing)
        return self._writer

    def _start_threads(self) -> None:
        """Start all threads of the pool at once.

        A pool starts a thread when work comes and blocks the loop until the thread runs: without an end if
        there is no memory for it. Until all have reached the barrier none is idle, so that each is started.
        (`inference.priority.open_threads` does the same; storage may not import it.)

        Raises:
            MemoryError: a thread could not start.
        """
        if self._has_begun:
            return
        together = threading.Barrier(1 + READERS)
        try:
            for _ in range(1 + READERS):
                self._threads.submit(together.wait)
        except BaseException as error:
            together.abort()  # else the started threads wait for the missing one, and the process for them
            if isinstance(error, RuntimeError) and NO_THREAD in str(error):
                raise MemoryError("No memory is left for the database's threads.") from error
            raise
        self._has_begun = True

    async def _open(self, engine: Engine) -> QuickConnection:
        self._start_threads()
        opened: list[Connection] = []
        try:
            await in_thread(self._threads, lambda: opened.append(engine.connect()))
        except asyncio.CancelledError:
            for core in opened:
                core.close()
            raise
        return QuickConnection(opened[0], self._threads)

    async def _begin(self, connection: QuickConnection) -> None:
        """Begin to write; while another process writes, wait without blocking the loop.

        IMMEDIATE: a transaction that reads first and is upgraded later fails at once.
        """
        deadline, wait_s = time.monotonic() + self._busy_timeout_s, FIRST_WAIT_S
        while True:
            try:
                connection.begin("BEGIN IMMEDIATE")
            except DBAPIError as error:
                connection.roll_back()
                is_busy = isinstance(error, OperationalError) and find_code(error) & 0xFF in BUSY
                if not is_busy or time.monotonic() >= deadline:
                    raise
            else:
                return
            await asyncio.sleep(wait_s)
            wait_s = min(2 * wait_s, LONGEST_WAIT_S)


def _make_engine(
    address: URL, busy_timeout_s: float, options: Mapping[str, Any], pragmas: tuple[str, ...]
) -> Engine:
    # isolation_level None: the driver begins no transaction by itself.
    driver = {
        "factory": HurriedConnection,
        "check_same_thread": False,
        "isolation_level": None,
        "timeout": busy_timeout_s,
    }
    engine = create_engine(address, poolclass=NullPool, connect_args=driver, **options)

    def set_pragmas(connection: sqlite3.Connection, _record: Any) -> None:
        for pragma in pragmas:
            connection.execute(pragma)

    event.listen(engine, "connect", set_pragmas)
    return engine


def _empty_log(core: Connection, *, wait_ms: int) -> bool:
    """Empty the write-ahead log; False if a reader kept it busy.

    The busy timeout is reset in any case: a later statement that waits inside SQLite would block the loop.
    """
    core.exec_driver_sql(f"PRAGMA busy_timeout={wait_ms}")
    try:
        return not core.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar()
    finally:
        core.exec_driver_sql("PRAGMA busy_timeout=0")
