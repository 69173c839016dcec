"""`nevus audit verify`: what a history, an export or the statistics show must match the trail."""

import json
from collections.abc import Awaitable, Callable
from datetime import UTC
from pathlib import Path

import pytest
from sqlalchemy import text

from storage.clinic import claims, referrals, verdicts
from storage.clinic.audit_referrals import compare_referrals
from storage.clinic.cards import withdraw_referral
from storage.clinic.referrals import NewReferral
from storage.clinic.tables import ClinicRow
from storage.clinic.verdicts import NewVerdict
from storage.database.errors import AuditBroken
from storage.database.sessions import Database, WriteSession
from storage.erasures import Journal, erase_person
from storage.record import audit, people
from storage.record.answers import Revision, revise_case
from storage.record.audit import read_snapshot, verify
from storage.record.audit_record import compare_cases
from storage.record.cases import add_case, split_case
from tests.support.records import NOON, at, new_case, new_photo

SENDER, DOCTOR = b"s" * 32, b"d" * 32
OLD_KINDS = "('case', 'context', 'consent', 'claim', 'verdict', 'referral')"
NEW_KEYS = ("language", "context", "referral", "sealed", "photo_levels")
NEW_PHOTO_KEYS = ("domain", "malignant_probability", "findings", "lesion_count")


async def write_record(database: Database) -> str:
    """One sender: an answered case with a comment, a split album, a case that changed; their subject."""
    async with database.write() as session:
        person = await people.record_consent(session, SENDER, version="1", now=NOON)
        for number in ("one", "two"):
            case = new_case(number, number=f"N-{number}", subject=person.subject)
            await add_case(session, case, now=NOON)
        photos = (new_photo(), new_photo(photo_hash="6d" * 32, level="low"))
        album = new_case("album", number="N-album", subject=person.subject, photos=photos)
        await add_case(session, album, now=NOON)
    async with database.write() as session:
        await _split(session, person.subject)
        await _change(session, person.subject)
        await _refer(session, person.subject, "token1", "N-one")
        await verdicts.add_verdict(
            session, "token1", NewVerdict(kind="monitor", months=3), claimer_ref=DOCTOR, now=at(30)
        )
        said = NewVerdict(kind="comment", comment=b"sealed words", words="words")
        await verdicts.add_verdict(session, "token1", said, claimer_ref=DOCTOR, now=at(31))
    return person.subject


async def _split(session: WriteSession, subject: str) -> None:
    parts = [
        new_case(f"part{place}", number=f"N-part{place}", subject=subject, photos=(new_photo(level="low"),))
        for place in (1, 2)
    ]
    await split_case(session, "N-album", subject=subject, cases=parts, now=at(5))


async def _change(session: WriteSession, subject: str) -> None:
    change = Revision(
        seen={"skin_type": 2, "under_18": False},
        context={"skin_type": 1},
        level="high",
        reasons=("red_flag",),
        photo_levels=("high",),
    )
    await revise_case(session, "N-two", subject=subject, revision=change, now=at(6))


async def _refer(session: WriteSession, subject: str, token: str, number: str) -> None:
    clinic = ClinicRow(
        title=b"t", chat=b"c", chat_ref=token.encode().ljust(32), kind="group", language="en", created_at=NOON
    )
    session.add(clinic)
    await session.flush()
    new = NewReferral(
        token=token,
        case_number=number,
        subject=subject,
        clinic_id=clinic.id,
        level="moderate",
        language="en",
        due_at=at(600),
        reply_chat=b"sealed",
        details=b"sealed",
    )
    await referrals.add_referral(session, new, now=at(10))
    await claims.claim_referral(session, token, claimer_ref=DOCTOR, claimer=b"sealed", now=at(20))


async def compare(database: Database) -> tuple[int, int]:
    async with read_snapshot(database) as session:
        await verify(session)
        return await compare_cases(session), await compare_referrals(session)


async def run_sql(database: Database, statement: str) -> None:
    async with database.write() as session:
        await session.execute(text(statement))


TAMPERING = (
    "UPDATE cases SET level = 'low' WHERE number = 'N-one'",
    "UPDATE cases SET level = 'low' WHERE number = 'N-two'",
    "UPDATE cases SET model_level = 'low' WHERE number = 'N-one'",
    "UPDATE cases SET reasons = '[]' WHERE number = 'N-one'",
    "UPDATE cases SET reasons = '[\"score_moderate\"]' WHERE number = 'N-two'",
    "UPDATE cases SET subject = '2222-2222' WHERE number = 'N-one'",
    "UPDATE cases SET created_at = '2020-01-01 00:00:00.000000' WHERE number = 'N-one'",
    "UPDATE cases SET number = 'N-other' WHERE number = 'N-part1'",
    "UPDATE cases SET split_at = NULL WHERE number = 'N-album'",
    "UPDATE cases SET versions = '{}' WHERE number = 'N-one'",
    "UPDATE cases SET context = '{\"skin_type\": 6}' WHERE number = 'N-two'",
    "UPDATE photos SET probability = 0.01 WHERE id = 1",
    "UPDATE photos SET level = 'low' WHERE id = 1",
    "UPDATE opinions SET probability = 0.01 WHERE id = 1",
    "UPDATE opinions SET malignant_probability = 0.01 WHERE id = 1",
    "DELETE FROM cases WHERE number = 'N-one'",
    "DELETE FROM cases WHERE number = 'N-part2'",
    "DELETE FROM photos WHERE id = 1",
    "DELETE FROM opinions WHERE id = 1",
    "UPDATE referrals SET subject = '2222-2222'",
    "UPDATE referrals SET asked_at = '2020-01-01 00:00:00.000000'",
    "UPDATE referrals SET claimed_at = '2020-01-01 00:00:00.000000'",
    "UPDATE referrals SET answered_at = '2020-01-01 00:00:00.000000'",
    "UPDATE referrals SET state = 'open'",
    "UPDATE verdicts SET kind = 'benign' WHERE id = 1",
    "UPDATE verdicts SET months = 6 WHERE id = 1",
    "UPDATE verdicts SET level = 'low' WHERE id = 1",
    "UPDATE verdicts SET at = '2020-01-01 00:00:00.000000' WHERE id = 1",
    "UPDATE verdicts SET comment = NULL WHERE id = 2",
    "DELETE FROM verdicts WHERE id = 1",
    "DELETE FROM verdicts WHERE id = 2",
    "DELETE FROM referrals",
)
NOT_IN_OLD_TRAILS = (
    "UPDATE cases SET language = 'fr' WHERE number = 'N-one'",
    "UPDATE cases SET context = '{}' WHERE number = 'N-one'",
    "UPDATE cases SET split_at = '2026-03-01 12:00:00.000000' WHERE number = 'N-one'",
    "UPDATE photos SET domain = 'clinical' WHERE id = 1",
    "UPDATE photos SET malignant_probability = 0.01 WHERE id = 1",
    "UPDATE photos SET findings = '{}' WHERE id = 1",
    "UPDATE photos SET lesion_count = 3 WHERE id = 1",
    "UPDATE referrals SET level = 'low'",
    "UPDATE verdicts SET comment = '{other}' WHERE id = 2",
)


async def test_an_untouched_record_matches(database: Database) -> None:
    await write_record(database)
    assert await compare(database) == (5, 1)


@pytest.mark.parametrize("tampering", [*TAMPERING, *NOT_IN_OLD_TRAILS])
async def test_a_change_by_hand_is_reported(database: Database, tampering: str) -> None:
    await write_record(database)
    other = "x'0000'" if database.is_sqlite else r"'\x0000'"
    statement = tampering.replace("'{other}'", other)
    await run_sql(database, statement)
    with pytest.raises(AuditBroken):
        await compare(database)


async def test_a_person_can_be_forgotten_and_the_trail_still_holds(
    database: Database, tmp_path: Path
) -> None:
    """Link, comment and open referral go; the cases stay and count."""
    subject = await write_record(database)
    async with database.write() as session:
        await _refer(session, subject, "token2", "N-two")
    journal = Journal(tmp_path / "erasures")
    async with database.write() as session:
        assert await erase_person(session, SENDER, journal=journal, now=at(60)) == subject
    assert await compare(database) == (5, 2)
    async with database.read() as session:
        link = await session.scalar(text("SELECT count(*) FROM links"))
        comments = await session.scalar(text("SELECT count(*) FROM verdicts WHERE comment IS NOT NULL"))
    assert (link, comments) == (0, 0)
    await run_sql(database, "UPDATE cases SET level = 'low' WHERE number = 'N-one'")
    with pytest.raises(AuditBroken, match=r"Case N-one does not match the audit trail: level\."):
        await compare(database)


Step = Callable[[WriteSession, str], Awaitable[object]]
STEPS: dict[str, tuple[Step, str]] = {
    "released": (lambda session, token: claims.release_overdue(session, token, now=at(700)), "open"),
    "withdrawn": (lambda session, token: withdraw_referral(session, token, now=at(30)), "withdrawn"),
    "claimer forgotten": (
        lambda session, _: referrals.erase_for_subject(session, "2222-2222", (DOCTOR,), now=at(30)),
        "open",
    ),
}


@pytest.mark.parametrize("name", STEPS)
async def test_a_state_that_no_entry_explains_is_reported(database: Database, name: str) -> None:
    subject = await write_record(database)
    step, state = STEPS[name]
    async with database.write() as session:
        await _refer(session, subject, "token2", "N-two")
        await referrals.change_level(session, "token2", level="high", due_at=at(99), now=at(25))
        await step(session, "token2")
    assert await compare(database) == (5, 2)
    other = "claimed" if state == "open" else "open"
    await run_sql(database, f"UPDATE referrals SET state = '{other}' WHERE token = 'token2'")
    with pytest.raises(AuditBroken, match="state"):
        await compare(database)


async def test_a_correction_of_an_older_referral_belongs_to_it(database: Database) -> None:
    subject = await write_record(database)
    async with database.write() as session:
        await _refer(session, subject, "token2", "N-one")
        await verdicts.add_verdict(
            session, "token1", NewVerdict(kind="urgent"), claimer_ref=DOCTOR, now=at(70)
        )
    assert await compare(database) == (5, 2)


async def age_trail(database: Database) -> None:
    """Rewrite the trail as version 0.1 would have written it."""
    async with database.write() as session:
        await session.execute(text(f"DELETE FROM audit WHERE kind NOT IN {OLD_KINDS}"))
        rows = (await session.execute(audit._LINES)).all()
        head = audit.START
        for row in rows:
            payload = json.loads(row.payload)
            for key in NEW_KEYS if row.kind != "context" else ("photo_levels",):
                payload.pop(key, None)
            for photo in payload.get("photos", ()):
                for key in NEW_PHOTO_KEYS:
                    del photo[key]
            old = audit.canonical_json(payload)
            digest = audit._hash(head, (row.kind, row.subject, row.case_number, old), row.at.astimezone(UTC))
            values = {"old": old, "previous": head, "hash": digest, "id": row.id}
            await session.execute(
                text(
                    "UPDATE audit SET payload = :old, previous_hash = :previous, hash = :hash WHERE id = :id"
                ),
                values,
            )
            head = digest


async def test_a_trail_of_the_previous_version_still_verifies(database: Database) -> None:
    """Also with a case that is written, changed or split by this version afterwards."""
    subject = await write_record(database)
    await age_trail(database)
    assert await compare(database) == (5, 1)
    async with database.write() as session:
        await add_case(session, new_case("new", number="N-new", subject=subject), now=at(90))
        await split_case(session, "N-one", subject=subject, cases=[], now=at(91))
    assert await compare(database) == (6, 1)


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("tampering", TAMPERING)
async def test_a_change_by_hand_is_reported_in_an_old_trail(database: Database, tampering: str) -> None:
    """What version 0.1 noted is compared; context of an unchanged case, for one, it did not note."""
    await write_record(database)
    await age_trail(database)
    await run_sql(database, tampering)
    with pytest.raises(AuditBroken):
        await compare(database)
