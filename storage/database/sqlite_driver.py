"""SQLite on the event loop: quick statements run on the loop, slow ones in a thread.

Most statements read a few cached pages and take 5 to 50 microseconds. Handing one to a thread takes ten
times as long, and so does SQLAlchemy's own asynchronous bridge. A session here is therefore SQLAlchemy's
synchronous one behind the asynchronous interface. A thread runs commits of a writing transaction (the disk),
every DELETE (sweeps) and unusual statements. A SELECT that takes too long is interrupted and repeated in the
thread.
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

# Steps of SQLite's virtual machine that a SELECT may take on the loop: about a millisecond.
QUICK_STEPS: Final = 20_000
QUICK_SETS: Final = 32  # sets of parameters of one statement
# Everything that an ORM statement loads is loaded while it is executed, not when its rows are asked for.
_AT_ONCE: Final = immutabledict({"prebuffer_rows": True})


class EagerCursor(sqlite3.Cursor):
    """A cursor that fetches all rows during the execution."""

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
    """The driver's connection with a time limit that can be set. Needs `check_same_thread=False`."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.is_hurried = False
        self.set_progress_handler(lambda: self.is_hurried, QUICK_STEPS)  # true interrupts the statement

    def cursor(self, factory: Any = EagerCursor) -> Any:
        """A cursor that fetches at once."""
        return super().cursor(factory)


async def in_thread(
    threads: ThreadPoolExecutor, call: Callable[P, T], *args: P.args, **options: P.kwargs
) -> T:
    """Run a slow call in a thread and return its result. A cancelled caller waits for its end too.

    So the connection is idle when its next user gets it.
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
        """Begin a transaction: through the driver, which is 20 times as fast, else through SQLAlchemy."""
        try:
            self._driver.execute(how)
        except sqlite3.Error:
            self.core.exec_driver_sql(how)
        self._may_have_written, self._changes = False, self._driver.total_changes

    async def commit(self) -> None:
        """Commit and wait for the disk; without a write, end the transaction at once."""
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
    """SQLAlchemy's session with statements run by this module's rules. Never commits."""

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
        """As `AsyncSession.get`: by the primary key, so on the loop."""
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
        session = self.sync_session
        if session.new or session.deleted or len(session.identity_map):  # something may have to be written
            if session.autoflush:
                session.flush()  # without the time limit: interrupting a write loses its transaction
        elif not options and _is_plain(statement):
            call = getattr(self._connection.core, call.__name__)
        together = _AT_ONCE if execution_options is None else _AT_ONCE.union(execution_options)
        return await self._connection.execute(
            statement, params, call, statement, params, execution_options=together, **options
        )


def _is_plain(statement: Executable) -> bool:
    """Whether a statement uses tables and columns alone, so that it needs no session.

    Without the session it takes a third less. The attribute is private: if it is missing, the answer is no.
    """
    attributes = getattr(statement, "_propagate_attrs", None)
    return attributes is not None and "compile_state_plugin" not in attributes


def find_code(error: OperationalError) -> int:
    """SQLite's own result code, or 0."""
    return int(getattr(error.orig, "sqlite_errorcode", 0))
