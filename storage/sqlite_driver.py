"""aiosqlite with one change of threads a statement instead of four.

aiosqlite hands each call to the connection's thread: make a cursor, execute, fetch, close. Here a cursor is
made on the spot, and executing fetches what there is, so that rows wait in memory (ours are few: pages and
single rows).
Measured 2026-11 on two busy cores: 6.8 ms instead of 11 ms of CPU for writing a case.
"""

import asyncio
import sqlite3
from collections.abc import Iterable
from functools import partial
from threading import Thread
from typing import Any, Final

import aiosqlite

JOIN_TIMEOUT_S: Final = 2.0
ROWS_A_FETCH: Final = 64  # of aiosqlite's own iteration, which we do not use


class QuickCursor(aiosqlite.Cursor):
    """A cursor whose rows come along with the execution."""

    def __init__(self, connection: aiosqlite.Connection, cursor: sqlite3.Cursor) -> None:
        super().__init__(connection, cursor)
        self._rows: list[Any] = []

    async def execute(self, sql: str, parameters: Iterable[Any] | None = None) -> "QuickCursor":
        """Execute and fetch, in one go."""
        values = () if parameters is None else parameters
        self._rows = await self._execute(self._execute_and_fetch, sql, values)  # type: ignore[no-untyped-call]
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

    def _execute_and_fetch(self, sql: str, parameters: Iterable[Any]) -> list[Any]:
        self._cursor.execute(sql, parameters)  # type: ignore[arg-type] # a sequence, as SQLAlchemy gives it
        return self._cursor.fetchall() if self._cursor.description else []


class QuickConnection(aiosqlite.Connection):
    """A connection of aiosqlite that makes `QuickCursor`s. Needs `check_same_thread=False`."""

    def __init__(self, database: str, **options: Any) -> None:
        super().__init__(partial(sqlite3.connect, database, **options), ROWS_A_FETCH)
        self._thread.daemon = True  # a process that ends without closing must not hang

    def cursor(self) -> Any:
        """A cursor, without a change of threads."""
        return _MadeCursor(QuickCursor(self, self._conn.cursor()))

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


class _MadeCursor:
    """What `cursor()` gives: entered without a wait."""

    def __init__(self, cursor: QuickCursor) -> None:
        self._cursor = cursor

    async def __aenter__(self) -> QuickCursor:
        return self._cursor
