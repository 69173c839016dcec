"""PostgreSQL's own tools and `nevus restore --erasures-only`: what docs/reliability.md says to do works."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.cli import main
from bot.delivery.replicas import Replicas
from storage.database.key_marks import check_key_file
from storage.database.sessions import Database
from storage.erasures import FILE_NAME, Journal, erase_person
from storage.record.people import ensure_person, find_person
from storage.schema import migrate
from tests.support.homes import LEAVES, NOW, STAYS, ref_of
from tests.support.postgres import PostgresServer


@pytest.fixture
def name(postgres_server: PostgresServer) -> Iterator[str]:
    """A database of its own: it is taken apart and put together again."""
    name = postgres_server.create_database()
    yield name
    postgres_server.drop_database(name)


def use(url: str, work: Callable[[Database], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        database = Database(url)
        try:
            return await work(database)
        finally:
            await database.close()

    return asyncio.run(run())


def write(url: str, step: Callable[[Any], Awaitable[Any]]) -> Any:
    async def work(database: Database) -> Any:
        async with database.write() as session:
            return await step(session)

    return use(url, work)


def test_who_was_forgotten_since_a_dump_is_forgotten_again_once_no_bot_runs(
    postgres_server: PostgresServer,
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    url = postgres_server.url_of(name)
    monkeypatch.setenv("NEVUS_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("NEVUS_DATABASE_URL", url)
    migrate(url)
    check_key_file(url, tmp_path / "nevus.key")
    stays, leaves = ref_of(tmp_path, STAYS), ref_of(tmp_path, LEAVES)
    for ref in (stays, leaves):
        write(url, lambda session, ref=ref: ensure_person(session, ref, now=NOW))
    dump = postgres_server.dump(name)
    journal = Journal(tmp_path / FILE_NAME)
    write(url, lambda session: erase_person(session, leaves, journal=journal, now=NOW))

    postgres_server.restore(name, dump)
    assert write(url, lambda session: find_person(session, leaves)) is not None, "as in the dump"
    use(url, lambda database: Replicas(database=database, owner="one", share=lambda _count: None).renew())
    assert main(["restore", "--erasures-only"]) == 2
    assert "Stop the bot first: 1 of its processes" in capsys.readouterr().err

    use(url, lambda database: Replicas(database=database, owner="one", share=lambda _count: None).leave())
    assert main(["restore", "--erasures-only"]) == 0
    assert "Forgotten again: 1 people" in capsys.readouterr().out
    assert write(url, lambda session: find_person(session, leaves)) is None
    assert write(url, lambda session: find_person(session, stays)) is not None


@pytest.mark.parametrize("command", [["backup"], ["restore", "copy.sqlite"]])
def test_the_command_says_which_tools_to_use(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NEVUS_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("NEVUS_DATABASE_URL", "postgresql://nobody@/nothing?host=/nowhere")
    assert main(command) == 2
    said = capsys.readouterr().err
    assert all(tool in said for tool in ("pg_dump", "pg_restore --clean --if-exists", "--erasures-only"))
