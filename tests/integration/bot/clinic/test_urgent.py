"""An urgent answer: confirmed by its sender, reminded of, telephoned about; an alarm if nobody can."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from bot.clinic.export import export_clinics
from bot.conversation.request import word
from bot.delivery.outgoing import Outgoing
from bot.settings import Settings
from storage.clinic import referrals
from storage.clinic.audit_referrals import compare_referrals
from storage.clinic.tables import ReferralRow
from storage.database.errors import AuditBroken
from storage.database.keys import Keyring
from storage.database.sessions import Database
from storage.record.people import ensure_person
from tests.integration.bot.clinic.test_claims import ANN, BOB, GROUP, ask, press
from tests.integration.bot.clinic.test_upkeep import ADMIN, Watch
from tests.support.offline import Chat, Sender

MONDAY_NIGHT = datetime(2026, 3, 2, 3, tzinfo=UTC)  # before the hour of the digest
SENDER = Sender(5)
PHONE = "+44 20 7946 0018"


@pytest.fixture
async def chat(database: Database, keyring: Keyring, tmp_path: Path) -> Chat:
    chat = Chat(database, keyring, settings=Settings(admins=(ADMIN,), data_dir=tmp_path))
    chat.request.standing = {ANN.user_id: "member", BOB.user_id: "member"}
    await chat.application.initialize()
    return chat


@pytest.fixture
def watch(chat: Chat, database: Database, keyring: Keyring) -> Watch:
    return Watch(chat, database, keyring)


async def answer_urgent(chat: Chat, keyring: Keyring, *, phone: str | None = PHONE) -> str:
    """A referral of the sender with an urgent answer of Ann's; its token."""
    async with chat.database.write() as session:
        person = await ensure_person(session, keyring.user_ref(SENDER.user_id), now=MONDAY_NIGHT)
    (token,) = await ask(chat.database, keyring, 1, subject=person.subject, phone=phone)
    chat._now = MONDAY_NIGHT
    await press(chat, ANN, f"v:{token}:claim")
    await press(chat, ANN, f"v:{token}:urgent")
    return token


async def read(database: Database, token: str) -> referrals.Referral:
    async with database.read() as session:
        found = await referrals.get_referral(session, token)
    assert found is not None
    return found


def calls(messages: Sequence[Outgoing]) -> list[str]:
    """Requests to telephone."""
    return [text for text in texts(messages, GROUP) if "please telephone" in text]


def texts(messages: Sequence[Outgoing], chat_id: int) -> list[str]:
    return [each.text or "" for each in messages if each.chat_id == chat_id]


async def test_the_sender_confirms_and_says_when_they_referred(
    chat: Chat, database: Database, keyring: Keyring
) -> None:
    token = await answer_urgent(chat, keyring)
    turn = await chat.take(chat.press(SENDER, f"urgent:{token}:seen"))
    edited, card = turn.sent
    assert "Seen on 2 Mar 2026" in (edited.text or "")
    assert next(button.data for row in edited.keyboard or () for button in row) == f"urgent:{token}:refer"
    assert "Seen by the sender" in (card.text or "")
    days = await chat.take(chat.press(SENDER, f"urgent:{token}:refer"))
    data = [button.data for row in days.sent[0].keyboard or () for button in row]
    assert data[:2] == [f"urgent:{token}:on:2026-03-02", f"urgent:{token}:on:2026-03-01"]
    turn = await chat.take(chat.press(SENDER, f"urgent:{token}:on:2026-03-01"))
    assert "Referred on 1 Mar 2026" in (turn.sent[0].text or "")
    assert "referred the patient on 1 Mar 2026" in (turn.sent[1].text or "")
    found = await read(database, token)
    assert (found.chase_at, str(found.referred_on)) == (None, "2026-03-01")
    async with database.read() as session:
        await compare_referrals(session)
    async with database.write() as session:
        await session.execute(update(ReferralRow).values(seen_at=None))
    with pytest.raises(AuditBroken):
        async with database.read() as session:
            await compare_referrals(session)


async def test_an_urgent_answer_looks_urgent_and_asks_for_its_confirmation(
    chat: Chat, keyring: Keyring
) -> None:
    (token,) = await ask(chat.database, keyring, 1)
    await press(chat, ANN, f"v:{token}:claim")
    turn, _ = await press(chat, ANN, f"v:{token}:urgent")
    card, told = turn.sent
    assert "🔴 <b>REFER TODAY." in (told.text or "")
    assert "press <b>Seen</b>" in (told.text or "")
    labels = [button.text for row in told.keyboard or () for button in row]
    assert labels == ["👁 Seen", "✉️ Letter"]
    assert "not confirmed yet" in (card.text or "")


async def test_the_sender_is_reminded_after_four_hours_then_daily_until_seen(
    watch: Watch, chat: Chat, keyring: Keyring
) -> None:
    token = await answer_urgent(chat, keyring)
    answered = (await read(chat.database, token)).answered_at
    assert answered is not None
    assert texts(await watch.look(answered + timedelta(hours=3, minutes=59)), 5) == []
    (reminder,) = texts(await watch.look(answered + timedelta(hours=4)), 5)
    assert "REFER TODAY" in reminder
    assert texts(await watch.look(answered + timedelta(hours=4, minutes=1)), 5) == []
    assert len(texts(await watch.look(answered + timedelta(hours=28)), 5)) == 1
    await chat.take(chat.press(SENDER, f"urgent:{token}:seen"))
    assert texts(await watch.look(answered + timedelta(hours=53)), 5) == []


async def test_the_claimer_is_asked_to_telephone_the_next_morning_of_any_day(
    watch: Watch, chat: Chat, keyring: Keyring
) -> None:
    token = await answer_urgent(chat, keyring)
    friday = datetime(2026, 3, 6, 15, tzinfo=UTC)
    async with chat.database.write() as session:
        await session.execute(update(ReferralRow).values(chase_at=friday + timedelta(hours=4)))
        await session.execute(ReferralRow.metadata.tables["verdicts"].update().values(at=friday))
    assert calls(await watch.look(friday + timedelta(hours=8))) == []
    saturday = datetime(2026, 3, 7, 8, tzinfo=UTC)
    asked = [each for each in await watch.look(saturday) if each.chat_id == GROUP]
    (call,) = [each for each in asked if "please telephone" in (each.text or "")]
    data = [button.data for row in call.keyboard or () for button in row]
    assert data == [f"v:{token}:phone", f"v:{token}:reached"]
    assert PHONE not in (call.text or "")
    assert not calls(await watch.look(saturday + timedelta(minutes=5)))
    assert len(calls(await watch.look(saturday + timedelta(days=1)))) == 1


async def test_only_the_claimer_opens_the_number_and_notes_the_call(chat: Chat, keyring: Keyring) -> None:
    token = await answer_urgent(chat, keyring)
    turn, told = await press(chat, BOB, f"v:{token}:phone")
    assert (turn.sent, PHONE in told) == ((), False)
    turn, told = await press(chat, ANN, f"v:{token}:phone")
    assert turn.sent == ()
    assert told.endswith(PHONE)
    turn, _ = await press(chat, ANN, f"v:{token}:reached")
    assert "reached by telephone" in (turn.sent[0].text or "")
    assert (await read(chat.database, token)).chase_at is None
    async with chat.database.read() as session:
        await compare_referrals(session)


@pytest.mark.parametrize("why", ["phone", "claimer", "unreachable"])
async def test_group_and_admins_are_told_if_nobody_can_telephone(
    watch: Watch, chat: Chat, keyring: Keyring, why: str
) -> None:
    token = await answer_urgent(chat, keyring, phone=None if why == "phone" else PHONE)
    due = MONDAY_NIGHT + timedelta(hours=4, minutes=5)
    values = {"claimer": {"claimer": None}, "unreachable": {"unreachable_at": due, "reply_chat": None}}
    if why in values:
        async with chat.database.write() as session:
            await session.execute(update(ReferralRow).values(**values[why]))
    if why == "unreachable":  # at once, before any reminder is due
        due = MONDAY_NIGHT + timedelta(minutes=10)
    told = await watch.look(due)
    in_group = [text for text in texts(told, GROUP) if "🚨" in text]
    assert len(in_group) == 1
    assert texts(told, ADMIN) == in_group
    assert ("we cannot telephone" in in_group[0]) is (why != "unreachable")
    calls = [text for text in texts(told, GROUP) if "please telephone the sender" in text]
    assert len(calls) == (1 if why == "unreachable" else 0)
    assert not [text for text in texts(await watch.look(due + timedelta(minutes=1)), GROUP) if "🚨" in text]
    assert (await read(chat.database, token)).unconfirmed_told_at is not None


async def test_a_correction_ends_the_reminders_and_an_urgent_one_starts_them(
    watch: Watch, chat: Chat, keyring: Keyring
) -> None:
    token = await answer_urgent(chat, keyring)
    await chat.take(chat.press(SENDER, f"urgent:{token}:seen"))
    await press(chat, ANN, f"v:{token}:benign::sure")
    assert (await read(chat.database, token)).seen_at is None
    turn = await chat.take(chat.press(SENDER, f"urgent:{token}:seen"))
    assert turn.sent == ()
    assert await watch.look(MONDAY_NIGHT + timedelta(hours=4, minutes=30)) == []
    await press(chat, ANN, f"v:{token}:urgent")
    assert (await read(chat.database, token)).chase_at is not None
    async with chat.database.read() as session:
        await compare_referrals(session)


async def test_a_foreign_press_reveals_and_changes_nothing(chat: Chat, keyring: Keyring) -> None:
    token = await answer_urgent(chat, keyring)
    for person, data in (
        (Sender(6), f"urgent:{token}:seen"),
        (SENDER, "urgent:ffff:seen"),
        (SENDER, "urgent"),
    ):
        turn = await chat.take(chat.press(person, data))
        assert turn.sent == ()
    assert (await read(chat.database, token)).seen_at is None


async def test_forgetting_ends_the_reminders(watch: Watch, chat: Chat, keyring: Keyring) -> None:
    await answer_urgent(chat, keyring)
    await chat.take(chat.press(SENDER, "f:yes"))
    assert await watch.look(MONDAY_NIGHT + timedelta(days=2)) == []


async def test_the_senders_export_has_number_confirmation_and_outcome(chat: Chat, keyring: Keyring) -> None:
    token = await answer_urgent(chat, keyring)
    await chat.take(chat.press(SENDER, f"urgent:{token}:seen"))
    await chat.take(chat.press(SENDER, f"urgent:{token}:on:2026-03-01"))
    await chat.take(chat.press(SENDER, f"outcome:{token}:melanoma"))
    services = chat.application.bot_data["services"]
    subject = (await read(chat.database, token)).subject
    async with chat.database.read() as session:
        kept = await export_clinics(services, session, subject=subject, wording=word(services, "en"))
    (referral,) = kept.referrals
    assert referral["told"]["phone"] == PHONE
    assert referral["seen_at"] is not None
    assert (referral["referred_on"], referral["outcome"]) == ("2026-03-01", "melanoma")
    assert [each["role"] for each in referral["answers"]] == ["member"]
