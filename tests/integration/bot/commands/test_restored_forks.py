"""After a restore what others changed since stays so, even if the present record is older."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text

from storage.clinic.group_messages import GroupMessage, keep_group_message
from storage.clinic.referrals import find_latest
from storage.database.sessions import Database, WriteSession
from storage.record.audit import AuditEntry, append
from storage.record.lesions import leave_lesion, set_own_words
from storage.record.patient_contexts import (
    NOTHING,
    PatientRevision,
    SealedPatient,
    find_patient,
    keep_patient,
)
from tests.integration.bot.clinic.test_claims import press
from tests.integration.bot.commands.test_restored_requests import ANN, Present, present
from tests.support.offline import Chat, Sender
from tests.support.records import GROUP
from tests.support.senders import GP, LOW, OTHER, accept_terms, send_photo

__all__ = ("present",)
pytestmark = [pytest.mark.backends("sqlite"), pytest.mark.usefixtures("clinic")]

BOB = Sender(7_311_072, group_id=GROUP)


async def test_an_answer_is_kept_if_who_claimed_it_first_was_forgotten_since(present: Present) -> None:
    chat = present.chat
    chat.request.standing[BOB.user_id] = "member"
    await accept_terms(chat, Sender(ANN.user_id))
    _, number = await present.ask_clinic(GP)
    async with chat.database.read() as session:
        asked = await find_latest(session, number)
    assert asked is not None
    await press(chat, ANN, f"v:{asked.token}:claim")
    backup = present.back_up()
    await chat.take(chat.press(Sender(ANN.user_id), "f:yes"))
    async with chat.database.read() as session:
        freed = await find_latest(session, number)
        assert freed is not None
        assert freed.state == "open"
    await press(chat, BOB, f"v:{asked.token}:claim")
    await press(chat, BOB, f"v:{asked.token}:urgent")
    async with present.restore(backup) as (restored, carried), restored.read() as session:
        assert (carried.cases.numbers, carried.cases.left) == ({number}, [])
        found = await find_latest(session, number)
        assert found is not None
        assert found.state == "answered"


async def test_a_lesion_that_was_left_since_keeps_no_photos_though_another_was_forgotten(
    present: Present,
) -> None:
    chat, now = present.chat, present.chat._now
    await accept_terms(chat, GP, OTHER)
    case, _ = await send_photo(chat, LOW)
    for step in ("n", "agree"):
        await chat.take(chat.press(GP, f"o:{case.number}:{step}"))
    backup = present.back_up()
    await present.write(lambda session: leave_lesion(session, case.id, subject=case.subject, now=now))
    await chat.take(chat.press(OTHER, "f:yes"))
    async with present.restore(backup) as (restored, carried), restored.read() as session:
        assert carried.stopped == 1
        assert await session.scalar(text("SELECT agreed_at FROM lesions")) is None


async def test_undoing_a_restore_loses_nothing_of_the_record(present: Present) -> None:
    chat, now = present.chat, present.chat._now
    await accept_terms(chat, GP)
    case, _ = await send_photo(chat, LOW)
    backup = present.back_up()
    for step in ("n", "agree"):
        await chat.take(chat.press(GP, f"o:{case.number}:{step}"))
    lesion_id = await present.write(lambda session: session.scalar(text("SELECT id FROM lesions")))
    await present.write(
        lambda session: set_own_words(session, lesion_id, subject=case.subject, own_words=b"sealed", now=now)
    )
    await accept_terms(chat, OTHER)
    undo = present.back_up("undo")
    async with present.restore(backup) as (restored, _):
        later = Present(Chat(restored, present.keyring), present.folder)
        async with later.restore(undo) as (newest, _), newest.read() as session:
            assert await session.scalar(text("SELECT own_words FROM lesions")) == b"sealed"
            assert await session.scalar(text("SELECT count(*) FROM lesion_files")) == 1


async def test_what_was_taken_back_after_a_restore_stays_so_when_it_is_undone(present: Present) -> None:
    """Also of a case that changed in the previous record since the backup."""
    chat, now = present.chat, present.chat._now
    await accept_terms(chat, GP)
    case, _ = await send_photo(chat, LOW)
    number, subject = case.number, case.subject
    said = SealedPatient(answers=b"sealed")

    async def change(session: WriteSession) -> None:
        entry = AuditEntry(kind="any", subject=subject, case_number=number, payload={})
        await append(session, entry, now=now)

    def revise(seen: SealedPatient, kept: SealedPatient) -> Callable[[WriteSession], Any]:
        revision = PatientRevision(seen=seen, kept=kept)
        return lambda session: keep_patient(session, number, subject=subject, revision=revision, now=now)

    await present.write(revise(NOTHING, said))
    backup = present.back_up()
    await present.write(change)
    undo = present.back_up("undo")
    async with present.restore(backup) as (restored, _):
        later = Present(Chat(restored, present.keyring), present.folder)
        await later.write(revise(said, NOTHING))
        async with later.restore(undo) as (newest, _), newest.read() as session:
            assert await find_patient(session, number, subject=subject) == NOTHING


async def test_a_message_in_a_group_that_is_not_known_here_leaves_its_case(present: Present) -> None:
    """Both records gave the number of a clinic to different groups, so that a third group has no place."""
    chat, now = present.chat, present.chat._now
    await accept_terms(chat, GP)
    case, _ = await send_photo(chat, LOW)
    backup = present.back_up()
    add = (
        "INSERT INTO clinics (id, title, chat, chat_ref, kind, language, state, has_list, created_at) "
        "SELECT :id, title, chat, :ref, kind, language, state, has_list, :at FROM clinics WHERE id = 1"
    )
    other = Database(f"sqlite:///{backup}")
    async with other.write() as session:
        await session.execute(text(add), {"id": 2, "ref": b"third", "at": "2026-01-01 00:00:00.000000"})
    await other.close()
    fork = Present(Chat(Database(f"sqlite:///{backup}"), present.keyring), present.folder)
    async with fork.chat.application:
        await accept_terms(fork.chat, OTHER)
    await fork.chat.database.close()

    async def post(session: WriteSession) -> None:
        await session.execute(text(add), {"id": 2, "ref": b"second", "at": "2026-01-02 00:00:00.000000"})
        await session.execute(text(add), {"id": 3, "ref": b"third", "at": "2026-01-03 00:00:00.000000"})
        for clinic_id in (2, 3):
            message = GroupMessage(
                key=f"turn:{clinic_id}",
                subject=case.subject,
                clinic_id=clinic_id,
                case_number=case.number,
                kind="card",
            )
            await keep_group_message(session, message, now=now)

    await present.write(post)
    await accept_terms(chat, Sender(ANN.user_id))
    async with present.restore(backup) as (restored, carried), restored.read() as session:
        assert carried.is_related
        assert carried.cases.left == [case.number]
        assert await session.scalar(text("SELECT count(*) FROM group_messages")) == 0
