"""The database: one object, two kinds of session. SQLite by default, PostgreSQL by URL."""

import json
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from typing import Any, Final, NewType, Protocol

from sqlalchemy import URL, make_url, text
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from storage.database.errors import UnsupportedUrl, translated_errors
from storage.database.postgres_address import NO_DRIVER, check_address, connect_postgres
from storage.database.sqlite_file import SqliteFile

ReadSession = NewType("ReadSession", AsyncSession)
WriteSession = NewType("WriteSession", AsyncSession)

BUSY_TIMEOUT_MS: Final = 5_000  # for other processes: `nevus check`, a backup, a second bot
POSTGRES_CONNECTIONS: Final = 8  # of each kind; a server's default is 100 for everyone
# A dedicated row: a migration may lock rows of another table for minutes.
WRITE_SOMETHING: Final = text(
    "INSERT INTO leases (name, owner, until) VALUES ('writable', '-', 0) "
    "ON CONFLICT (name) DO UPDATE SET until = 1 - leases.until"
)

# hide_parameters: values of a failed statement would otherwise be in the error's text, and in a log.
ENGINE_OPTIONS: Final[dict[str, Any]] = {
    "json_serializer": partial(json.dumps, allow_nan=False, ensure_ascii=False, separators=(",", ":")),
    "hide_parameters": True,
}


def normalise_url(url: str) -> URL:
    """The URL with the driver that the storage package uses.

    Args:
        url: `sqlite:///path`, `sqlite+aiosqlite:///path`, `postgresql://...`, `postgresql+asyncpg://...`.

    Raises:
        UnsupportedUrl: anything else, an SQLite URI, or SQLite without a file (each connection would see its
            own).
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise UnsupportedUrl(
            "NEVUS_DATABASE_URL is not a URL; write sqlite:///PATH or postgresql://..."
        ) from error
    backend = parsed.drivername.partition("+")[0]
    if backend == "sqlite":
        if not parsed.database or parsed.database == ":memory:" or parsed.host is not None:
            raise UnsupportedUrl("NEVUS_DATABASE_URL needs a file: write sqlite:///PATH")
        if parsed.database.startswith("file:") or "uri" in parsed.query:
            # locks, backups and checks would take `file:` for a folder, and SQLite for a prefix
            raise UnsupportedUrl("NEVUS_DATABASE_URL is an SQLite URI: write sqlite:///PATH")
        if parsed.query:
            raise UnsupportedUrl(
                "NEVUS_DATABASE_URL has parameters after a question mark, and SQLite takes none here: write "
                "sqlite:///PATH"
            )
        if parsed.database.startswith("~"):
            raise UnsupportedUrl(
                "NEVUS_DATABASE_URL begins its path with ~, which is a folder of that name here: write the "
                "whole path, sqlite:///PATH"
            )
        return parsed.set(drivername="sqlite+pysqlite")
    if backend in {"postgresql", "postgres"}:
        check_address(parsed)
        return parsed.set(drivername="postgresql+asyncpg")
    raise UnsupportedUrl("NEVUS_DATABASE_URL is neither sqlite:///PATH nor postgresql://...")


class Sessions(Protocol):
    """The sessions of one kind of database."""

    def read(self) -> AbstractAsyncContextManager[AsyncSession]:
        """A session that only reads."""
        ...

    def write(self) -> AbstractAsyncContextManager[AsyncSession]:
        """A session that is one transaction."""
        ...

    async def erase_traces(self) -> bool:
        """Overwrite remains of erased rows; False if that was not possible yet."""
        ...

    async def close(self) -> None:
        """Close every connection."""
        ...


class Database:
    """Opens sessions. A write session is one transaction, committed when its block ends without an error.

    On SQLite one connection writes, and a lock in this process serialises the writers instead of retrying on
    "busy"; other connections only read. On PostgreSQL both kinds come from pools.
    """

    def __init__(self, url: str, *, busy_timeout_ms: int = BUSY_TIMEOUT_MS) -> None:
        self.url = url
        address = normalise_url(url)
        self.is_sqlite = address.get_backend_name() == "sqlite"
        self._sessions: Sessions = (
            SqliteFile(address, busy_timeout_s=busy_timeout_ms / 1_000, **ENGINE_OPTIONS)
            if self.is_sqlite
            else PostgresServer(address, busy_timeout_ms)
        )

    @asynccontextmanager
    async def read(self) -> AsyncIterator[ReadSession]:
        """A session that only reads; a write in it is refused by the database.

        Raises:
            StorageError: what the database refused, translated.
        """
        with translated_errors():
            async with self._sessions.read() as session:
                yield ReadSession(session)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[WriteSession]:
        """A session that writes: `BEGIN IMMEDIATE` on SQLite, commit at the end, roll back on an error.

        Hold it for statements only, never across Telegram or the network.

        Raises:
            StorageError: what the database refused, translated; nothing of the block was kept.
        """
        with translated_errors():
            async with self._sessions.write() as session:
                yield WriteSession(session)

    async def erase_traces(self) -> bool:
        """Empty SQLite's write-ahead log, which keeps deleted rows for a while. Call after erasing.

        Returns:
            Whether it is empty now; False when a reader kept it busy (call again). Always True on PostgreSQL.
        """
        with translated_errors():
            return await self._sessions.erase_traces()

    async def check_writable(self) -> None:
        """Commit a write that nobody reads: a transaction without one succeeds on a full disk.

        Raises:
            StorageError: the database cannot be reached or written, for example because the disk is full.
        """
        async with self.write() as session:
            await session.execute(WRITE_SOMETHING)

    async def close(self) -> None:
        """Close every connection."""
        await self._sessions.close()


class PostgresServer:
    """Pools of connections to a PostgreSQL server: for writing, and for reading only."""

    def __init__(self, address: URL, busy_timeout_ms: int) -> None:
        """Prepare the pools without connecting.

        Raises:
            UnsupportedUrl: the driver is not installed.
        """
        server_settings = {"lock_timeout": str(busy_timeout_ms), "application_name": "nevus"}
        pool = {"pool_size": POSTGRES_CONNECTIONS, "max_overflow": 0, "pool_pre_ping": True}

        def make(more: dict[str, str], **options: Any) -> AsyncEngine:
            arguments = {"server_settings": server_settings | more}
            return make_postgres_engine(address, arguments, **pool, **options)

        # A queue may be empty or hold thousands of rows, and a statement is planned once for both: by an
        # index. Without one the estimated cost is so high that the planner would compile the statement.
        self._writer = make({"enable_seqscan": "off", "jit": "off"})
        self._reader = make({}, execution_options={"postgresql_readonly": True})
        self.write = async_sessionmaker(self._writer, expire_on_commit=False).begin
        self.read = async_sessionmaker(self._reader, expire_on_commit=False, autoflush=False)

    async def erase_traces(self) -> bool:
        """Do nothing: PostgreSQL has no such log."""
        return True

    async def close(self) -> None:
        """Close every connection."""
        await self._writer.dispose()
        await self._reader.dispose()


def make_postgres_engine(address: URL, connect_args: dict[str, Any], **options: Any) -> AsyncEngine:
    """An engine with `ENGINE_OPTIONS` whose connections read the address themselves.

    Raises:
        UnsupportedUrl: the driver is not installed.
    """
    arguments = {"async_creator_fn": partial(connect_postgres, address), **connect_args}
    try:
        return create_async_engine(
            "postgresql+asyncpg://", connect_args=arguments, **ENGINE_OPTIONS, **options
        )
    except ModuleNotFoundError as error:
        raise UnsupportedUrl(NO_DRIVER) from error
