"""What is kept of patients: found by case and by reference, written once, audited, absent from research."""

from pathlib import Path

import pytest
from sqlalchemy import text

from storage.database.errors import AuditBroken, Conflict
from storage.database.sessions import Database
from storage.erasures import Journal, erase_person
from storage.record import patient_contexts, people
from storage.record.audit import read_snapshot, verify
from storage.record.cases import Case, add_case
from storage.record.patient_contexts import NOTHING, PatientRevision, SealedPatient, compare_patient_contexts
from storage.research import read_photos
from tests.support.records import NOON, new_case

USER = b"p" * 32
ANSWERED = SealedPatient(answers=b"sealed answers")
NAMED = SealedPatient(answers=b"sealed answers", reference=b"sealed name", reference_ref=b"h" * 32)


async def keep(
    database: Database, kept: SealedPatient, *, seen: SealedPatient = NOTHING, case: Case | None = None
) -> Case:
    async with database.write() as session:
        if case is None:
            person = await people.record_consent(session, USER, version="1", now=NOON)
            case = await add_case(session, new_case(subject=person.subject), now=NOON)
        revision = PatientRevision(kept=kept, seen=seen)
        await patient_contexts.keep_patient(
            session, case.number, subject=case.subject, revision=revision, now=NOON
        )
    return case


async def compare(database: Database) -> int:
    async with read_snapshot(database) as session:
        await verify(session)
        return await compare_patient_contexts(session)


async def test_it_is_found_by_case_and_by_reference_of_its_owner(database: Database) -> None:
    case = await keep(database, NAMED)
    async with database.read() as session:
        find = patient_contexts.find_patient
        assert await find(session, case.number, subject=case.subject) == NAMED
        assert await find(session, case.number, subject="2222-2222") == NOTHING
        refs = [b"x" * 32, b"h" * 32]
        by_ref = patient_contexts.list_numbers_of_reference
        assert await by_ref(session, refs, subject=case.subject) == [case.number]
        assert await by_ref(session, refs, subject="2222-2222") == []
        assert await by_ref(session, refs[:1], subject=case.subject) == []


async def test_of_two_changes_at_once_the_second_is_made_again(database: Database) -> None:
    case = await keep(database, ANSWERED)
    with pytest.raises(Conflict):
        await keep(database, NAMED, case=case)
    await keep(database, NAMED, seen=ANSWERED, case=case)
    await keep(database, NOTHING, seen=NAMED, case=case)
    async with database.read() as session:
        assert await patient_contexts.list_patients(session, subject=case.subject) == {}


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE patient_contexts SET answers = NULL",
        "UPDATE patient_contexts SET reference = NULL",
        "DELETE FROM patient_contexts",
    ],
)
async def test_a_change_by_hand_is_reported(database: Database, tampering: str) -> None:
    await keep(database, NAMED)
    assert await compare(database) == 1
    async with database.write() as session:
        await session.execute(text(tampering))
    with pytest.raises(AuditBroken, match="patient of case"):
        await compare(database)


async def test_a_forgotten_owner_takes_it_along_and_the_trail_still_fits(
    database: Database, tmp_path: Path
) -> None:
    await keep(database, NAMED)
    async with database.write() as session:
        await erase_person(session, USER, journal=Journal(tmp_path / "erasures"), now=NOON)
    assert await compare(database) == 0


async def test_research_rows_know_nothing_of_it(database: Database) -> None:
    case = await keep(database, NAMED)
    async with database.read() as session:
        rows = [row async for row in read_photos(session)]
    assert rows[0]["case"] == case.number
    assert not any(word in str(rows) for word in ("sealed", "reference", "patient"))
