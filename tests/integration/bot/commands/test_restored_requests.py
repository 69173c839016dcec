"""After a restore: what concerns other people is as in the present database, and the trail holds."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, text, update

from bot.cli import main
from bot.delivery.sealing import seal_message_id
from storage.clinic.audit_people import compare_people
from storage.clinic.audit_referrals import compare_referrals
from storage.clinic.group_messages import GroupMessage, keep_group_message
from storage.clinic.members import (
    NewInvite,
    add_invite,
    find_invite,
    grant_role,
    list_parts,
    redeem_invite,
    revoke_member,
)
from storage.clinic.outcomes import compare_outcomes
from storage.clinic.referrals import find_latest, list_waiting
from storage.clinic.tables import ReferralRow
from storage.database.backup import back_up
from storage.database.errors import Conflict
from storage.database.keys import Keyring
from storage.database.sessions import Database, WriteSession
from storage.erasures import FILE_NAME, Journal, erase_person
from storage.queues.tables import OutboxRow
from storage.record.audit import verify
from storage.record.audit_lesions import compare_lesions
from storage.record.audit_record import compare_cases
from storage.record.flag_closings import compare_closings
from storage.record.followed_photos import stop_keeping
from storage.record.patient_contexts import (
    NOTHING,
    PatientRevision,
    compare_patient_contexts,
    find_patient,
    keep_patient,
)
from storage.record.people import find_person
from storage.record.reminders import Reminder, add_reminder, list_reminders
from storage.restoring.carrying import CarriedOver, carry_over
from storage.restoring.queues import bring_queues
from storage.schema import migrate
from tests.integration.bot.clinic.test_album import ask
from tests.integration.bot.clinic.test_claims import press
from tests.support.offline import Chat, Sender
from tests.support.records import GROUP, clinic_row
from tests.support.senders import GP, HIGH, LOW, OTHER, accept_terms, own_cases, send_photo

pytestmark = [pytest.mark.backends("sqlite"), pytest.mark.usefixtures("clinic")]

ANN = Sender(7_311_071, group_id=GROUP)


@dataclass
class Present:
    """The database of today, and a backup of it."""

    chat: Chat
    folder: Path

    @property
    def keyring(self) -> Keyring:
        keyring: Keyring = self.chat.application.bot_data["services"].keyring
        return keyring

    def back_up(self, name: str = "backup") -> Path:
        path = Path(str(self.chat.database.url).removeprefix("sqlite:///"))
        back_up(path, self.folder / f"{name}.sqlite")
        return self.folder / f"{name}.sqlite"

    async def write(self, work: Callable[[WriteSession], Any]) -> Any:
        async with self.chat.database.write() as session:
            return await work(session)

    @asynccontextmanager
    async def restore(self, backup: Path) -> AsyncIterator[tuple[Database, CarriedOver]]:
        """The backup, brought to the present; its trail holds and fits the record."""
        restored = Database(f"sqlite:///{backup}")
        journal = Journal(self.folder / FILE_NAME)
        async with restored.write() as new, self.chat.database.read() as old:
            carried = await carry_over(old, new, journal=journal, now=self.chat._now)
            await bring_queues(old, new, is_carried=carried.cases.has_key)
        async with restored.read() as session:
            await verify(session)
            for compare in (
                compare_cases,
                compare_referrals,
                compare_lesions,
                compare_people,
                compare_outcomes,
                compare_closings,
                compare_patient_contexts,
            ):
                await compare(session)
        yield restored, carried
        await restored.close()

    async def ask_clinic(self, who: Sender) -> tuple[str, str]:
        """A request whose card is in the clinic's chat; its case's subject and number."""
        subject, number, _ = await ask(self.chat, who)
        await self.chat.take(self.chat.press(who, f"q:{number}:send", on_card=True))
        async with self.chat.database.read() as session:
            referral = await find_latest(session, number)
        assert referral is not None
        row = {"key": referral.card_key, "state": "sent", "priority": 0, "kind": "photo", "is_group": True}
        row |= {"created_at": 0.0, "message_id": seal_message_id(900, self.keyring)}
        await self.write(lambda session: session.execute(insert(OutboxRow).values(row)))
        return subject, number


@pytest.fixture
def present(chat: Chat, tmp_path: Path) -> Present:
    chat.request.standing = {ANN.user_id: "member"}
    return Present(chat, tmp_path)


async def test_a_request_made_since_is_known_with_its_case_and_its_card(present: Present) -> None:
    await accept_terms(present.chat, GP)
    before, _ = await send_photo(present.chat, LOW)
    backup = present.back_up()
    await send_photo(present.chat, HIGH)
    subject, number = await present.ask_clinic(OTHER)  # who came since
    async with present.chat.database.read() as session:
        asked = await find_latest(session, number)
    async with present.restore(backup) as (restored, carried):
        assert (carried.cases.numbers, carried.cases.left) == ({number}, [])
        async with restored.read() as session:
            assert asked is not None
            assert (await list_waiting(session, asked.clinic_id or 0))[0].token == asked.token
            numbers = set(await session.scalars(text("SELECT number FROM cases")))
            assert numbers == {before.number, number}, "the record is the backup's but for this case"
            card = text("SELECT message_id FROM outbox WHERE key = :key")
            assert await session.scalar(card, {"key": asked.card_key}) is not None
        later = Chat(
            restored, present.keyring, settings=present.chat.application.bot_data["services"].settings
        )
        later.request.standing = {ANN.user_id: "member"}
        async with later.application:
            await press(later, ANN, f"v:{asked.token}:claim")
            await press(later, ANN, f"v:{asked.token}:benign")
            erasing = await later.take(later.press(OTHER, "f:yes"))
        async with restored.read() as session:
            answered = await find_latest(session, number)
            assert answered is not None
            assert (answered.state, answered.subject) == ("answered", subject)
            await compare_referrals(session)
        assert any(each.key.startswith(f"referral:{asked.token}:") for each in erasing.sent)


async def test_the_command_takes_a_request_and_its_card_along(
    present: Present, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NEVUS_DATA_DIR", str(present.folder))
    monkeypatch.setenv("NEVUS_DATABASE_URL", present.chat.database.url)
    backup = present.back_up()
    _, number = await present.ask_clinic(GP)
    await present.chat.database.close()
    assert await asyncio.to_thread(main, ["restore", str(backup)]) == 0
    assert "1 cases that clinics were asked about since" in capsys.readouterr().out
    restored = Database(present.chat.database.url)
    async with restored.read() as session:
        referral = await find_latest(session, number)
        assert referral is not None
        card = text("SELECT state FROM outbox WHERE key = :key")
        assert await session.scalar(card, {"key": referral.card_key}) == "sent"
    await restored.close()


async def test_an_answer_given_since_is_not_asked_for_again(present: Present) -> None:
    _, number = await present.ask_clinic(GP)
    backup = present.back_up()
    async with present.chat.database.read() as session:
        asked = await find_latest(session, number)
    assert asked is not None
    await press(present.chat, ANN, f"v:{asked.token}:claim")
    await press(present.chat, ANN, f"v:{asked.token}:urgent")
    async with present.restore(backup) as (restored, _), restored.read() as session:
        found = await find_latest(session, number)
        assert found is not None
        assert found.state == "answered"


async def test_two_restores_in_any_order_keep_a_request(present: Present) -> None:
    await accept_terms(present.chat, GP)
    first = present.back_up("first")
    await send_photo(present.chat, LOW)
    second = present.back_up("second")
    _, number = await present.ask_clinic(OTHER)
    async with present.restore(first) as (restored, _):
        again = Present(Chat(restored, present.keyring), present.folder)
        async with again.restore(second) as (newest, carried), newest.read() as session:
            assert carried.cases.left == []
            assert await find_latest(session, number) is not None
            assert await session.scalar(text("SELECT count(*) FROM cases")) == 2


async def test_a_split_album_is_copied_with_all_its_parts(present: Present) -> None:
    backup = present.back_up()
    await accept_terms(present.chat, GP)
    group = {"media_group_id": "album"}
    chat = present.chat
    await chat.take(*(chat.photo(GP, chat.add_photo(each), **group) for each in (HIGH, LOW)))
    (album,) = await own_cases(chat)
    await chat.take(chat.press(GP, f"s:{album.number}", on_card=True))
    parts = await own_cases(chat)
    if len(parts) == 1:
        pytest.fail("the album was not split")
    await chat.take(chat.press(GP, f"q:{parts[0].number}:ask"))
    preview = await chat.take(chat.press(GP, f"q:{parts[0].number}:pass"))
    while preview.sent[0].photo is None:
        preview = await chat.take(chat.press(GP, f"q:{parts[0].number}:pass"))
    await chat.take(chat.press(GP, f"q:{parts[0].number}:send", on_card=True))
    async with present.restore(backup) as (_, carried):
        assert carried.cases.numbers == {album.number, *(each.number for each in parts)}


async def test_removed_members_and_used_invitations_stay_so(present: Present) -> None:
    await accept_terms(present.chat, GP, OTHER)
    now = present.chat._now
    refs = [present.keyring.user_ref(who.user_id) for who in (GP, OTHER)]
    clinic_id = await present.write(lambda session: session.scalar(text("SELECT id FROM clinics")))

    async def subject_of(session: Any, ref: bytes) -> str:
        person = await find_person(session, ref)
        assert person is not None
        return person.subject

    async def invite(session: WriteSession) -> None:
        for token in ("first", "second"):
            expires = now + timedelta(days=7)
            new = NewInvite(token=token, clinic_id=clinic_id, role="dermatologist", expires_at=expires)
            await add_invite(session, new, now=now)
        await redeem_invite(session, "first", subject=await subject_of(session, refs[0]), now=now)

    async def change(session: WriteSession) -> None:
        (part,) = await list_parts(session, await subject_of(session, refs[0]))
        await revoke_member(session, part, now=now + timedelta(hours=1))
        other = await subject_of(session, refs[1])
        await redeem_invite(session, "second", subject=other, now=now + timedelta(hours=2))

    await present.write(invite)
    backup = present.back_up()
    await present.write(change)
    async with present.restore(backup) as (restored, _), restored.write() as session:
        (removed,) = await list_parts(session, await subject_of(session, refs[0]))
        (joined,) = await list_parts(session, await subject_of(session, refs[1]))
        assert (removed.revoked_at, joined.revoked_at) == (now + timedelta(hours=1), None)
        used = await find_invite(session, "second")
        assert used is not None
        assert not used.is_open(now)
        with pytest.raises(Conflict):
            await redeem_invite(session, "second", subject=removed.subject, now=now + timedelta(hours=3))


async def test_photos_and_words_that_were_taken_back_stay_so(present: Present) -> None:
    await accept_terms(present.chat, GP)
    case, _ = await send_photo(present.chat, LOW)
    for step in ("n", "agree"):
        await present.chat.take(present.chat.press(GP, f"o:{case.number}:{step}"))
    number, subject, now = case.number, case.subject, present.chat._now

    async def say(session: WriteSession) -> None:
        revision = PatientRevision(kept=type(NOTHING)(answers=b"sealed"))
        await keep_patient(session, number, subject=subject, revision=revision, now=now)

    async def take_back(session: WriteSession) -> None:
        lesion = await session.scalar(text("SELECT id FROM lesions"))
        await stop_keeping(session, lesion, subject=subject, now=now)
        revision = PatientRevision(seen=type(NOTHING)(answers=b"sealed"), kept=NOTHING)
        await keep_patient(session, number, subject=subject, revision=revision, now=now)

    await present.write(say)
    backup = present.back_up()
    await present.write(take_back)
    async with present.restore(backup) as (restored, carried), restored.read() as session:
        assert carried.stopped == 1
        assert await session.scalar(text("SELECT count(*) FROM lesion_files")) == 0
        assert await find_patient(session, number, subject=subject) == NOTHING


async def test_reminders_are_those_of_today(present: Present) -> None:
    """One that was cancelled or sent since is gone; one that was set since was promised."""
    await accept_terms(present.chat, GP)
    cases = [(await send_photo(present.chat, LOW))[0] for _ in range(2)]
    now = present.chat._now

    async def remind(session: WriteSession, number: str) -> None:
        reminder = Reminder(
            id=0, subject=cases[0].subject, case_number=number, due_at=now, chat=b"sealed", language="en"
        )
        await add_reminder(session, reminder, now=now)

    await present.write(lambda session: remind(session, cases[0].number))
    backup = present.back_up()
    await present.write(lambda session: session.execute(text("DELETE FROM reminders")))
    await present.write(lambda session: remind(session, cases[1].number))
    async with present.restore(backup) as (restored, _), restored.read() as session:
        found = await list_reminders(session, cases[0].subject)
        assert [each.case_number for each in found] == [cases[1].number]


async def test_erasures_hold_without_their_journal(present: Present) -> None:
    await accept_terms(present.chat, GP, OTHER)
    backup = present.back_up()
    ref, now = present.keyring.user_ref(GP.user_id), present.chat._now
    journal = Journal(present.folder / FILE_NAME)
    await present.write(lambda session: erase_person(session, ref, journal=journal, now=now))
    (present.folder / FILE_NAME).unlink()
    async with present.restore(backup) as (restored, carried), restored.read() as session:
        assert carried.forgotten == 1
        assert await find_person(session, ref) is None
        assert await find_person(session, present.keyring.user_ref(OTHER.user_id)) is not None


@pytest.mark.parametrize("is_in_backup", [True, False])
async def test_a_sender_who_asked_and_was_forgotten_since_stays_forgotten(
    present: Present, *, is_in_backup: bool
) -> None:
    await accept_terms(present.chat, OTHER)
    backup = present.back_up()
    _, number = await present.ask_clinic(GP)
    if is_in_backup:
        backup = present.back_up("later")
    await present.chat.take(present.chat.press(GP, "f:yes"))
    async with present.restore(backup) as (restored, carried), restored.read() as session:
        assert (carried.cases.numbers, carried.cases.left) == (set(), [])
        assert await find_person(session, present.keyring.user_ref(GP.user_id)) is None
        referral = await find_latest(session, number)
        assert (None if referral is None else referral.state) == ("withdrawn" if is_in_backup else None)


async def test_a_trail_that_does_not_hold_adds_nothing_and_its_requests_are_named(present: Present) -> None:
    await accept_terms(present.chat, GP)
    backup = present.back_up()
    _, number = await present.ask_clinic(OTHER)
    await present.write(lambda session: session.execute(text("UPDATE audit SET payload = '{}' WHERE id = 1")))
    async with present.restore(backup) as (restored, carried), restored.read() as session:
        assert not carried.is_sound
        assert carried.cases.left == [number]
        assert await session.scalar(text("SELECT count(*) FROM cases")) == 0


async def test_a_database_made_after_a_loss_removes_nobody(present: Present, tmp_path: Path) -> None:
    """It lacks every member and lesion, which does not mean that they were removed."""
    await accept_terms(present.chat, GP)
    case, _ = await send_photo(present.chat, LOW)
    for step in ("n", "agree"):
        await present.chat.take(present.chat.press(GP, f"o:{case.number}:{step}"))
    now, clinic_id = present.chat._now, 1
    await present.write(
        lambda session: grant_role(session, clinic_id, case.subject, "dermatologist", now=now)
    )
    backup = present.back_up()
    migrate(f"sqlite:///{tmp_path / 'made.sqlite'}")
    made = Present(Chat(Database(f"sqlite:///{tmp_path / 'made.sqlite'}"), present.keyring), tmp_path)
    async with made.chat.database.write() as session:
        session.add(clinic_row(present.keyring, GROUP, created_at=now))
    await made.chat.application.initialize()
    _, number = await made.ask_clinic(OTHER)
    async with made.restore(backup) as (restored, carried), restored.read() as session:
        assert not carried.is_related
        assert carried.cases.left == [number], "its request is named"
        (part,) = await list_parts(session, case.subject)
        assert part.revoked_at is None
        assert await session.scalar(text("SELECT count(*) FROM lesion_files")) == 1
    await made.chat.database.close()


async def test_a_backup_that_is_newer_than_the_present_is_left_as_it_is(present: Present) -> None:
    await accept_terms(present.chat, GP)
    older = present.back_up("older")
    case, _ = await send_photo(present.chat, LOW)
    now = present.chat._now
    await present.write(lambda session: grant_role(session, 1, case.subject, "dermatologist", now=now))
    newer = present.back_up("newer")
    late = Present(Chat(Database(f"sqlite:///{older}"), present.keyring), present.folder)
    async with late.restore(newer) as (restored, carried), restored.read() as session:
        assert not carried.is_related
        (part,) = await list_parts(session, case.subject)
        assert part.revoked_at is None
    await late.chat.database.close()


async def test_a_case_that_went_another_way_is_named(present: Present) -> None:
    """The trail of the backup has an entry about it that the present one lacks."""
    _, number = await present.ask_clinic(GP)
    backup = present.back_up()
    other = Database(f"sqlite:///{backup}")
    change = "UPDATE audit SET payload = '{}' WHERE case_number = :number"
    async with other.write() as session:
        await session.execute(text(change), {"number": number})
    await other.close()
    await present.write(lambda session: session.execute(update(ReferralRow).values(due_at=present.chat._now)))
    restored = Database(f"sqlite:///{backup}")
    async with restored.write() as new, present.chat.database.read() as old:
        journal = Journal(present.folder / FILE_NAME)
        carried = await carry_over(old, new, journal=journal, now=present.chat._now)
    assert carried.cases.left == [number]
    await restored.close()


async def test_a_message_in_the_group_belongs_to_its_case(present: Present) -> None:
    subject, number = await present.ask_clinic(GP)
    backup = present.back_up()
    clinic_id = await present.write(lambda session: session.scalar(text("SELECT id FROM clinics")))
    message = GroupMessage(
        key="turn:words", subject=subject, clinic_id=clinic_id, case_number=number, kind="words"
    )
    await present.write(lambda session: keep_group_message(session, message, now=present.chat._now))
    async with present.restore(backup) as (restored, carried), restored.read() as session:
        assert carried.cases.has_key("turn:words")
        assert await session.scalar(text("SELECT count(*) FROM group_messages WHERE key = 'turn:words'")) == 1
    assert not carried.cases.has_key("turn:other")
