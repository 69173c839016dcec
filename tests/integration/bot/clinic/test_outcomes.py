"""What became of a referred case: noted in two taps, asked for once, counted."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from bot.commands.stats import to_json
from bot.conversation.request import word
from bot.delivery.outgoing import Outgoing
from bot.routing.statistics import write_statistics
from bot.settings import Settings
from storage.clinic import referrals
from storage.clinic.outcomes import Outcome, compare_outcomes, find_outcome, keep_outcome
from storage.clinic.tables import OutcomeRow, ReferralRow
from storage.database.errors import AuditBroken
from storage.database.keys import Keyring
from storage.database.sessions import Database
from storage.record.people import ensure_person
from storage.record.tables import CaseRow
from storage.research import read_photos
from storage.statistics import count_everything
from tests.integration.bot.clinic.test_claims import ANN, GROUP, OUTSIDER, ask, press
from tests.integration.bot.clinic.test_upkeep import ADMIN, Watch
from tests.support.offline import NOON, Chat, Sender

SENDER = Sender(5)
EIGHT_WEEKS = timedelta(weeks=8)


@pytest.fixture
async def chat(database: Database, keyring: Keyring, tmp_path: Path) -> Chat:
    chat = Chat(database, keyring, settings=Settings(admins=(ADMIN,), data_dir=tmp_path))
    chat.request.standing = {ANN.user_id: "member"}
    await chat.application.initialize()
    return chat


async def answer(chat: Chat, keyring: Keyring) -> str:
    """An answered referral of the sender; its token."""
    async with chat.database.write() as session:
        person = await ensure_person(session, keyring.user_ref(SENDER.user_id), now=NOON)
    (token,) = await ask(chat.database, keyring, 1, subject=person.subject)
    await press(chat, ANN, f"v:{token}:claim")
    await press(chat, ANN, f"v:{token}:benign::sure")
    return token


async def number_of(chat: Chat, token: str) -> str:
    async with chat.database.read() as session:
        found = await referrals.get_referral(session, token)
    assert found is not None
    return found.case_number


async def outcome_of(chat: Chat, token: str) -> Outcome | None:
    number = await number_of(chat, token)
    async with chat.database.read() as session:
        await compare_outcomes(session)
        return await find_outcome(session, number)


def asked(messages: Sequence[Outgoing]) -> list[Outgoing]:
    return [each for each in messages if each.key.endswith(":outcome")]


async def test_the_clinic_notes_it_in_two_taps(chat: Chat, keyring: Keyring) -> None:
    token = await answer(chat, keyring)
    turn, _ = await press(chat, ANN, f"v:{token}:outcome")
    data = [button.data for row in turn.sent[0].keyboard or () for button in row]
    assert f"v:{token}:outcome:melanoma" in data
    turn, _ = await press(chat, ANN, f"v:{token}:outcome:melanoma")
    assert "Melanoma, by histology" in (turn.sent[0].text or "")
    assert await outcome_of(chat, token) == Outcome(kind="melanoma", source="clinic")
    turn, _ = await press(chat, OUTSIDER, f"v:{token}:outcome:unknown")
    assert turn.sent == ()


async def test_the_sender_is_asked_once_after_eight_weeks_though_the_address_has_expired(
    chat: Chat, database: Database, keyring: Keyring
) -> None:
    token = await answer(chat, keyring)
    watch = Watch(chat, database, keyring)
    chat._now = NOON + timedelta(days=20)
    await watch.keeper.expire()
    assert asked(await watch.look(NOON + EIGHT_WEEKS - timedelta(minutes=1))) == []
    (question,) = asked(await watch.look(NOON + EIGHT_WEEKS))
    assert question.chat_id == SENDER.user_id
    assert asked(await watch.look(NOON + EIGHT_WEEKS + timedelta(days=1))) == []
    async with database.read() as session:
        found = await referrals.get_referral(session, token)
    assert found is not None
    assert found.outcome_chat is None
    data = [button.data for row in question.keyboard or () for button in row]
    foreign = await chat.take(chat.press(Sender(6), str(data[0])))
    assert foreign.sent == ()
    await chat.take(chat.press(SENDER, f"outcome:{token}:benign_histology"))
    assert await outcome_of(chat, token) == Outcome(kind="benign_histology", source="sender")


async def test_the_clinic_is_asked_if_the_sender_cannot_be(
    chat: Chat, database: Database, keyring: Keyring
) -> None:
    await answer(chat, keyring)
    async with database.write() as session:
        await session.execute(update(ReferralRow).values(outcome_chat=None))
    (question,) = asked(await Watch(chat, database, keyring).look(NOON + EIGHT_WEEKS))
    assert question.chat_id == GROUP


async def test_what_is_known_or_withdrawn_is_not_asked_for(
    chat: Chat, database: Database, keyring: Keyring
) -> None:
    token = await answer(chat, keyring)
    await press(chat, ANN, f"v:{token}:outcome:unknown")
    assert asked(await Watch(chat, database, keyring).look(NOON + EIGHT_WEEKS)) == []


async def test_a_low_case_that_proves_to_be_melanoma_is_shown_to_admins_at_once(
    chat: Chat, keyring: Keyring
) -> None:
    token = await answer(chat, keyring)
    turn = await chat.take(chat.press(SENDER, f"outcome:{token}:melanoma"))
    assert not [each for each in turn.sent if each.chat_id == ADMIN], "it was rated high or moderate"
    async with chat.database.write() as session:
        await session.execute(update(CaseRow).values(level="low"))
    turn = await chat.take(chat.press(SENDER, f"outcome:{token}:melanoma"))
    (alarm,) = [each for each in turn.sent if each.chat_id == ADMIN]
    assert "rated low and proved to be melanoma" in (alarm.text or "")


async def test_outcomes_are_counted_by_level_with_an_interval_and_never_a_share_at_low(
    chat: Chat, keyring: Keyring
) -> None:
    tokens = await ask(chat.database, keyring, 6)
    said = [
        ("high", "melanoma"),
        ("high", "melanoma"),
        ("high", "benign_histology"),
        ("high", "unknown"),
        ("low", "melanoma"),
        ("low", "benign_diagnosis"),
    ]
    async with chat.database.write() as session:
        for token, (level, kind) in zip(tokens, said, strict=True):
            outcome = Outcome(kind=kind, source="clinic")
            await keep_outcome(session, token, outcome, level=level, now=NOON)
    async with chat.database.read() as session:
        statistics = await count_everything(session)
        rows = [row async for row in read_photos(session)]
    assert statistics.count_outcomes("high") == (2, 3)
    text = write_statistics(statistics, word(chat.application.bot_data["services"], "en"))
    assert "high: 2 of 3 (95 % interval 21" in text
    assert "low: 1 melanoma found" in text
    assert "1 of 2" not in text
    assert {"level": "low", "outcome": "melanoma", "count": 1} in to_json(statistics)["outcomes"]
    assert [row["outcome"] for row in rows].count("melanoma") == 3


async def test_a_changed_outcome_breaks_the_comparison_with_the_trail(chat: Chat, keyring: Keyring) -> None:
    token = await answer(chat, keyring)
    await press(chat, ANN, f"v:{token}:outcome:benign_histology")
    async with chat.database.write() as session:
        await session.execute(update(OutcomeRow).values(kind="melanoma"))
    with pytest.raises(AuditBroken):
        await outcome_of(chat, token)


async def test_forgetting_erases_the_address_and_the_outcome_still_counts(
    chat: Chat, database: Database, keyring: Keyring
) -> None:
    token = await answer(chat, keyring)
    await press(chat, ANN, f"v:{token}:outcome:melanoma")
    async with database.write() as session:
        await session.execute(update(ReferralRow).values(outcome_chat=b"sealed"))
    await chat.take(chat.press(SENDER, "f:yes"))
    async with database.read() as session:
        found = await referrals.get_referral(session, token)
        statistics = await count_everything(session)
    assert found is not None
    assert found.outcome_chat is None
    assert sum(statistics.outcomes.values()) == 1
