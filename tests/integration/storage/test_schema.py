"""Migrations: up, down, up again; the same tables as the program's; rows survive; all or nothing."""

import asyncio
import shutil
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from storage import schema
from storage.clinic import clinics, links, members
from storage.database.errors import Damaged, SchemaOutdated, SchemaTooNew, StorageError, Unreachable
from storage.database.sessions import Database
from storage.record import audit, cases, people
from storage.record.tables import LinkRow
from tests.support.records import NOON, SUBJECT, at, new_case

REVISIONS = [file.name.partition("_")[0] for file in sorted(schema.MIGRATIONS.glob("versions/0*.py"))]


def list_tables(url: str) -> set[str]:
    async def read() -> set[str]:
        database = Database(url)
        async with database.read() as session:
            names = await session.run_sync(lambda sync: inspect(sync.connection()).get_table_names())
        await database.close()
        return set(names)

    return asyncio.run(read())


def test_a_fresh_database_gets_every_table(empty_database_url: str) -> None:
    assert schema.current_revision(empty_database_url) is None
    schema.migrate(empty_database_url)
    assert schema.current_revision(empty_database_url) == schema.head_revision()
    assert list_tables(empty_database_url) == {*schema.all_tables().tables, "alembic_version"}


def test_migrating_twice_changes_nothing(empty_database_url: str) -> None:
    schema.migrate(empty_database_url)
    schema.migrate(empty_database_url)
    schema.check_schema(empty_database_url)


def test_the_migrated_schema_is_the_programs(database_url: str) -> None:
    """Columns, types, NULLs, indexes and constraints: Alembic finds nothing left to do."""
    schema.run_alembic(database_url, "check")


def test_the_checks_are_the_programs(database_url: str) -> None:
    """Alembic does not compare CHECK constraints, and closed lists of words live in them."""

    def read_checks(connection: Connection) -> dict[str, set[str]]:
        return {
            table: {str(check["name"]) for check in inspect(connection).get_check_constraints(table)}
            for table in schema.all_tables().tables
        }

    async def read() -> dict[str, set[str]]:
        database = Database(database_url)
        async with database.read() as session:
            found = await session.run_sync(lambda sync: read_checks(sync.connection()))
        await database.close()
        return found

    ours = {
        name: {str(c.name) for c in table.constraints if str(c.name).startswith("ck_")}
        for name, table in schema.all_tables().tables.items()
    }
    assert asyncio.run(read()) == ours
    assert any(ours.values())


def test_a_change_of_a_table_without_a_migration_would_be_noticed(database_url: str, backend: str) -> None:
    """The comparison above can fail: without one column and one index it does."""

    async def break_it() -> None:
        database = Database(database_url)
        async with database.write() as session:
            await session.execute(text("DROP INDEX ix_cases_history"))
        await database.close()

    asyncio.run(break_it())
    try:
        with pytest.raises(Exception, match="ix_cases_history"):
            schema.run_alembic(database_url, "check")
    finally:
        if backend == "postgresql":
            asyncio.run(restore_index(database_url))


async def restore_index(url: str) -> None:
    database = Database(url)
    async with database.write() as session:
        statement = "CREATE INDEX ix_cases_history ON cases (subject, id) WHERE split_at IS NULL"
        await session.execute(text(statement))
    await database.close()


@pytest.mark.parametrize("revision", REVISIONS)
def test_each_revision_goes_up_down_and_up_again(empty_database_url: str, revision: str) -> None:
    schema.run_alembic(empty_database_url, "upgrade", revision)
    before = list_tables(empty_database_url)
    schema.run_alembic(empty_database_url, "downgrade", "-1")
    after = schema.current_revision(empty_database_url)
    assert after == (None if revision == REVISIONS[0] else REVISIONS[REVISIONS.index(revision) - 1])
    schema.run_alembic(empty_database_url, "upgrade", revision)
    assert list_tables(empty_database_url) == before


def test_revisions_are_counted_in_alembics_order() -> None:
    """The quick check of a start reads file names only; they must say what Alembic says."""
    config = Config()
    config.set_main_option("script_location", str(schema.MIGRATIONS))
    chain = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    assert chain[::-1] == REVISIONS
    assert schema.head_revision() == chain[0]


async def fill(url: str) -> None:
    database = Database(url)
    async with database.write() as session:
        await people.record_consent(session, b"r" * 32, version="1", now=NOON)
        await cases.add_case(session, new_case(), now=NOON)
    await database.close()


async def assert_filled(url: str) -> None:
    database = Database(url)
    async with database.read() as session:
        person = await people.find_person(session, b"r" * 32)
        (case,) = await cases.list_cases(session, subject=SUBJECT, limit=9)
        head = await audit.verify(session)
    await database.close()
    assert person is not None
    assert person.consent_at == NOON
    assert case.photos == new_case().photos
    assert head.entries == 2


def test_an_old_database_with_rows_survives(empty_database_url: str) -> None:
    """Filled by today's code and taken back to the first revision: what that one knows stays."""
    schema.run_alembic(empty_database_url, "upgrade", "head")
    asyncio.run(fill(empty_database_url))
    schema.run_alembic(empty_database_url, "downgrade", REVISIONS[0])
    schema.migrate(empty_database_url)
    asyncio.run(assert_filled(empty_database_url))


@pytest.mark.parametrize("is_forgotten", [False, True])
def test_a_clinic_with_a_list_of_before_keeps_it(empty_database_url: str, is_forgotten: bool) -> None:
    """Also one whose only dermatologist was forgotten; a clinic that invited senders alone has no list."""

    async def invite(database: Database, clinic_id: int, role: clinics.Role) -> None:
        ref, place = bytes([clinic_id]) * 32, links.ChatPlace(chat=b"c", chat_refs=(bytes([clinic_id]) * 32,))
        clinic = links.NewClinic(place=place, title=b"t", kind="group", language="en")
        made = members.NewInvite(token=role, clinic_id=clinic_id, role=role, expires_at=at(60))
        async with database.write() as session:
            await links.link_clinic(session, clinic, now=NOON)
            person = await people.ensure_person(session, ref, now=NOON)
            await members.add_invite(session, made, now=NOON)
            await members.redeem_invite(session, role, subject=person.subject, now=NOON)
            if is_forgotten:
                await session.execute(text("DELETE FROM members"))

    async def work(invites: bool) -> list[bool]:
        database = Database(empty_database_url)
        if invites:
            await invite(database, 1, "dermatologist")
            await invite(database, 2, "sender")
        async with database.read() as session:
            found = [await clinics.get_clinic(session, id_) for id_ in (1, 2)]
        await database.close()
        return [each.has_list for each in found if each is not None]

    schema.migrate(empty_database_url)
    assert asyncio.run(work(True)) == [True, False]
    schema.run_alembic(empty_database_url, "downgrade", "0019")
    schema.migrate(empty_database_url)
    assert asyncio.run(work(False)) == [True, False]


def test_a_newer_database_is_left_alone(empty_database_url: str) -> None:
    schema.migrate(empty_database_url)

    async def pretend() -> None:
        database = Database(empty_database_url)
        async with database.write() as session:
            await session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        await database.close()

    asyncio.run(pretend())
    for attempt in (schema.migrate, schema.check_schema):
        with pytest.raises(SchemaTooNew, match="newer version"):
            attempt(empty_database_url)
    assert schema.current_revision(empty_database_url) == "9999"


def test_a_database_without_tables_is_outdated_for_who_only_looks(
    backend: str, empty_database_url: str, tmp_path: Path
) -> None:
    if backend == "sqlite":
        with pytest.raises(Unreachable, match=f"There is no database in {tmp_path}: .*nevus migrate"):
            schema.check_schema(empty_database_url)
        (tmp_path / "nevus.db").touch()
    with pytest.raises(SchemaOutdated, match="older than the program: `nevus migrate`"):
        schema.check_schema(empty_database_url)
    assert schema.current_revision(empty_database_url) is None


def test_processes_that_start_together_migrate_once(empty_database_url: str) -> None:
    command = [sys.executable, "-c", f"from storage.schema import migrate; migrate({empty_database_url!r})"]
    processes = [subprocess.Popen(command, cwd=schema.MIGRATIONS.parents[1]) for _ in range(3)]
    assert [process.wait() for process in processes] == [0, 0, 0]
    schema.check_schema(empty_database_url)


async def test_migrating_works_under_a_running_event_loop(empty_database_url: str) -> None:
    schema.migrate(empty_database_url)
    schema.check_schema(empty_database_url)


def test_looking_makes_no_file(tmp_path: Path) -> None:
    assert schema.current_revision(f"sqlite:///{tmp_path}/nevus.db") is None
    assert list(tmp_path.iterdir()) == []


def test_the_database_file_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "var" / "nevus.db"
    schema.migrate(f"sqlite:///{path}")
    asyncio.run(fill(f"sqlite:///{path}"))
    assert [stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()] == [0o600]
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_file_that_is_no_database_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "nevus.db"
    path.write_bytes(b"this was a database once " * 200)
    with pytest.raises(Damaged, match="backup"):
        schema.migrate(f"sqlite:///{path}")


def test_a_directory_that_cannot_be_made_is_unreachable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(Unreachable):
        schema.migrate(f"sqlite:///{tmp_path}/file/nevus.db")


def test_a_migration_that_fails_half_way_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A revision after the newest makes a table, then fails: neither the table nor its revision stays."""
    migrations, newest = tmp_path / "migrations", schema.head_revision()
    shutil.copytree(schema.MIGRATIONS, migrations)
    (migrations / "versions" / "9999_fails.py").write_text(
        "from alembic import op\nimport sqlalchemy as sa\n"
        f"revision, down_revision = '9999', '{newest}'\n"
        "def upgrade():\n"
        "    op.create_table('half', sa.Column('id', sa.Integer()))\n"
        "    op.execute('SELECT * FROM nowhere')\n"
    )
    url = f"sqlite:///{tmp_path}/nevus.db"
    schema.migrate(url)
    monkeypatch.setattr(schema, "MIGRATIONS", migrations)
    with pytest.raises(SchemaOutdated):
        schema.migrate(url)
    assert schema.current_revision(url) == newest
    with closing(sqlite3.connect(tmp_path / "nevus.db")) as connection:
        assert connection.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'half'").fetchone() == (0,)


def test_a_failed_first_migration_leaves_a_database_that_the_next_start_completes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path}/nevus.db"
    with monkeypatch.context() as patch:
        patch.setattr(schema, "MIGRATIONS", tmp_path / "nowhere")
        with pytest.raises(Exception, match=r"nowhere|range"):
            schema.migrate(url)
    schema.migrate(url)
    schema.check_schema(url)


def test_link_rows_have_no_row_number(database_url: str) -> None:
    """A row number would keep the order in which people came."""
    assert "id" not in LinkRow.__table__.columns
    if database_url.startswith("sqlite"):
        path = database_url.removeprefix("sqlite:///")
        with closing(sqlite3.connect(path)) as raw, pytest.raises(sqlite3.OperationalError, match="rowid"):
            raw.execute("SELECT rowid FROM links")


def test_steps_that_do_not_fit_together_are_one_clear_sentence(
    empty_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two newest revisions, as a broken installation may have them."""
    broken = tmp_path / "migrations"
    shutil.copytree(schema.MIGRATIONS, broken)
    first = next((broken / "versions").glob("0001_*.py")).read_text()
    second_head = first.replace('"0001"', '"9999"').replace("down_revision = None", 'down_revision = "0001"')
    (broken / "versions" / "9999_other.py").write_text(second_head)
    monkeypatch.setattr(schema, "MIGRATIONS", broken)
    with pytest.raises(StorageError, match="reinstall Nevus"):
        schema.migrate(empty_database_url)
