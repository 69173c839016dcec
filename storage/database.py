"""The database: one object, two kinds of session. SQLite by default, PostgreSQL by URL."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Any, Final, NewType

from sqlalchemy import URL, Connection, event, make_url, text
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from storage.errors import UNREACHABLE, StorageError, Unreachable, UnsupportedUrl, translated_errors
from storage.sqlite_driver import QuickConnections

ReadSession = NewType("ReadSession", AsyncSession)
WriteSession = NewType("WriteSession", AsyncSession)

BUSY_TIMEOUT_MS: Final = 5_000  # for other processes: `nevus check`, a backup, a second bot
READERS: Final = 4  # a thread each; reads are short, and SQLite reads in parallel in WAL
POSTGRES_CONNECTIONS: Final = 8  # of each kind; a server's default is 100 for everyone

# synchronous: in WAL, NORMAL may lose a committed transaction on power loss.
# secure_delete: what is deleted is overwritten with zeros, so that nothing forgotten is left in free pages.
PRAGMAS: Final = (
    "PRAGMA foreign_keys=ON",
    "PRAGMA synchronous=FULL",
    "PRAGMA secure_delete=ON",
)

NO_BEGIN: Final = "nevus_no_begin"  # execution option: a statement that must stand outside a transaction

_dump_json = partial(json.dumps, allow_nan=False, ensure_ascii=False, separators=(",", ":"))


def normalise_url(url: str) -> URL:
    """The address with the driver that we use.

    Args:
        url: `sqlite:///path`, `sqlite+aiosqlite:///path`, `postgresql://...`, `postgresql+asyncpg://...`.

    Raises:
        UnsupportedUrl: anything else, or SQLite without a file (each connection would see its own).
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise UnsupportedUrl(
            "NEVUS_DATABASE_URL is no URL; write sqlite:///PATH or postgresql://..."
        ) from error
    backend = parsed.drivername.partition("+")[0]
    if backend == "sqlite":
        if not parsed.database or parsed.database == ":memory:":
            raise UnsupportedUrl("NEVUS_DATABASE_URL needs a file: write sqlite:///PATH")
        return parsed.set(drivername="sqlite+aiosqlite")
    if backend in {"postgresql", "postgres"}:
        return parsed.set(drivername="postgresql+asyncpg")
    raise UnsupportedUrl("NEVUS_DATABASE_URL is neither sqlite:///PATH nor postgresql://...")


class Database:
    """Opens sessions. A write session is one transaction, committed when its block ends without an error.

    On SQLite one connection writes and a lock in this process hands it round, so that writers wait in line
    instead of spinning on "busy"; other connections only read. On PostgreSQL both kinds come from pools.
    """

    def __init__(self, url: str, *, busy_timeout_ms: int = BUSY_TIMEOUT_MS) -> None:
        self.url = url
        self._address = normalise_url(url)
        self.is_sqlite = self._address.get_backend_name() == "sqlite"
        self._writer_lock = asyncio.Lock() if self.is_sqlite else None
        self._connections = QuickConnections()
        self._writer, self._reader = self._make_engines(busy_timeout_ms)
        self._write_sessions = async_sessionmaker(self._writer, expire_on_commit=False)
        self._read_sessions = async_sessionmaker(self._reader, expire_on_commit=False, autoflush=False)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[ReadSession]:
        """A session that only reads; a write in it is refused by the database.

        Raises:
            StorageError: what the database refused, translated.
        """
        with translated_errors():
            async with self._read_sessions() as session:
                yield ReadSession(session)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[WriteSession]:
        """A session that writes: `BEGIN IMMEDIATE` on SQLite, commit at the end, roll back on an error.

        The transaction starts with the first statement. Hold it for statements only, never across Telegram or
        the network.

        Raises:
            StorageError: what the database refused, translated; nothing of the block was kept.
        """
        with translated_errors():
            async with AsyncExitStack() as stack:
                if self._writer_lock is not None:
                    await stack.enter_async_context(self._writer_lock)
                session = await stack.enter_async_context(self._write_sessions.begin())
                yield WriteSession(session)

    async def erase_traces(self) -> bool:
        """Empty SQLite's write-ahead log, where deleted rows stand for a while. Call after erasing.

        Returns:
            Whether it is empty now; False when a reader kept it busy (call again). Always True on PostgreSQL.
        """
        if self._writer_lock is None:
            return True
        with translated_errors():
            async with self._writer_lock, self._writer.connect() as connection:
                await connection.execution_options(**{NO_BEGIN: True})
                busy = await connection.scalar(text("PRAGMA wal_checkpoint(TRUNCATE)"))
        return not busy

    async def close(self) -> None:
        """Close every connection."""
        await self._writer.dispose()
        await self._reader.dispose()
        await self._connections.join()

    def _make_engines(self, busy_timeout_ms: int) -> tuple[AsyncEngine, AsyncEngine]:
        """The engine that writes and the one that reads."""
        if self.is_sqlite:
            return _make_sqlite_engines(self._address, self._connections, busy_timeout_ms)
        try:
            return _make_postgres_engines(self._address, busy_timeout_ms)
        except ModuleNotFoundError as error:
            raise UnsupportedUrl("PostgreSQL needs asyncpg: install nevus[postgres]") from error


def make_engine(address: URL, **options: Any) -> AsyncEngine:
    """An engine with the habits of the house."""
    # hide_parameters: values of a failed statement would otherwise stand in the error's text, and in a log.
    return create_async_engine(address, json_serializer=_dump_json, hide_parameters=True, **options)


def _make_sqlite_engines(
    address: URL, connections: QuickConnections, busy_timeout_ms: int
) -> tuple[AsyncEngine, AsyncEngine]:
    # isolation_level None: the driver begins nothing by itself; the listeners below do.
    driver = {
        "async_creator_fn": connections,
        "check_same_thread": False,
        "isolation_level": None,
        "timeout": busy_timeout_ms / 1_000,
    }
    writer = make_engine(address, pool_size=1, max_overflow=0, connect_args=driver)
    reader = make_engine(address, pool_size=READERS, max_overflow=0, connect_args=driver)
    event.listen(writer.sync_engine, "connect", partial(_prepare, (*PRAGMAS, "PRAGMA journal_mode=WAL")))
    event.listen(reader.sync_engine, "connect", partial(_prepare, (*PRAGMAS, "PRAGMA query_only=ON")))
    # IMMEDIATE: a transaction that reads first and is upgraded later fails at once with "database is locked".
    event.listen(writer.sync_engine, "begin", partial(_begin, "BEGIN IMMEDIATE"))
    event.listen(reader.sync_engine, "begin", partial(_begin, "BEGIN"))
    return writer, reader


def _make_postgres_engines(address: URL, busy_timeout_ms: int) -> tuple[AsyncEngine, AsyncEngine]:
    waiting = {
        "async_creator_fn": connect_postgres,
        "server_settings": {"lock_timeout": str(busy_timeout_ms), "application_name": "nevus"},
    }
    pool = {"pool_size": POSTGRES_CONNECTIONS, "max_overflow": 0, "pool_pre_ping": True}
    writer = make_engine(address, connect_args=waiting, **pool)
    reader = make_engine(
        address, connect_args=waiting, execution_options={"postgresql_readonly": True}, **pool
    )
    return writer, reader


async def connect_postgres(*args: Any, **options: Any) -> Any:
    """A connection of asyncpg.

    Raises:
        Unreachable: no server answers there, or it does not let us in.
    """
    import asyncpg  # only where PostgreSQL is used: an extra

    try:
        return await asyncpg.connect(*args, **options)
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        raise Unreachable(UNREACHABLE[1]) from error


def _prepare(pragmas: tuple[str, ...], connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    for pragma in pragmas:
        cursor.execute(pragma)
    cursor.close()


def _begin(statement: str, connection: Connection) -> None:
    if not connection.get_execution_options().get(NO_BEGIN):
        connection.exec_driver_sql(statement)


__all__ = [
    "Database",
    "ReadSession",
    "StorageError",
    "UnsupportedUrl",
    "WriteSession",
    "normalise_url",
]
