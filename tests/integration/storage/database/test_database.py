"""What the database promises: whole transactions, one writer, UTC, errors in our words."""

import asyncio
import sqlite3
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text, update

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
)
from storage.database.sessions import Database
from storage.record.tables import LinkRow
from storage.schema import current_revision
from tests.support.records import NOON


def link(number: int = 1, **values: object) -> dict[str, object]:
    return {
        "user_ref": number.to_bytes(32),
        "subject": f"2222-{number:04}",
        "created_at": NOON,
        **values,
    }


async def count_links(database: Database) -> int:
    async with database.read() as session:
        return len((await session.scalars(select(LinkRow.subject))).all())


async def test_a_block_that_ends_well_is_committed(database: Database) -> None:
    async with database.write() as session:
        await session.execute(insert(LinkRow).values(link()))
    assert await count_links(database) == 1


async def test_a_block_that_fails_keeps_nothing(database: Database) -> None:
    async def write_and_fail() -> None:
        async with database.write() as session:
            await session.execute(insert(LinkRow).values(link()))
            raise RuntimeError("by the caller")

    with pytest.raises(RuntimeError, match="by the caller"):
        await write_and_fail()
    assert await count_links(database) == 0


async def test_a_cancelled_block_keeps_nothing_and_frees_the_writer(database: Database) -> None:
    written = asyncio.Event()

    async def write_and_wait() -> None:
        async with database.write() as session:
            await session.execute(insert(LinkRow).values(link(1)))
            written.set()
            await asyncio.Event().wait()

    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(write_and_wait())
        await written.wait()
        task.cancel()
    async with database.write() as session:
        await session.execute(insert(LinkRow).values(link(2)))
    assert await count_links(database) == 1


async def test_a_read_session_refuses_to_write(database: Database) -> None:
    with pytest.raises(ReadOnly):
        async with database.read() as session:
            await session.execute(insert(LinkRow).values(link()))
    assert await count_links(database) == 0


async def test_reads_go_on_while_a_write_is_open(database: Database) -> None:
    async with database.write() as session:
        await session.execute(insert(LinkRow).values(link()))
        assert await count_links(database) == 0
    assert await count_links(database) == 1


async def test_increments_by_many_writers_on_two_connections_are_all_kept(
    database: Database, other_database: Database
) -> None:
    async with database.write() as session:
        await session.execute(insert(LinkRow).values(link(consent_version="0")))

    async def increment(opened: Database) -> None:
        async with opened.write() as session:
            statement = select(LinkRow.consent_version).with_for_update()
            value = int(str(await session.scalar(statement)))
            await session.execute(update(LinkRow).values(consent_version=str(value + 1)))

    await asyncio.gather(*(increment(opened) for opened in [database, other_database] * 20))
    async with database.read() as reading:
        assert await reading.scalar(select(LinkRow.consent_version)) == "40"


async def test_a_claim_has_one_winner_on_two_connections(
    database: Database, other_database: Database
) -> None:
    """A conditional UPDATE judged by its row count: of two that claim at once one wins, each time."""
    rounds = range(40)
    async with database.write() as session:
        await session.execute(insert(LinkRow).values([link(number) for number in rounds]))

    async def claim(opened: Database, number: int, name: str) -> int:
        async with opened.write() as session:
            mine = LinkRow.user_ref == number.to_bytes(32), LinkRow.consent_version.is_(None)
            claimed = await session.execute(
                update(LinkRow).where(*mine).values(consent_version=name).returning(LinkRow.subject)
            )
            return len(claimed.all())

    for number in rounds:
        won = await asyncio.gather(claim(database, number, "a"), claim(other_database, number, "b"))
        assert sorted(won) == [0, 1]


async def test_moments_come_back_aware_and_in_utc(database: Database) -> None:
    paris = timezone(timedelta(hours=2))
    async with database.write() as session:
        await session.execute(
            insert(LinkRow).values(link(created_at=datetime(2026, 7, 1, 14, 30, 0, 123456, tzinfo=paris)))
        )
    async with database.read() as session:
        found = await session.scalar(select(LinkRow.created_at))
    assert found == datetime(2026, 7, 1, 12, 30, 0, 123456, tzinfo=UTC)
    assert found is not None
    assert found.tzinfo is UTC


async def test_a_naive_moment_is_refused(database: Database) -> None:
    with pytest.raises(ValueError, match="naive"):
        async with database.write() as session:
            await session.execute(insert(LinkRow).values(link(created_at=NOON.replace(tzinfo=None))))
    assert await count_links(database) == 0


async def test_a_string_that_is_not_allowed_is_refused_here(database: Database) -> None:
    with pytest.raises(LookupError):
        async with database.write() as session:
            await session.execute(insert(LinkRow).values(link(language="de")))


async def test_a_string_that_is_not_allowed_is_refused_by_the_database_too(database: Database) -> None:
    async with database.write() as session:
        await session.execute(insert(LinkRow).values(link()))
    with pytest.raises(Conflict):
        async with database.write() as session:
            await session.execute(text("UPDATE links SET language = 'de'"))


async def test_a_key_used_twice_is_a_conflict_that_shows_no_value(database: Database) -> None:
    async with database.write() as session:
        await session.execute(insert(LinkRow).values(link()))
    with pytest.raises(Conflict) as caught:
        async with database.write() as session:
            await session.execute(insert(LinkRow).values(link(consent_version="planted-value")))
    assert "planted-value" not in f"{caught.value} {caught.value.__cause__}"


async def test_a_missing_table_says_how_to_update(empty_database_url: str) -> None:
    database = Database(empty_database_url)
    with pytest.raises(SchemaOutdated, match="nevus run"):
        async with database.read() as session:
            await session.execute(select(LinkRow.subject))
    await database.close()


async def test_a_database_held_by_another_process_is_locked(database_url: str) -> None:
    patient, impatient = Database(database_url), Database(database_url, busy_timeout_ms=50)
    async with patient.write() as session:
        await session.execute(insert(LinkRow).values(link()))
        with pytest.raises(DatabaseLocked):
            async with impatient.write() as second:
                await second.execute(insert(LinkRow).values(link()))
    await patient.close()
    await impatient.close()


async def test_an_unreachable_server_is_named_so(tmp_path: Path) -> None:
    database = Database(f"postgresql://postgres@/nevus?host={tmp_path}")
    with pytest.raises(Unreachable, match="NEVUS_DATABASE_URL"):
        async with database.read() as session:
            await session.execute(text("SELECT 1"))
    await database.close()


@pytest.mark.backends("postgresql")
class TestPostgresAddress:
    """What follows the question mark counts for every connection alike."""

    @pytest.mark.parametrize("name", ["sslmode", "ssl"])
    async def test_tls_can_be_asked_for(self, database_url: str, name: str) -> None:
        database = Database(f"{database_url}&{name}=disable")
        assert current_revision(database.url) is not None
        async with database.read() as session:
            assert (await session.execute(text("SELECT 1"))).scalar() == 1
        await database.close()

    @pytest.mark.parametrize("query", ["colour=brown", "sslmode=perhaps"])
    async def test_another_parameter_is_refused_in_words(self, database_url: str, query: str) -> None:
        database = Database(f"{database_url}&{query}")
        with pytest.raises(UnsupportedUrl, match="question mark"):
            current_revision(database.url)
        with pytest.raises(UnsupportedUrl, match="question mark"):
            async with database.read() as session:
                await session.execute(text("SELECT 1"))
        await database.close()

    async def test_a_user_without_rights_is_refused_in_words(self, database_url: str) -> None:
        database = Database(database_url)
        async with database.write() as session:
            await session.execute(text("CREATE ROLE stranger LOGIN"))
        try:
            with pytest.raises(ReadOnly, match="belong to that user"):
                current_revision(database_url.replace("postgres@", "stranger@"))
        finally:
            async with database.write() as session:
                await session.execute(text("DROP ROLE stranger"))
            await database.close()


async def test_a_missing_directory_is_unreachable(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/nowhere/nevus.db")
    with pytest.raises(Unreachable):
        async with database.write() as session:
            await session.execute(text("SELECT 1"))
    await database.close()


async def test_a_file_that_is_no_database_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "nevus.db"
    path.write_bytes(b"this was a database once " * 200)
    database = Database(f"sqlite:///{path}")
    with pytest.raises(Damaged, match="backup"):
        async with database.read() as session:
            await session.execute(select(LinkRow.subject))
    await database.close()


class TestSqlite:
    """What SQLite alone needs."""

    @pytest.fixture
    def backend(self) -> str:
        return "sqlite"

    @pytest.mark.parametrize(
        ("pragma", "value"),
        [
            ("journal_mode", "wal"),
            ("synchronous", 2),
            ("foreign_keys", 1),
            ("secure_delete", 1),
        ],
    )
    async def test_every_writer_is_careful(self, database: Database, pragma: str, value: object) -> None:
        async with database.write() as session:
            assert await session.scalar(text(f"PRAGMA {pragma}")) == value

    async def test_a_full_disk_keeps_nothing_and_later_writes_go_on(self, database: Database) -> None:
        async with database.write() as session:
            pages = await session.scalar(text("PRAGMA page_count"))
            await session.execute(text(f"PRAGMA max_page_count={pages}"))
        with pytest.raises(DiskFull, match="free some space"):
            async with database.write() as session:
                await session.execute(insert(LinkRow).values([link(number) for number in range(1_000)]))
        assert await count_links(database) == 0
        async with database.write() as session:
            await session.execute(text("PRAGMA max_page_count=1000000"))
            await session.execute(insert(LinkRow).values(link()))
        assert await count_links(database) == 1

    async def test_a_write_locks_at_once_and_not_at_its_first_change(
        self, database: Database, database_url: str
    ) -> None:
        """BEGIN IMMEDIATE: after a read inside a write block, another connection cannot get in between."""
        async with database.write() as session:
            await session.execute(select(LinkRow.subject))
            path = database_url.removeprefix("sqlite:///")
            with (
                sqlite3.connect(path, timeout=0) as other,
                pytest.raises(sqlite3.OperationalError, match="locked"),
            ):
                other.execute("BEGIN IMMEDIATE")
            other.close()

    async def test_writers_of_one_process_wait_in_line_instead_of_failing(self, database_url: str) -> None:
        """With no patience for locks at all, a hundred writers at once still all succeed."""
        database = Database(database_url, busy_timeout_ms=0)

        async def write(number: int) -> None:
            async with database.write() as session:
                await session.execute(insert(LinkRow).values(link(number)))

        await asyncio.gather(*(write(number) for number in range(100)))
        assert await count_links(database) == 100
        await database.close()

    async def test_a_read_session_sees_one_moment(self, database: Database) -> None:
        """The first statement fixes what is seen; PostgreSQL's default would show what is committed since."""
        async with database.read() as reading:
            before = (await reading.scalars(select(LinkRow.subject))).all()
            async with database.write() as session:
                await session.execute(insert(LinkRow).values(link()))
            assert (await reading.scalars(select(LinkRow.subject))).all() == before

    async def test_rows_are_streamed_in_order(self, database: Database) -> None:
        """The driver's cursor brings all rows at once: reading them in pieces must still give each once."""
        async with database.write() as session:
            await session.execute(insert(LinkRow).values([link(number) for number in range(25)]))
        async with database.read() as session:
            rows = await session.stream_scalars(
                select(LinkRow.subject).order_by(LinkRow.subject).execution_options(yield_per=10)
            )
            assert [row async for row in rows] == [f"2222-{number:04}" for number in range(25)]


@pytest.mark.parametrize(
    "error",
    [Conflict, Damaged, DatabaseLocked, DiskFull, ReadOnly, SchemaOutdated, Unreachable],
)
def test_one_root_catches_everything(error: type[Exception]) -> None:
    assert issubclass(error, StorageError)


async def test_a_database_that_can_be_written_says_so(database: Database) -> None:
    await database.check_writable()
    await database.check_writable()


@pytest.mark.parametrize("backend", ["sqlite"])
async def test_the_check_really_writes(database: Database, tmp_path: Path) -> None:
    """A transaction without a change would succeed on a full disk."""
    await database.check_writable()
    before = (tmp_path / "nevus.db-wal").stat().st_size
    await database.check_writable()
    assert (tmp_path / "nevus.db-wal").stat().st_size > before


@pytest.mark.parametrize("backend", ["postgresql"])
async def test_a_server_that_only_reads_takes_no_update(database: Database) -> None:
    async with database.write() as session:
        name = await session.scalar(text("SELECT current_database()"))
        await session.execute(text(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on'))
    replica = Database(database.url)
    try:
        with pytest.raises(StorageError):
            await replica.check_writable()
    finally:
        await replica.close()
        async with database.write() as session:
            await session.execute(text(f'ALTER DATABASE "{name}" RESET default_transaction_read_only'))


@pytest.mark.parametrize("backend", ["postgresql"])
async def test_a_migration_of_a_newer_version_keeps_nobody_unready(
    database: Database, other_database: Database
) -> None:
    """Alembic holds the row of its version to the end of its transaction."""
    async with other_database.write() as migration:
        await migration.execute(text("UPDATE alembic_version SET version_num = version_num"))
        async with asyncio.timeout(5):
            await database.check_writable()
