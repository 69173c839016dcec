"""Real databases: SQLite in a file, and PostgreSQL where Debian's package is installed."""

import shutil
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from storage.database.sessions import Database
from storage.schema import all_tables, migrate
from tests.support.postgres import PostgresServer, find_programs

BACKENDS = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def migrated_sqlite_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database at the newest revision: copied, not used."""
    path = tmp_path_factory.mktemp("migrated") / "nevus.db"
    migrate(f"sqlite:///{path}")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
    return path


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    programs = find_programs()
    if programs is None:
        pytest.skip("PostgreSQL's server is not installed (Debian: apt install postgresql)")
    server = PostgresServer(programs)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def migrated_postgres(postgres_server: PostgresServer) -> str:
    """The name of a PostgreSQL database at the newest revision, emptied for each test."""
    name = postgres_server.create_database()
    migrate(postgres_server.url_of(name))
    return name


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    """The test runs once on each database, or on those that the marker `backends` names."""
    return str(request.param)


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run the tests of a file marked `pytest.mark.backends("sqlite")` on that database alone."""
    marker = metafunc.definition.get_closest_marker("backends")
    if marker is not None and "backend" in metafunc.fixturenames:
        chosen = pytest.mark.parametrize("backend", marker.args, indirect=True)
        metafunc.definition.add_marker(chosen)


@pytest.fixture
def empty_database_url(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without tables."""
    if backend == "sqlite":
        yield f"sqlite:///{tmp_path / 'nevus.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    name = server.create_database()
    yield server.url_of(name)
    server.drop_database(name)


@pytest.fixture
def database_url(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database at the newest revision."""
    if backend == "sqlite":
        shutil.copy(request.getfixturevalue("migrated_sqlite_file"), tmp_path / "nevus.db")
        yield f"sqlite:///{tmp_path / 'nevus.db'}"
        return
    name = request.getfixturevalue("migrated_postgres")
    server: PostgresServer = request.getfixturevalue("postgres_server")
    server.empty_tables(name, [table.name for table in reversed(all_tables().sorted_tables)])
    yield server.url_of(name)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """An open database at the newest revision."""
    opened = Database(database_url)
    yield opened
    await opened.close()


@pytest.fixture
async def other_database(database_url: str) -> AsyncIterator[Database]:
    """The same database, opened a second time, as another process would."""
    opened = Database(database_url)
    yield opened
    await opened.close()
