"""aiosqlite without its change of threads for what is quick.

aiosqlite hands each call to the connection's thread: make a cursor, execute, fetch, close. But most of our
statements touch a handful of pages that lie in memory and take 20 to 50 microseconds; the way to the thread
and back takes ten times that. So they are executed on the spot, rows and all. The thread keeps what may take
long: the start of a writing transaction (another process may be writing), its end (the disk), every DELETE
(sweeps), and whatever is none of the usual verbs. A SELECT that turns out to be long is broken off, and begun
again in the thread. See docs/decisions/0014-quick-statements-on-the-spot.md.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Iterable
from functools import partial
from threading import Thread
from typing import Any, Final

import aiosqlite

JOIN_TIMEOUT_S: Final = 2.0
ROWS_A_FETCH: Final = 64  # of aiosqlite's own iteration, which we do not use
# Steps of SQLite's machine that a SELECT may take on the spot: about a millisecond.
QUICK_STEPS: Final = 20_000
QUICK_SETS: Final = 32


class QuickCursor(aiosqlite.Cursor):
    """A cursor whose rows come along with the execution."""

    def __init__(self, connection: "QuickConnection", cursor: sqlite3.Cursor) -> None:
        super().__init__(connection, cursor)
        self._quick = connection
        self._rows: list[Any] = []

    async def execute(self, sql: str, parameters: Iterable[Any] | None = None) -> "QuickCursor":
        """Execute and fetch, in one go."""
        values = () if parameters is None else parameters
        if self._quick.is_busy:
            self._rows = await self._execute(self._execute_and_fetch, sql, values)  # type: ignore[no-untyped-call]
        elif sql.startswith(("INSERT", "UPDATE")) or sql == "BEGIN":
            self._rows = self._execute_and_fetch(sql, values)
        elif not (sql.startswith("SELECT") and self._select_quickly(sql, values)):
            self._rows = await self._execute(self._execute_and_fetch, sql, values)  # type: ignore[no-untyped-call]
        return self

    async def executemany(self, sql: str, parameters: Iterable[Iterable[Any]]) -> "QuickCursor":
        """Execute once for each set of parameters: on the spot where they are few."""
        sets = list(parameters)
        if sql.startswith("INSERT") and len(sets) <= QUICK_SETS and not self._quick.is_busy:
            self._cursor.executemany(sql, sets)  # type: ignore[arg-type] # sequences, as SQLAlchemy gives them
        else:
            await self._execute(self._cursor.executemany, sql, sets)  # type: ignore[no-untyped-call]
        return self

    async def fetchone(self) -> Any:
        """The next row, or None."""
        rows = await self.fetchmany(1)
        return rows[0] if rows else None

    async def fetchmany(self, size: int | None = None) -> list[Any]:
        """The next rows."""
        size = self.arraysize if size is None else size
        rows, self._rows = self._rows[:size], self._rows[size:]
        return rows

    async def fetchall(self) -> list[Any]:
        """All rows that are left."""
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        """Nothing to wait for: a statement that was fetched to its end holds nothing."""

    def _select_quickly(self, sql: str, parameters: Iterable[Any]) -> bool:
        """Fetch on the spot; False where that takes too long."""
        connection = self._cursor.connection
        connection.set_progress_handler(_break_off, QUICK_STEPS)
        try:
            self._rows = self._execute_and_fetch(sql, parameters)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
                raise
            return False
        finally:
            connection.set_progress_handler(None, 0)
        return True

    def _execute_and_fetch(self, sql: str, parameters: Iterable[Any]) -> list[Any]:
        self._cursor.execute(sql, parameters)  # type: ignore[arg-type] # a sequence, as SQLAlchemy gives it
        return self._cursor.fetchall() if self._cursor.description else []


class QuickConnection(aiosqlite.Connection):
    """A connection of aiosqlite that makes `QuickCursor`s. Needs `check_same_thread=False`."""

    def __init__(self, database: str, **options: Any) -> None:
        super().__init__(partial(sqlite3.connect, database, **options), ROWS_A_FETCH)
        self._thread.daemon = True  # a process that ends without closing must not hang
        self._changes = 0  # rows written up to the last commit
        self._in_thread: list[bool] = []  # one element for each call that the thread has not ended

    def cursor(self) -> Any:
        """A cursor, without a change of threads."""
        return _MadeCursor(QuickCursor(self, self._conn.cursor()))

    @property
    def is_busy(self) -> bool:
        """Whether the thread is still at work: whoever waited for it may have been cancelled."""
        return bool(self._in_thread)

    async def _execute(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        def run() -> Any:
            try:
                return fn(*args, **kwargs)
            finally:
                self._in_thread.pop()  # like `append`, safe between threads

        if not self._running or self._connection is None:
            raise ValueError("Connection closed")
        self._in_thread.append(True)
        return await super()._execute(run)  # type: ignore[no-untyped-call]

    async def rollback(self) -> None:
        """End a transaction without keeping anything; on the spot where it wrote nothing."""
        if self.is_busy or (self.in_transaction and self.total_changes != self._changes):
            await super().rollback()
        else:
            self._conn.rollback()

    async def commit(self) -> None:
        """Keep what was written: once it is on the disk, by the thread."""
        await super().commit()
        self._changes = self.total_changes

    @property
    def thread(self) -> Thread:
        """Where the statements run."""
        return self._thread


class QuickConnections:
    """Makes the connections of one database, and waits for their threads at the end.

    A connection that SQLAlchemy gave up (the file is no database, say) is told to stop, not waited for; its
    thread would then answer to an event loop that may be closed by now.
    """

    def __init__(self) -> None:
        self._threads: list[Thread] = []

    def __call__(self, database: str, **options: Any) -> QuickConnection:
        """A connection, not yet awaited; takes what `sqlite3.connect` takes."""
        connection = QuickConnection(database, **options)
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        self._threads.append(connection.thread)
        return connection

    async def join(self) -> None:
        """Wait until every thread has ended; `JOIN_TIMEOUT_S` at most for one that is still in use."""
        for thread in self._threads:
            if thread.is_alive():
                await asyncio.to_thread(thread.join, JOIN_TIMEOUT_S)


def _break_off() -> int:
    return 1


class _MadeCursor:
    """What `cursor()` gives: entered without a wait."""

    def __init__(self, cursor: QuickCursor) -> None:
        self._cursor = cursor

    async def __aenter__(self) -> QuickCursor:
        return self._cursor
