"""SQLite on the event loop: quick statements are executed on the spot, only what may take long in a thread.

Most of our statements touch a handful of pages that lie in memory and take 5 to 50 microseconds; the way to a
thread and back takes ten times that, and so does SQLAlchemy's own bridge between its two worlds. So a session
here is SQLAlchemy's plain one behind the asynchronous one's face. A thread gets the end of a writing
transaction (the disk), every DELETE (sweeps), and whatever is none of the usual verbs. A SELECT that turns
out to be long is broken off, and begun again in the thread.
See docs/decisions/0014-quick-statements-on-the-spot.md.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Final, ParamSpec, TypeVar

from sqlalchemy import Connection, Executable, Insert, SelectBase, Update
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.util import immutabledict

P = ParamSpec("P")
T = TypeVar("T")

# Steps of SQLite's machine that a SELECT may take on the spot: about a millisecond.
QUICK_STEPS: Final = 20_000
QUICK_SETS: Final = 32  # of parameters of one statement
# Everything that an ORM statement loads is loaded while it is executed, not when its rows are asked for.
_AT_ONCE: Final = immutabledict({"prebuffer_rows": True})


class EagerCursor(sqlite3.Cursor):
    """A cursor whose rows come along with the execution: nothing of a statement is left for later."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        super().__init__(connection)
        self._rows: list[Any] = []

    def execute(self, sql: str, parameters: Any = (), /) -> "EagerCursor":
        """Execute and fetch."""
        super().execute(sql, parameters)
        self._rows = super().fetchall() if self.description else []
        return self

    def fetchone(self) -> Any:
        """The next row, or None."""
        return self._rows.pop(0) if self._rows else None

    def fetchmany(self, size: int | None = 1) -> list[Any]:
        """The next rows."""
        rows, self._rows = self._rows[: size or 1], self._rows[size or 1 :]
        return rows

    def fetchall(self) -> list[Any]:
        """All rows that are left."""
        rows, self._rows = self._rows, []
        return rows


class HurriedConnection(sqlite3.Connection):
    """The driver's connection, which can be told to hurry. Needs `check_same_thread=False`."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.is_hurried = False
        self.set_progress_handler(self._break_off, QUICK_STEPS)

    def cursor(self, factory: Any = EagerCursor) -> Any:
        """A cursor that fetches at once."""
        return super().cursor(factory)

    def _break_off(self) -> bool:
        return self.is_hurried


async def in_thread(
    threads: ThreadPoolExecutor, call: Callable[P, T], *args: P.args, **options: P.kwargs
) -> T:
    """What a call gives that may take long. Cancelled, it is waited for all the same.

    Whoever has the connection next finds it at rest.
    """
    future = asyncio.get_running_loop().run_in_executor(threads, partial(call, *args, **options))
    try:
        return await asyncio.shield(future)
    except asyncio.CancelledError:
        while not future.done():
            try:
                await asyncio.wait([future])
            except asyncio.CancelledError:
                continue
        if not future.cancelled():
            future.exception()  # read, so that it is not reported as lost
        raise


class QuickConnection:
    """One connection, for one session at a time."""

    def __init__(self, core: Connection, threads: ThreadPoolExecutor) -> None:
        self.core = core
        self._threads = threads
        driver = core.connection.dbapi_connection
        assert isinstance(driver, HurriedConnection)  # noqa: S101 - our factory made it
        self._driver: HurriedConnection = driver
        self._may_have_written: bool = False
        self._changes: int = 0  # rows, up to the beginning of the transaction

    def begin(self, how: str) -> None:
        """Begin a transaction: by the driver itself, twenty times quicker, or else in SQLAlchemy's words."""
        try:
            self._driver.execute(how)
        except sqlite3.Error:
            self.core.exec_driver_sql(how)
        self._may_have_written, self._changes = False, self._driver.total_changes

    async def commit(self) -> None:
        """Keep what was written: once it is on the disk. Nothing was written: nothing is waited for."""
        if self._may_have_written or self._driver.total_changes != self._changes:
            await self.in_thread(self.core.commit)
        else:
            self.roll_back()

    def roll_back(self) -> None:
        """End a transaction without keeping anything, whatever state it is in."""
        self.core.rollback()
        if self._driver.in_transaction:
            self._driver.rollback()

    async def execute(
        self, statement: Executable, parameters: Any, call: Callable[P, T], *args: P.args, **options: P.kwargs
    ) -> T:
        """Have `call` execute a statement, here or in a thread."""
        if isinstance(statement, SelectBase):
            self._driver.is_hurried = True
            try:
                return call(*args, **options)
            except OperationalError as error:
                if find_code(error) != sqlite3.SQLITE_INTERRUPT:
                    raise
            finally:
                self._driver.is_hurried = False
            return await self.in_thread(call, *args, **options)
        self._may_have_written = True
        is_small = not isinstance(parameters, list) or len(parameters) <= QUICK_SETS
        if isinstance(statement, Insert | Update) and is_small:
            return call(*args, **options)
        return await self.in_thread(call, *args, **options)

    async def in_thread(self, call: Callable[P, T], *args: P.args, **options: P.kwargs) -> T:
        """See `in_thread`."""
        return await in_thread(self._threads, call, *args, **options)


class QuickSession(AsyncSession):
    """SQLAlchemy's session whose statements run by the rules above. Never commits."""

    def __init__(self, connection: QuickConnection, *, autoflush: bool) -> None:
        super().__init__(expire_on_commit=False, autoflush=autoflush)
        self.sync_session.bind = connection.core
        self._connection = connection

    async def execute(
        self, statement: Executable, params: Any = None, *, execution_options: Any = None, **options: Any
    ) -> Any:
        """As `AsyncSession.execute`."""
        return await self._run(self.sync_session.execute, statement, params, execution_options, options)

    async def scalar(
        self, statement: Executable, params: Any = None, *, execution_options: Any = None, **options: Any
    ) -> Any:
        """As `AsyncSession.scalar`."""
        return await self._run(self.sync_session.scalar, statement, params, execution_options, options)

    async def scalars(
        self, statement: Executable, params: Any = None, *, execution_options: Any = None, **options: Any
    ) -> Any:
        """As `AsyncSession.scalars`."""
        return await self._run(self.sync_session.scalars, statement, params, execution_options, options)

    async def get(self, entity: Any, ident: Any, **options: Any) -> Any:
        """As `AsyncSession.get`: by the primary key, so on the spot."""
        return self.sync_session.get(entity, ident, **options)

    async def flush(self, objects: Any = None) -> None:
        """As `AsyncSession.flush`."""
        self.sync_session.flush(objects)

    async def _run(
        self,
        call: Callable[..., Any],
        statement: Executable,
        params: Any,
        execution_options: Any,
        options: Mapping[str, Any],
    ) -> Any:
        if self._holds_objects():
            if self.sync_session.autoflush:
                self.sync_session.flush()  # not in a hurry: to break a write off is to lose its transaction
        elif not options and _is_plain(statement):
            call = getattr(self._connection.core, call.__name__)
        together = _AT_ONCE if execution_options is None else _AT_ONCE.union(execution_options)
        return await self._connection.execute(
            statement, params, call, statement, params, execution_options=together, **options
        )

    def _holds_objects(self) -> bool:
        """Whether there are objects, so that something may have to be written before a statement."""
        session = self.sync_session
        return bool(session.new or session.deleted or len(session.identity_map))


def _is_plain(statement: Executable) -> bool:
    """Whether it is of tables and columns alone: no object comes of it, and the session is not needed.

    Asked so, it takes a third less. The attribute is none of the public ones: without it, the answer is no.
    """
    attributes = getattr(statement, "_propagate_attrs", None)
    return attributes is not None and "compile_state_plugin" not in attributes


def find_code(error: OperationalError) -> int:
    """SQLite's own result code, or 0."""
    return int(getattr(error.orig, "sqlite_errorcode", 0))
