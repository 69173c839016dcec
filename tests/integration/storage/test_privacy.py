"""After a person is forgotten nothing derived from them is left in any byte of the database's files."""

import asyncio
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import insert

from storage.database.key_file import MasterKey
from storage.database.keys import Keyring
from storage.database.sessions import Database
from storage.record import audit, cases, people
from storage.record.numbers import new_subject
from storage.record.tables import LinkRow
from tests.support.records import NOON, new_case, new_photo

# PostgreSQL keeps deleted rows until its VACUUM, and in its archives.
pytestmark = pytest.mark.backends("sqlite")

USER_ID = 5_550_123_987_654
KEYRING = Keyring((MasterKey(b"test", bytes(range(32))),))


@pytest.fixture
def directory(database_url: str) -> Path:
    return Path(database_url.removeprefix("sqlite:///")).parent


def names_of(user_id: int) -> Iterator[bytes]:
    """A Telegram id in the forms in which one could be stored, and what is derived from it with the key."""
    yield str(user_id).encode()
    yield user_id.to_bytes(6)
    yield user_id.to_bytes(8, "little")
    for ref in (KEYRING.user_ref(user_id), KEYRING.lane_ref(user_id)):
        yield ref
        yield ref.hex().encode()
        yield ref[:12]  # half a hash is still a name


def read_files(directory: Path) -> bytes:
    """Database, write-ahead log and shared memory, one after the other."""
    files = [file for file in sorted(directory.iterdir()) if file.name.startswith("nevus.db")]
    assert files, "no database to search"
    return b"\n".join(file.read_bytes() for file in files)


def find_traces(directory: Path, user_id: int) -> list[bytes]:
    content = read_files(directory)
    return [name for name in names_of(user_id) if name in content]


async def write_person(database: Database, user_id: int, *, turns: int = 1) -> str:
    ref = KEYRING.user_ref(user_id)
    async with database.write() as session:
        person = await people.record_consent(session, ref, version="1", now=NOON)
        await people.set_language(session, ref, "fr", now=NOON)
        for turn in range(turns):
            photo = new_photo(photo_hash=KEYRING.photo_hash(f"{user_id}-{turn}".encode()))
            case = new_case(f"{person.subject}-{turn}", subject=person.subject, photos=(photo,))
            await cases.add_case(session, case, now=NOON)
    return person.subject


async def forget(database: Database, user_id: int) -> None:
    async with database.write() as session:
        assert await people.forget_person(session, KEYRING.user_ref(user_id))
    assert await database.erase_traces()


async def test_a_telegram_id_is_never_stored(database: Database, directory: Path) -> None:
    await write_person(database, USER_ID)
    ref = KEYRING.user_ref(USER_ID)
    assert find_traces(directory, USER_ID) == [ref, ref[:12]], "the keyed hash is all that may be found"


async def test_nothing_of_a_forgotten_person_is_left(database: Database, directory: Path) -> None:
    subject = await write_person(database, USER_ID, turns=3)
    await forget(database, USER_ID)
    assert find_traces(directory, USER_ID) == []
    async with database.read() as session:
        assert await cases.count_cases(session, subject=subject) == 3
        assert (await audit.verify(session)).entries == 4
    await database.close()
    assert find_traces(directory, USER_ID) == []


async def test_nothing_is_left_when_pages_were_split_and_merged(database: Database, directory: Path) -> None:
    """Hundreds come and go in random order, so that rows were moved about before they were deleted."""
    chance = random.Random(20_260_301)
    users = [USER_ID + number for number in range(300)]
    chance.shuffle(users)
    gone = users[:220]
    async with database.write() as session:
        links = [
            {"user_ref": KEYRING.user_ref(user_id), "subject": new_subject(), "created_at": NOON}
            for user_id in users
        ]
        await session.execute(insert(LinkRow), links)
    async with database.write() as session:
        for user_id in chance.sample(gone, len(gone)):
            assert await people.forget_person(session, KEYRING.user_ref(user_id))
    assert await database.erase_traces()
    content = read_files(directory)
    assert [user_id for user_id in gone if KEYRING.user_ref(user_id)[:12] in content] == []
    assert all(KEYRING.user_ref(user_id) in content for user_id in users[220:])


async def test_a_reader_that_stays_delays_the_erasing_and_it_says_so(
    database_url: str, directory: Path
) -> None:
    database = Database(database_url, busy_timeout_ms=20)
    await write_person(database, USER_ID)
    async with database.read() as reading:
        assert await people.find_person(reading, KEYRING.user_ref(USER_ID)) is not None
        async with database.write() as session:
            await people.forget_person(session, KEYRING.user_ref(USER_ID))
        assert await database.erase_traces() is False
    assert await database.erase_traces() is True
    assert find_traces(directory, USER_ID) == []
    await database.close()


async def test_erasing_while_others_write_keeps_every_row(database: Database, directory: Path) -> None:
    async def come(user_id: int) -> None:
        await write_person(database, user_id)
        await forget(database, user_id)

    async with asyncio.TaskGroup() as tasks:
        for number in range(20):
            tasks.create_task(come(USER_ID + number))
    async with database.read() as session:
        assert (await audit.verify(session)).entries == 40
    assert all(not find_traces(directory, USER_ID + number) for number in range(20))
