"""Which database an address means, and which errors of ours stand for which of a driver's."""

import sqlite3
import sys
from collections.abc import Callable

import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from storage.database.errors import (
    Conflict,
    Damaged,
    DatabaseLocked,
    DiskFull,
    ReadOnly,
    SchemaOutdated,
    StorageError,
    Unreachable,
    UnsupportedUrl,
    translate,
)
from storage.database.postgres_address import connect_postgres, write_dsn
from storage.database.sessions import Database, normalise_url
from storage.schema import check_schema, migrate


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("sqlite:///var/nevus.db", "sqlite+pysqlite:///var/nevus.db"),
        ("sqlite:////srv/nevus.db", "sqlite+pysqlite:////srv/nevus.db"),
        ("sqlite+aiosqlite:///var/nevus.db", "sqlite+pysqlite:///var/nevus.db"),
        ("sqlite+pysqlite:///var/nevus.db", "sqlite+pysqlite:///var/nevus.db"),
        ("postgresql://a@b/c", "postgresql+asyncpg://a@b/c"),
        ("postgres://a@b/c", "postgresql+asyncpg://a@b/c"),
        ("postgresql+psycopg://a@b/c?x=1", "postgresql+asyncpg://a@b/c?x=1"),
        ("postgresql+asyncpg://a@b/c", "postgresql+asyncpg://a@b/c"),
    ],
)
def test_usual_ways_to_write_an_address_are_understood(given: str, meant: str) -> None:
    assert normalise_url(given).render_as_string() == meant


@pytest.mark.parametrize(
    "url",
    [
        "",
        "nevus.db",
        "mysql://a@b/c",
        "postgresql://a@b:port/c",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite+aiosqlite://",
        "sqlite://srv/nevus.db",
        "sqlite:///file:nevus.db",
        "sqlite:///file:nevus.db?mode=rwc&uri=true",
        "sqlite:///file::memory:?uri=true",
        "sqlite:///nevus.db?uri=true",
        "sqlite:///nevus.db?colour=brown",
        "sqlite:///nevus.db?timeout=soon",
        "sqlite:///~/nevus.db",
    ],
)
def test_another_address_is_refused_with_what_to_write(url: str) -> None:
    with pytest.raises(UnsupportedUrl, match=r"NEVUS_DATABASE_URL.*sqlite:///PATH"):
        Database(url)


@pytest.mark.parametrize(
    "url",
    [
        "mysql://nevus:hunter2@b/c",
        "postgresql://nevus:x@hunter2@b/c",
        "postgresql://nevus:hunter2@b:99999/c",
    ],
)
def test_a_password_does_not_show_when_an_address_is_refused(url: str) -> None:
    with pytest.raises(UnsupportedUrl) as caught:
        normalise_url(url)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("url", ["postgresql://nevus:hunter2@b", "postgresql://nevus:hunter2@b/"])
def test_an_address_without_a_database_is_refused(url: str) -> None:
    with pytest.raises(UnsupportedUrl, match="names no database") as caught:
        normalise_url(url)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("postgresql://a@b?dbname=c", "postgresql://a@b?dbname=c"),
        ("postgresql://a:p%40@b/c", "postgresql://a:p%40@b/c"),
        ("postgresql://a@b/c?ssl=verify-full", "postgresql://a@b/c?sslmode=verify-full"),
        ("postgresql://a@/c?host=b:1&host=d:2", "postgresql://a@/c?host=b%3A1%2Cd%3A2"),
    ],
)
def test_an_address_is_read_as_libpq_reads_it(given: str, read: str) -> None:
    assert write_dsn(normalise_url(given)) == read


async def test_a_file_of_tls_that_is_missing_is_named() -> None:
    address = normalise_url("postgresql://a@b/c?sslmode=verify-full&sslrootcert=/nowhere/root.crt")
    with pytest.raises(UnsupportedUrl, match="sslrootcert"):
        await connect_postgres(address)


def sqlite_error(code: int) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("as SQLite says it")
    error.sqlite_errorcode = code
    return error


class PostgresError(Exception):
    """Any error with an SQLSTATE."""

    def __init__(self, sqlstate: str) -> None:
        super().__init__("as PostgreSQL says it")
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("origin", "ours"),
    [
        (sqlite_error(sqlite3.SQLITE_BUSY), DatabaseLocked),
        (sqlite_error(sqlite3.SQLITE_BUSY_SNAPSHOT), DatabaseLocked),
        (sqlite_error(sqlite3.SQLITE_FULL), DiskFull),
        (sqlite_error(sqlite3.SQLITE_READONLY_DBMOVED), ReadOnly),
        (sqlite_error(sqlite3.SQLITE_CORRUPT), Damaged),
        (sqlite_error(sqlite3.SQLITE_NOTADB), Damaged),
        (sqlite_error(sqlite3.SQLITE_IOERR_FSYNC), Damaged),
        (sqlite_error(sqlite3.SQLITE_CANTOPEN), Unreachable),
        (PostgresError("53100"), DiskFull),
        (PostgresError("53300"), Unreachable),
        (PostgresError("25006"), ReadOnly),
        (PostgresError("55P03"), DatabaseLocked),
        (PostgresError("40P01"), DatabaseLocked),
        (PostgresError("57014"), DatabaseLocked),
        (PostgresError("57P01"), Unreachable),
        (PostgresError("08006"), Unreachable),
        (PostgresError("42P01"), SchemaOutdated),
        (PostgresError("XX001"), Damaged),
        (sqlite3.OperationalError("no such table: cases"), SchemaOutdated),
        (sqlite3.OperationalError("table cases has no column named x"), SchemaOutdated),
        (sqlite3.OperationalError("near 'x': syntax error"), StorageError),
    ],
)
def test_a_drivers_error_becomes_one_of_ours(origin: Exception, ours: type[StorageError]) -> None:
    assert type(translate(OperationalError("SELECT 1", {}, origin))) is ours


def test_a_refused_row_is_a_conflict_on_either_database() -> None:
    for origin in (sqlite3.IntegrityError("UNIQUE constraint failed"), PostgresError("23505")):
        assert type(translate(IntegrityError("INSERT", {}, origin))) is Conflict


def test_a_lost_connection_is_unreachable() -> None:
    lost = DBAPIError("SELECT 1", {}, Exception("gone"), connection_invalidated=True)
    assert type(translate(lost)) is Unreachable


@pytest.mark.parametrize("work", [Database, check_schema, migrate], ids=lambda work: work.__name__)
def test_without_the_driver_it_says_what_to_install(
    work: Callable[[str], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "asyncpg", None)  # as Python says of what is not installed
    with pytest.raises(UnsupportedUrl, match=r"pip install '\.\[postgres\]' in the checkout"):
        work("postgresql://nobody@/nothing?host=/nowhere")
