"""The worklist in the group and in private, claims given back, and what the sender sees of their request."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from bot.clinic.facts import Details
from bot.clinic.sealed_forms import seal_details
from bot.clinic.sender_request import say_usual_time
from bot.conversation.request import word
from bot.conversation.wording import plain
from bot.delivery.sealing import seal_message_id
from bot.settings import Settings
from storage.clinic import referrals
from storage.clinic.audit_referrals import compare_referrals
from storage.clinic.tables import ReferralRow, VerdictRow
from storage.database.keys import Keyring
from storage.database.sessions import Database
from storage.record.people import ensure_person
from tests.integration.bot.clinic.test_claims import ANN, BOB, GROUP, OUTSIDER, ask, press
from tests.integration.bot.clinic.test_upkeep import Watch
from tests.support.offline import NOON, Chat, Sender

SENDER = Sender(5)
SUPERGROUP = -1_000_000_001_234


@pytest.fixture
async def chat(database: Database, keyring: Keyring, tmp_path: Path) -> Chat:
    chat = Chat(database, keyring, settings=Settings(data_dir=tmp_path))
    chat.request.standing = {ANN.user_id: "member", BOB.user_id: "member"}
    await chat.application.initialize()
    return chat


async def read(database: Database, token: str) -> referrals.Referral:
    async with database.read() as session:
        found = await referrals.get_referral(session, token)
        await compare_referrals(session)
    assert found is not None
    return found


async def test_open_lists_by_urgency_then_age_and_marks_what_is_overdue(chat: Chat, keyring: Keyring) -> None:
    tokens = await ask(chat.database, keyring, 4)
    async with chat.database.write() as session:
        for place, (token, level) in enumerate(zip(tokens, ("low", "high", "moderate", "high"), strict=True)):
            await session.execute(
                update(ReferralRow)
                .where(ReferralRow.token == token)
                .values(
                    level=level, asked_at=NOON - timedelta(hours=place), due_at=NOON + timedelta(days=place)
                )
            )
    numbers = [(await referral(chat, token)).case_number for token in tokens]
    for person in (ANN, Sender(ANN.user_id)):
        turn = await chat.take(chat.command(person, "/open"))
        lines = turn.text.splitlines()[1:]
        order = [next(number for number in numbers if number in line) for line in lines]
        assert order == [numbers[3], numbers[1], numbers[2], numbers[0]]
        assert [("overdue" in line) for line in lines] == [False, False, False, True]
    assert (
        "These lists are for dermatologists"
        in (await chat.take(chat.command(Sender(OUTSIDER.user_id), "/open"))).text
    )


async def referral(chat: Chat, token: str) -> referrals.Referral:
    async with chat.database.read() as session:
        found = await referrals.get_referral(session, token)
    assert found is not None
    return found


async def test_mine_lists_what_i_claimed_and_urgent_answers_without_confirmation(
    chat: Chat, keyring: Keyring
) -> None:
    first, second, third = await ask(chat.database, keyring, 3)
    await press(chat, ANN, f"v:{first}:claim")
    await press(chat, ANN, f"v:{second}:claim")
    await press(chat, ANN, f"v:{second}:urgent")
    await press(chat, BOB, f"v:{third}:claim")
    text = (await chat.take(chat.command(ANN, "/mine"))).text
    numbers = [(await referral(chat, token)).case_number for token in (first, second, third)]
    assert [number in text for number in numbers] == [True, True, False]
    assert text.index(numbers[1]) < text.index(numbers[0])
    assert "not confirmed" in text


async def test_a_line_links_to_its_card_in_a_supergroup_only(chat: Chat, keyring: Keyring) -> None:
    (token,) = await ask(chat.database, keyring, 1)
    async with chat.database.write() as session:
        sealed = seal_message_id(77, keyring)
        await session.execute(update(ReferralRow).values(message_id=sealed))
    assert "<a href" not in (await chat.take(chat.command(ANN, "/open"))).text
    async with chat.database.write() as session:
        clinics = ReferralRow.metadata.tables["clinics"]
        values = {
            "chat": keyring.encrypt(str(SUPERGROUP).encode(), purpose="clinic chat"),
            "chat_ref": keyring.chat_refs(SUPERGROUP)[0],
        }
        await session.execute(clinics.update().values(**values))
    there = Sender(ANN.user_id, group_id=SUPERGROUP)
    number = (await referral(chat, token)).case_number
    text = (await chat.take(chat.command(there, "/open"))).text
    assert f'<a href="https://t.me/c/1234/77">{number}</a>' in text


async def test_statistics_work_in_the_group_for_those_who_answer(chat: Chat, keyring: Keyring) -> None:
    await ask(chat.database, keyring, 1)
    turn = await chat.take(chat.command(ANN, "/stats"))
    assert "Statistics" in (turn.sent[0].text or "")
    turn = await chat.take(chat.command(OUTSIDER, "/stats@nevus_bot"))
    assert "Statistics" not in (turn.sent[0].text or "")


async def test_a_claim_is_released_and_others_are_told_who_has_the_case(chat: Chat, keyring: Keyring) -> None:
    (token,) = await ask(chat.database, keyring, 1)
    await press(chat, ANN, f"v:{token}:claim")
    _, told = await press(chat, BOB, f"v:{token}:claim")
    assert "Ann claimed this case on" in told
    _, told = await press(chat, BOB, f"v:{token}:release")
    assert "Ann claimed this case on" in told
    turn, _ = await press(chat, ANN, f"v:{token}:release")
    assert "Waits for someone to claim it" in (turn.sent[0].text or "")
    assert (await read(chat.database, token)).state == "open"
    _, told = await press(chat, BOB, f"v:{token}:claim")
    assert "yours" in told


async def test_a_closed_case_is_reopened_and_the_next_answer_is_a_correction(
    chat: Chat, keyring: Keyring
) -> None:
    (token,) = await ask(chat.database, keyring, 1)
    await press(chat, ANN, f"v:{token}:claim")
    await press(chat, ANN, f"v:{token}:urgent")
    answered = (await read(chat.database, token)).answered_at
    await press(chat, BOB, f"v:{token}:reopen")
    found = await read(chat.database, token)
    assert (found.state, found.claimer_ref, found.answered_at) == ("open", None, answered)
    await press(chat, BOB, f"v:{token}:claim")
    turn, _ = await press(chat, BOB, f"v:{token}:benign::sure")
    assert "CORRECTION" in next(each.text or "" for each in turn.sent if "CORRECTION" in (each.text or ""))
    found = await read(chat.database, token)
    assert (found.state, found.answered_at) == ("answered", answered)


async def test_a_better_photo_keeps_the_case_open_and_the_next_answer_is_no_correction(
    chat: Chat, keyring: Keyring
) -> None:
    (token,) = await ask(chat.database, keyring, 1)
    await press(chat, ANN, f"v:{token}:claim")
    turn, _ = await press(chat, ANN, f"v:{token}:better_photo")
    assert "How to retake it" in (turn.sent[-1].text or "")
    found = await read(chat.database, token)
    assert (found.state, found.answered_at) == ("claimed", None)
    assert found.due_at == chat._now + timedelta(days=7)
    turn, _ = await press(chat, ANN, f"v:{token}:urgent")
    assert not [each for each in turn.sent if "CORRECTION" in (each.text or "")]
    async with chat.database.read() as session:
        rows = await session.execute(VerdictRow.__table__.select())
        assert [row.is_correction for row in rows] == [False, False]
    assert (await read(chat.database, token)).state == "answered"


async def test_a_better_photo_that_does_not_come_is_told_to_both_sides(
    chat: Chat, database: Database, keyring: Keyring
) -> None:
    (token,) = await ask(database, keyring, 1)
    await press(chat, ANN, f"v:{token}:claim")
    await press(chat, ANN, f"v:{token}:better_photo")
    told = await Watch(chat, database, keyring).look(chat._now + timedelta(days=8))
    texts = [each.text or "" for each in told]
    assert any("none has come" in text for text in texts)
    assert any("no better photo has come" in text for text in texts)
    assert (await read(database, token)).state == "open"


async def test_the_sender_sees_the_claim_and_can_withdraw(chat: Chat, keyring: Keyring) -> None:
    async with chat.database.write() as session:
        person = await ensure_person(session, keyring.user_ref(SENDER.user_id), now=NOON)
    (token,) = await ask(chat.database, keyring, 1, subject=person.subject)
    number = (await referral(chat, token)).case_number
    form = Details(token=token, case_number=number, message_id=42)
    async with chat.database.write() as session:
        await session.execute(update(ReferralRow).values(details=seal_details(keyring, form)))
    turn, _ = await press(chat, ANN, f"v:{token}:claim")
    (request,) = [each for each in turn.sent if each.edit_message_id == 42]
    assert "A member of the clinic's chat claimed it" in plain(request.text or "").replace("’", "'")
    foreign = await chat.take(chat.press(Sender(6), f"request:{token}:yes"))
    assert foreign.sent == ()
    asked = await chat.take(chat.press(SENDER, f"request:{token}:withdraw"))
    assert [button.data for row in asked.sent[0].keyboard or () for button in row] == [
        f"request:{token}:yes",
        f"request:{token}:no",
    ]
    turn = await chat.take(chat.press(SENDER, f"request:{token}:yes"))
    card = next(each for each in turn.sent if each.chat_id == GROUP)
    assert card.erases
    assert card.photo is not None
    found = await read(chat.database, token)
    assert (found.state, found.details) == ("withdrawn", None)
    _, told = await press(chat, ANN, f"v:{token}:urgent")
    assert "no longer open" in told


async def test_the_sender_notes_the_outcome_under_an_answered_request(chat: Chat, keyring: Keyring) -> None:
    (token,) = await ask(chat.database, keyring, 1)
    form = Details(token=token, case_number=(await referral(chat, token)).case_number, message_id=42)
    async with chat.database.write() as session:
        await session.execute(update(ReferralRow).values(details=seal_details(keyring, form)))
    await press(chat, ANN, f"v:{token}:claim")
    turn, _ = await press(chat, ANN, f"v:{token}:urgent")
    (request,) = [each for each in turn.sent if each.edit_message_id == 42]
    assert [button.data for row in request.keyboard or () for button in row] == [f"outcome:{token}"]


@pytest.mark.parametrize(("count", "says"), [(9, False), (10, True)])
async def test_the_usual_time_is_said_from_ten_answers_on(
    chat: Chat, keyring: Keyring, count: int, *, says: bool
) -> None:
    await ask(chat.database, keyring, count)
    async with chat.database.write() as session:
        values = {"state": "answered", "asked_at": NOON, "answered_at": NOON + timedelta(hours=3, minutes=5)}
        await session.execute(update(ReferralRow).values(**values))
    services = chat.application.bot_data["services"]
    said = await say_usual_time(services, await find_clinic_id(chat), word(services, "en"))
    assert bool(said) is says
    assert not says or "within 4 hours" in said


async def find_clinic_id(chat: Chat) -> int:
    async with chat.database.read() as session:
        row = (await session.execute(ReferralRow.metadata.tables["clinics"].select())).one()
    return int(row.id)


async def test_the_sender_reads_as_what_somebody_claimed(chat: Chat, keyring: Keyring) -> None:
    (token,) = await ask(chat.database, keyring, 1)
    form = Details(token=token, case_number=(await referral(chat, token)).case_number, message_id=42)
    async with chat.database.write() as session:
        await session.execute(update(ReferralRow).values(details=seal_details(keyring, form)))
    chat.request.standing[ANN.user_id] = "administrator"
    turn, _ = await press(chat, ANN, f"v:{token}:claim")
    (claimed,) = [each for each in turn.sent if each.edit_message_id == 42]
    assert "An administrator of the clinic" in (claimed.text or "")
    turn, _ = await press(chat, ANN, f"v:{token}:better_photo")
    (waiting,) = [each for each in turn.sent if each.edit_message_id == 42]
    assert "An administrator of the clinic" in (waiting.text or "")
