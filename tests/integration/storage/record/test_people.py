"""People: one link a person, found by a keyed hash, erased without a trace."""

import asyncio

import pytest
from sqlalchemy import func, select

from storage.database.sessions import Database
from storage.record import audit, people
from storage.record.tables import AuditRow, LinkRow
from tests.support.records import NOON, at

GP, OTHER = bytes(range(32)), bytes(range(1, 33))


async def test_an_unknown_hash_finds_nobody(database: Database) -> None:
    async with database.read() as session:
        assert await people.find_person(session, GP) is None


async def test_a_person_keeps_their_subject_number(database: Database) -> None:
    async with database.write() as session:
        first = await people.ensure_person(session, GP, now=NOON)
    async with database.write() as session:
        assert await people.ensure_person(session, GP, now=at(5)) == first
    assert first.language is None
    assert first.consent_version is None


async def test_two_people_have_two_subject_numbers(database: Database) -> None:
    async with database.write() as session:
        one = await people.ensure_person(session, GP, now=NOON)
        other = await people.ensure_person(session, OTHER, now=NOON)
    assert one.subject != other.subject


async def test_a_person_met_twice_at_once_gets_one_subject_number(
    database: Database, other_database: Database
) -> None:
    async def meet(opened: Database) -> str:
        async with opened.write() as session:
            return (await people.ensure_person(session, GP, now=NOON)).subject

    subjects = await asyncio.gather(*(meet(opened) for opened in [database, other_database] * 5))
    assert len(set(subjects)) == 1


async def test_language_is_remembered_also_for_someone_new(database: Database) -> None:
    async with database.write() as session:
        await people.set_language(session, GP, "fr", now=NOON)
    async with database.read() as session:
        person = await people.find_person(session, GP)
    assert person is not None
    assert person.language == "fr"


async def test_an_unknown_language_is_refused(database: Database) -> None:
    with pytest.raises(LookupError):
        async with database.write() as session:
            await people.set_language(session, GP, "de", now=NOON)


async def test_consent_is_recorded_with_version_and_time(database: Database) -> None:
    async with database.write() as session:
        told = await people.record_consent(session, GP, version="2026-01", now=NOON)
    async with database.read() as session:
        assert await people.find_person(session, GP) == told
    assert (told.consent_version, told.consent_at) == ("2026-01", NOON)


async def test_consent_given_twice_counts_from_the_first_time(database: Database) -> None:
    """A replay of the same update must not move the moment, nor write a second line into the trail."""
    for minute in (0, 9):
        async with database.write() as session:
            person = await people.record_consent(session, GP, version="2026-01", now=at(minute))
    assert person.consent_at == NOON
    async with database.read() as session:
        assert await session.scalar(select(func.count()).select_from(AuditRow)) == 1


async def test_a_new_text_is_accepted_anew(database: Database) -> None:
    for minute, version in ((0, "2026-01"), (9, "2026-02")):
        async with database.write() as session:
            person = await people.record_consent(session, GP, version=version, now=at(minute))
    assert (person.consent_version, person.consent_at) == ("2026-02", at(9))


async def test_forgetting_deletes_one_link_and_says_so(database: Database) -> None:
    async with database.write() as session:
        await people.ensure_person(session, GP, now=NOON)
        await people.ensure_person(session, OTHER, now=NOON)
    async with database.write() as session:
        assert await people.forget_person(session, GP) is True
    async with database.write() as session:
        assert await people.forget_person(session, GP) is False
    async with database.read() as session:
        assert (await session.scalars(select(LinkRow.user_ref))).all() == [OTHER]


async def test_who_comes_back_after_being_forgotten_is_someone_else(database: Database) -> None:
    async with database.write() as session:
        before = await people.record_consent(session, GP, version="2026-01", now=NOON)
    async with database.write() as session:
        await people.forget_person(session, GP)
    async with database.write() as session:
        after = await people.ensure_person(session, GP, now=at(1))
    assert after.subject != before.subject
    assert after.consent_version is None


async def test_consent_stands_in_the_trail_by_subject_number_only(database: Database) -> None:
    async with database.write() as session:
        person = await people.record_consent(session, GP, version="2026-01", now=NOON)
    async with database.read() as session:
        row = (await session.scalars(select(AuditRow))).one()
        assert (await audit.verify(session)).entries == 1
    assert (row.kind, row.subject, row.payload) == ("consent", person.subject, '{"version":"2026-01"}')
