"""The audit trail: any change to what was written shows."""

import asyncio

import pytest
from sqlalchemy import text

from storage.database.errors import AuditBroken
from storage.database.sessions import Database
from storage.record import audit, cases, people
from storage.record.audit import AuditEntry
from tests.support.records import NOON, at, new_case


async def append(database: Database, count: int) -> None:
    async with database.write() as session:
        for number in range(count):
            entry = AuditEntry(kind="test", payload={"number": number, "share": 1e-7, "text": "é"})
            await audit.append(session, entry, now=at(number))


async def verify(database: Database) -> audit.AuditHead:
    async with database.read() as session:
        return await audit.verify(session)


async def test_an_empty_trail_holds(database: Database) -> None:
    assert await verify(database) == audit.AuditHead(entries=0, hash=audit.START)


async def test_a_trail_holds_over_the_end_of_a_read(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await append(database, 7)
    assert (await verify(database)).entries == 7


async def test_the_head_is_the_last_hash(database: Database) -> None:
    await append(database, 2)
    async with database.write() as session:
        last = await audit.append(session, AuditEntry(kind="test", payload={}), now=NOON)
    assert await verify(database) == audit.AuditHead(entries=3, hash=last)


async def test_a_trail_written_on_two_connections_is_one_chain(
    database: Database, other_database: Database
) -> None:
    await asyncio.gather(*(append(opened, 2) for opened in [database, other_database] * 8))
    assert (await verify(database)).entries == 32


@pytest.mark.parametrize(
    ("tampering", "noticed_at"),
    [
        ("UPDATE audit SET payload = '{}' WHERE id = 3", 3),
        ("UPDATE audit SET kind = 'other' WHERE id = 3", 3),
        ("UPDATE audit SET subject = '2222-2222' WHERE id = 3", 3),
        ("UPDATE audit SET case_number = 'N-222222' WHERE id = 3", 3),
        ("UPDATE audit SET at = '2020-01-01 00:00:00.000000' WHERE id = 3", 3),
        ("UPDATE audit SET hash = 'x' WHERE id = 3", 3),
        ("UPDATE audit SET previous_hash = 'x' WHERE id = 3", 3),
        ("DELETE FROM audit WHERE id = 3", 4),
        ("DELETE FROM audit WHERE id = 1", 2),
        ("UPDATE audit SET id = 99 WHERE id = 3", 4),
    ],
)
async def test_a_change_is_found_where_it_is(database: Database, tampering: str, noticed_at: int) -> None:
    await append(database, 5)
    async with database.write() as session:
        await session.execute(text(tampering))
    with pytest.raises(AuditBroken, match=f"at entry {noticed_at}\\."):
        await verify(database)


async def test_a_trail_cut_off_at_its_end_has_another_head(database: Database) -> None:
    """Nothing in the table can tell; the head noted down elsewhere does."""
    await append(database, 5)
    noted = await verify(database)
    async with database.write() as session:
        await session.execute(text("DELETE FROM audit WHERE id = 5"))
    assert await verify(database) != noted


async def test_every_case_and_consent_stands_in_the_trail(database: Database) -> None:
    async with database.write() as session:
        await people.record_consent(session, b"r" * 32, version="1", now=NOON)
        case = await cases.add_case(session, new_case(), now=NOON)
    async with database.read() as session:
        rows = (await session.execute(text("SELECT kind, case_number FROM audit ORDER BY id"))).all()
    assert [tuple(row) for row in rows] == [("consent", None), ("case", case.number)]


async def test_the_trail_holds_after_someone_was_forgotten(database: Database) -> None:
    async with database.write() as session:
        person = await people.record_consent(session, b"r" * 32, version="1", now=NOON)
        await cases.add_case(session, new_case(subject=person.subject), now=NOON)
    async with database.write() as session:
        await people.forget_person(session, b"r" * 32)
    assert (await verify(database)).entries == 2
