"""`nevus audit verify`: lesions, consents and memberships of known people must match the trail."""

from pathlib import Path

import pytest
from sqlalchemy import select, text

from storage.clinic import members
from storage.clinic.audit_people import compare_people
from storage.clinic.members import NewInvite
from storage.clinic.tables import ClinicRow
from storage.database.errors import AuditBroken
from storage.database.sessions import Database, WriteSession
from storage.erasures import Journal, erase_person
from storage.record import lesions, people
from storage.record.audit import read_snapshot, verify
from storage.record.audit_lesions import compare_lesions
from storage.record.cases import Case, add_case
from tests.support.records import NOON, at, new_case

SENDER = b"s" * 32


async def compare(database: Database) -> tuple[int, int]:
    async with read_snapshot(database) as session:
        await verify(session)
        return await compare_lesions(session), await compare_people(session)


async def run_sql(database: Database, statement: str) -> None:
    async with database.write() as session:
        await session.execute(text(statement))


async def follow(database: Database) -> Case:
    """A case that shows a lesion with own words."""
    async with database.write() as session:
        person = await people.record_consent(session, SENDER, version="1", now=NOON)
        case = await add_case(session, new_case(subject=person.subject), now=NOON)
        lesion = await lesions.follow_case(session, case.id, subject=case.subject, words=9, now=NOON)
        await lesions.set_own_words(session, lesion, subject=case.subject, own_words=b"sealed", now=NOON)
    return case


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE lesions SET first_word = first_word + 1",
        "UPDATE lesions SET own_words = NULL",
        "DELETE FROM lesion_cases",
    ],
)
async def test_a_lesion_changed_by_hand_is_reported(database: Database, tampering: str) -> None:
    await follow(database)
    assert await compare(database) == (1, 1)
    await run_sql(database, tampering)
    with pytest.raises(AuditBroken, match="lesion"):
        await compare(database)


async def test_a_lesion_goes_with_its_owner(database: Database, tmp_path: Path) -> None:
    case = await follow(database)
    async with database.write() as session:
        await lesions.leave_lesion(session, case.id, subject=case.subject, now=at(1))
        await lesions.follow_case(session, case.id, subject=case.subject, words=1, now=at(2))
    assert await compare(database) == (1, 1)
    async with database.write() as session:
        await erase_person(session, SENDER, journal=Journal(tmp_path / "erasures"), now=at(3))
    assert await compare(database) == (0, 0)


async def join(database: Database, time: str) -> str:
    """A sender who changed clinics, and a dermatologist who was removed: one person."""
    async with database.write() as session:
        person = await people.record_consent(session, SENDER, version="1", now=NOON)
        parts = (("sender", "a", 1), ("sender", "b", 2), ("dermatologist", "b", 3))
        for minutes, (role, name, step) in enumerate(parts, start=1):
            clinic = await _find_or_add_clinic(session, name)
            token = f"{time} {role} {step}"
            invite = NewInvite(token=token, clinic_id=clinic, role=role, expires_at=at(900))  # type: ignore[arg-type]
            await members.add_invite(session, invite, now=NOON)
            await members.redeem_invite(session, token, subject=person.subject, now=at(minutes))
        part = (await members.list_parts(session, person.subject))[-1]
        await members.revoke_member(session, part, now=at(9))
    return person.subject


async def _find_or_add_clinic(session: WriteSession, name: str) -> int:
    ref = name.encode().ljust(32)
    known = await session.scalar(select(ClinicRow.id).where(ClinicRow.chat_ref == ref))
    if known is not None:
        return known
    clinic = ClinicRow(title=b"t", chat=b"c", chat_ref=ref, kind="group", language="en", created_at=NOON)
    session.add(clinic)
    await session.flush()
    return clinic.id


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE links SET consent_version = '2'",
        "UPDATE links SET consent_version = NULL, consent_at = NULL",
        "UPDATE links SET consent_at = '2020-01-01 00:00:00.000000'",
        "UPDATE members SET since = '2020-01-01 00:00:00.000000' WHERE id = 2",
        "UPDATE members SET revoked_at = '2020-01-01 00:00:00.000000' WHERE id = 1",
        "DELETE FROM members WHERE id = 2",
    ],
)
async def test_a_consent_or_membership_changed_by_hand_is_reported(
    database: Database, tampering: str
) -> None:
    await join(database, "first")
    assert await compare(database) == (0, 1)
    await run_sql(database, tampering)
    with pytest.raises(AuditBroken, match=r"The consent|A membership"):
        await compare(database)


async def test_someone_who_comes_back_after_forgetting_starts_with_a_new_trail(
    database: Database, tmp_path: Path
) -> None:
    await join(database, "first")
    async with database.write() as session:
        await erase_person(session, SENDER, journal=Journal(tmp_path / "erasures"), now=at(60))
    await join(database, "second")
    assert await compare(database) == (0, 1)
