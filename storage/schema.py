"""Migrates a database and reads its revision.

One plain query reads the revision, so that a usual start does not load Alembic.
"""

import asyncio
import os
import sqlite3
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

from sqlalchemy import URL, Connection, MetaData, create_engine, event, text
from sqlalchemy.pool import NullPool

from storage.database.errors import (
    DAMAGED,
    Damaged,
    SchemaOutdated,
    SchemaTooNew,
    StorageError,
    Unreachable,
    translate,
    translated_errors,
)
from storage.database.postgres_address import connect_postgres
from storage.database.sessions import BUSY_TIMEOUT_MS, make_postgres_engine, normalise_url

Result = TypeVar("Result")

MIGRATIONS: Final = Path(__file__).with_name("migrations")
MIGRATION_LOCK: Final = (
    7_245_133_901  # an arbitrary number that no other lock uses: one process migrates at a time
)


def migrate(url: str) -> None:
    """Bring the database to the newest revision, creating it if it is missing. All or nothing.

    Blocks; may be called with or without a running event loop.

    Raises:
        SchemaTooNew: the database was written by a newer program.
        StorageError: it cannot be opened or written; nothing was changed.
    """
    if is_current(url):
        return
    address = normalise_url(url)
    if address.get_backend_name() == "sqlite":
        path = Path(str(address.database))
        try:  # an empty file that only its owner can read; SQLite creates its side files with the same rights
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        except OSError as error:
            raise Unreachable(
                "The database file cannot be made: check NEVUS_DATABASE_URL and the rights of its directory."
            ) from error
    try:
        run_alembic(url, "upgrade", "head")
    except Exception as error:
        if type(error).__module__.startswith("alembic."):  # not imported: a usual start does not load it
            raise StorageError(
                "The steps that update the database do not fit together: reinstall Nevus."
            ) from error
        raise


def is_current(url: str) -> bool:
    """Whether the database fits the program; False if `migrate` would make or update its tables.

    Raises:
        SchemaTooNew: the database was written by a newer program.
        StorageError: it cannot be opened, or is not a database.
    """
    revision = current_revision(url)
    if revision is not None and revision not in _known_revisions():
        raise SchemaTooNew("The database was written by a newer version of Nevus: install that version.")
    return revision == head_revision()


def check_schema(url: str) -> None:
    """Check that the database fits the program; for commands that must not change it.

    The error names the directory: it is shown to the user of a command and not logged.

    Raises:
        Unreachable: the database file does not exist.
        SchemaOutdated: it needs `migrate`.
        SchemaTooNew: the database was written by a newer program.
    """
    address = normalise_url(url)
    file = Path(str(address.database)) if address.get_backend_name() == "sqlite" else None
    if file is not None and not os.access(file, os.F_OK):  # also in a folder that cannot be entered
        raise Unreachable(
            f"There is no database in {file.absolute().parent}: is NEVUS_DATA_DIR right? "
            "`nevus run` or `nevus migrate` makes it."
        )
    if not is_current(url):
        raise SchemaOutdated(
            "The database is older than the program: `nevus migrate` (or the next `nevus run`) updates it."
        )


def current_revision(url: str) -> str | None:
    """The revision of the database; None if it has no tables of Nevus or does not exist.

    Raises:
        StorageError: it cannot be opened, or is not a database.
    """
    address = normalise_url(url)
    if address.get_backend_name() == "sqlite":
        return _read_sqlite_revision(Path(str(address.database)))
    return _run_apart(_read_postgres_revision(address))


def head_revision() -> str:
    """The newest revision that this program knows."""
    return _known_revisions()[-1]


def all_tables() -> MetaData:
    """Every table of the product."""
    from storage.clinic import tables as clinic_tables  # importing them fills the metadata
    from storage.database import key_marks
    from storage.database.base import RowBase
    from storage.queues import leases
    from storage.queues import tables as queue_tables
    from storage.record import sender_tables as record_tables
    from storage.record import tables

    del clinic_tables, key_marks, leases, queue_tables, record_tables, tables
    return RowBase.metadata


def run_alembic(url: str, command: str, *arguments: Any, **options: Any) -> None:
    """Run one of Alembic's commands ("upgrade", "downgrade", "check", ...) in one transaction.

    Raises:
        StorageError: it cannot be opened or written; nothing was changed.
    """
    import alembic.command
    from alembic.config import Config

    def work(connection: Connection) -> None:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        config.attributes["connection"] = connection
        getattr(alembic.command, command)(config, *arguments, **options)

    address = normalise_url(url)
    with translated_errors():
        if address.get_backend_name() == "sqlite":
            _on_sqlite(address, work)
        else:
            _run_apart(_on_postgres(address, work))


def _known_revisions() -> list[str]:
    """The revisions in order, from the migration files `<revision>_<what>.py`."""
    return sorted(file.name.partition("_")[0] for file in (MIGRATIONS / "versions").glob("[0-9]*_*.py"))


def _read_sqlite_revision(path: Path) -> str | None:
    if not os.access(path, os.F_OK):
        return None
    try:
        with closing(sqlite3.connect(path, timeout=BUSY_TIMEOUT_MS / 1_000)) as connection:
            tables = connection.execute("SELECT name FROM sqlite_schema WHERE name = 'alembic_version'")
            if tables.fetchone() is None:
                return None
            found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
            return None if found is None else str(found[0])
    except sqlite3.Error as error:
        raise translate(error) from error


async def _read_postgres_revision(address: URL) -> str | None:
    connection = await connect_postgres(address)
    from asyncpg import PostgresError  # after the connection, which says what to install if it is missing

    try:
        if await connection.fetchval("SELECT to_regclass('alembic_version')") is None:
            return None
        found = await connection.fetchval("SELECT version_num FROM alembic_version")
        return None if found is None else str(found)
    except PostgresError as error:
        raise translate(error) from error
    finally:
        await connection.close()


def _on_sqlite(address: URL, work: Callable[[Connection], None]) -> None:
    engine = create_engine(
        address.set(drivername="sqlite"),
        poolclass=NullPool,
        hide_parameters=True,
        connect_args={"isolation_level": None, "timeout": BUSY_TIMEOUT_MS / 1_000},
    )
    # foreign_keys stays off: rebuilding a table drops the old one, and that would delete what references it.
    event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA secure_delete=ON"))
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    with engine.begin() as connection:
        work(connection)
        if connection.execute(text("PRAGMA foreign_key_check")).first() is not None:
            raise Damaged(DAMAGED[1])


async def _on_postgres(address: URL, work: Callable[[Connection], None]) -> None:
    engine = make_postgres_engine(address, {}, poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(work)
    finally:
        await engine.dispose()


def _run_apart(coroutine: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine on a new event loop in a thread, because the caller may be on a loop."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(partial(asyncio.run, coroutine)).result()
