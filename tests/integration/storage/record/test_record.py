"""The sender's record on both databases: what hangs on the link, what is erased, what two do at once."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from storage.database.errors import AuditBroken, Conflict, ReadOnly
from storage.database.sessions import Database
from storage.erasures import Journal, erase_person, hash_subject, list_idle
from storage.record import answers, audit, cases, followed_photos, lesions, people
from storage.record.asks import Ask, ask, find_ask
from storage.record.audit_lesions import compare_lesions
from storage.record.patient_contexts import PatientRevision, SealedPatient, keep_patient
from storage.record.reminders import Reminder, add_reminder, drop_reminder, list_due, list_reminders
from tests.support.records import NOON, at, new_case

USER, OTHER = b"r" * 32, b"o" * 32


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "erasures")


async def add_case(database: Database, user_ref: bytes = USER, turn_key: str = "turn-1") -> cases.Case:
    async with database.write() as session:
        person = await people.record_consent(session, user_ref, version="1", now=NOON)
        return await cases.add_case(session, new_case(turn_key, subject=person.subject), now=NOON)


async def fill(database: Database) -> cases.Case:
    """Everything that can hang on a link."""
    case = await add_case(database)
    async with database.write() as session:
        lesion = await lesions.follow_case(session, case.id, subject=case.subject, words=24, now=NOON)
        await lesions.set_own_words(session, lesion, subject=case.subject, own_words=b"sealed", now=NOON)
        await answers.keep_photo_files(
            session, case.number, subject=case.subject, files=b"sealed", expires_at=at(60)
        )
        message = answers.CaseMessage(key="turn-1:answer", case_number=case.number, kind="answer")
        await answers.keep_message(session, message, subject=case.subject, now=NOON)
        await answers.keep_message(session, message, subject=case.subject, now=NOON)
        await followed_photos.keep_photos(session, lesion, subject=case.subject, now=NOON)
        await add_reminder(session, reminder_of(case), now=NOON)
        told = SealedPatient(answers=b"sealed", reference=b"sealed", reference_ref=b"r" * 32)
        revision = PatientRevision(kept=told)
        await keep_patient(session, case.number, subject=case.subject, revision=revision, now=NOON)
        await ask(session, case.subject, Ask(topic="lesion", argument=case.number, asked_at=NOON))
    return case


def reminder_of(case: cases.Case) -> Reminder:
    return Reminder(
        id=0, subject=case.subject, case_number=case.number, due_at=at(60), chat=b"sealed", language="en"
    )


async def count(database: Database, table: str) -> int:
    async with database.read() as session:
        return int(await session.scalar(text(f"SELECT count(*) FROM {table}")) or 0)


async def test_forgetting_takes_all_that_hangs_on_the_link_and_leaves_the_figures(
    database: Database, journal: Journal
) -> None:
    case = await fill(database)
    async with database.write() as session:
        assert await erase_person(session, USER, journal=journal, now=NOON) == case.subject
    for table in (
        *("links", "lesions", "lesion_cases", "lesion_files", "photo_files"),
        *("case_messages", "reminders", "asks", "patient_contexts"),
    ):
        assert await count(database, table) == 0, table
    assert await count(database, "cases") == 1
    async with database.read() as session:
        await audit.verify(session)
    assert journal.read() == {hash_subject(case.subject)}


async def test_nobody_is_forgotten_whose_erasure_cannot_be_noted(database: Database, tmp_path: Path) -> None:
    await fill(database)
    with pytest.raises(ReadOnly):
        async with database.write() as session:
            await erase_person(session, USER, journal=Journal(tmp_path), now=NOON)
    assert await count(database, "links") == 1
    assert await count(database, "reminders") == 1


async def test_a_backup_brings_nobody_back(database: Database, journal: Journal) -> None:
    case = await fill(database)
    await add_case(database, OTHER, "turn-2")
    journal.note(case.subject)
    async with database.write() as session:
        assert await journal.replay(session, now=NOON) == 1
        assert await people.find_person(session, USER) is None
        assert await people.find_person(session, OTHER) is not None


async def test_only_who_is_idle_and_has_nothing_open_is_listed(database: Database) -> None:
    await fill(database)
    case = await add_case(database, OTHER, "turn-2")
    async with database.read() as session:
        assert await list_idle(session, before=NOON) == []
        assert await list_idle(session, before=at(1)) == [(OTHER, case.subject)]


async def test_two_answers_from_the_same_state_never_both_count(database: Database) -> None:
    case = await add_case(database)

    async def answer(skin_type: int) -> bool:
        revision = answers.Revision(
            seen=case.context,
            context={"skin_type": skin_type},
            level="moderate",
            reasons=("score_moderate",),
            photo_levels=("moderate",),
        )
        try:
            async with database.write() as session:
                await answers.revise_case(
                    session, case.number, subject=case.subject, revision=revision, now=NOON
                )
        except Conflict:
            return False
        return True

    won = await asyncio.gather(*(answer(skin_type) for skin_type in range(1, 7)))
    assert won.count(True) == 1
    async with database.read() as session:
        after = await cases.get_case(session, case.number, subject=case.subject)
        assert after is not None
        assert after.context == {"skin_type": won.index(True) + 1}
        await audit.verify(session)


async def test_the_answers_of_someone_elses_case_are_refused(database: Database) -> None:
    case = await add_case(database)
    revision = answers.Revision(seen=case.context, context={}, level="low", reasons=(), photo_levels=("low",))
    with pytest.raises(Conflict):
        async with database.write() as session:
            await answers.revise_case(session, case.number, subject="2222-2222", revision=revision, now=NOON)


async def test_a_reminder_is_due_once_and_one_a_case(database: Database) -> None:
    case = await fill(database)
    async with database.write() as session:
        await add_reminder(session, reminder_of(case), now=NOON)
        (reminder,) = await list_reminders(session, case.subject)
        assert await list_due(session, now=at(59)) == []
        assert await list_due(session, now=at(60)) == [reminder]
        assert not await drop_reminder(session, reminder.id, subject="2222-2222")
        assert await drop_reminder(session, reminder.id, subject=case.subject)
        assert not await drop_reminder(session, reminder.id, subject=case.subject)


async def test_a_lesion_without_a_case_is_erased_and_labels_never_repeat(database: Database) -> None:
    first, second = await add_case(database), await add_case(database, turn_key="turn-2")
    subject = first.subject
    async with database.write() as session:
        for case in (first, second):
            await lesions.follow_case(session, case.id, subject=subject, words=2, now=NOON)
        (one, _), (two, _) = await lesions.list_lesions(session, subject)
        assert (one.first_word, one.second_word) != (two.first_word, two.second_word)
        assert await lesions.join_lesion(session, second.id, subject=subject, lesion_id=two.id, now=NOON)
        assert [cases for _, cases in await lesions.list_lesions(session, subject)] == [2]
        found = await lesions.list_cases_of_lesion(session, two.id, subject=subject)
        assert [each.number for each in found] == [first.number, second.number]
        assert not await lesions.join_lesion(
            session, second.id, subject="2222-2222", lesion_id=two.id, now=NOON
        )
        for case in (first, second):
            await lesions.leave_lesion(session, case.id, subject=subject, now=NOON)
        assert await lesions.list_lesions(session, subject) == []


async def test_labels_run_out_with_a_clear_error(database: Database) -> None:
    first, second = await add_case(database), await add_case(database, turn_key="turn-2")
    async with database.write() as session:
        await lesions.follow_case(session, first.id, subject=first.subject, words=1, now=NOON)
        with pytest.raises(Conflict):
            await lesions.follow_case(session, second.id, subject=first.subject, words=1, now=NOON)


async def test_what_is_no_longer_needed_expires(database: Database) -> None:
    case = await fill(database)
    async with database.write() as session:
        found = await answers.find_photo_files(session, case.number, subject=case.subject, now=at(59))
        assert found == b"sealed"
        assert await answers.find_photo_files(session, case.number, subject=case.subject, now=at(60)) is None
        assert await answers.expire_photo_files(session, now=at(60)) == 1
        assert await answers.expire_messages(session, before=NOON) == 0
        assert await answers.expire_messages(session, before=NOON + timedelta(seconds=1)) == 1


async def test_a_later_question_takes_the_place_of_an_earlier_one(database: Database) -> None:
    case = await fill(database)
    later = Ask(topic="comment", argument="7", asked_at=at(1))
    async with database.write() as session:
        await ask(session, case.subject, later)
        assert await find_ask(session, case.subject) == later


async def test_photos_are_followed_from_the_agreement_until_24_months_after_the_last_one(
    database: Database,
) -> None:
    case = await fill(database)
    subject, later = case.subject, NOON + timedelta(days=300)
    async with database.write() as session:
        newer = await cases.add_case(session, new_case("turn-2", subject=subject), now=later)
        await answers.keep_photo_files(
            session, newer.number, subject=subject, files=b"newer", expires_at=later + timedelta(days=2)
        )
        (lesion, _), *_ = await lesions.list_lesions(session, subject)
        await lesions.join_lesion(session, newer.id, subject=subject, lesion_id=lesion.id, now=later)
    async with database.write() as session:
        assert await followed_photos.list_followed(session, lesion.id) == {
            case.id: b"sealed",
            newer.id: b"newer",
        }
        await answers.expire_photo_files(session, now=later + timedelta(days=9))
        await followed_photos.expire_followed(session, now=later + timedelta(days=729))
        assert len(await followed_photos.list_followed(session, lesion.id)) == 2
        await lesions.leave_lesion(session, newer.id, subject=subject, now=later)
        assert await followed_photos.list_followed(session, lesion.id) == {case.id: b"sealed"}
    assert await count(database, "lesion_files") == 1
    async with database.write() as session:
        assert await followed_photos.expire_followed(session, now=NOON + timedelta(days=729)) == 0
        assert await followed_photos.expire_followed(session, now=NOON + timedelta(days=730)) == 1
        await compare_lesions(session)
    assert await count(database, "lesion_files") == 0


async def test_an_agreement_that_was_put_in_by_hand_breaks_the_comparison(database: Database) -> None:
    case = await fill(database)
    async with database.write() as session:
        await compare_lesions(session)
        (lesion, _), *_ = await lesions.list_lesions(session, case.subject)
        await followed_photos.stop_keeping(session, lesion.id, subject=case.subject, now=at(1))
        await compare_lesions(session)
        await session.execute(text("UPDATE lesions SET agreed_at = created_at"))
    async with database.read() as session:
        with pytest.raises(AuditBroken, match="agreement"):
            await compare_lesions(session)
