"""When a clinic's answer is due after a level changed: never by a clock that was stopped or started again."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.clinic.preview import find_due
from inference.readings import RiskLevel
from storage.clinic.referrals import Referral, get_referral
from storage.database.keys import Keyring
from storage.database.sessions import Database
from storage.record.cases import Case
from tests.integration.bot.clinic.test_better_photo import TOKEN, ask_for_better, refer
from tests.integration.bot.clinic.test_claims import ANN, press
from tests.support.builders import readable
from tests.support.offline import NOON, Chat
from tests.support.senders import GP, LOW, own_cases

RED, GREY = "k:{}:7:r0:1", "k:{}:7:s0:1"  # of the checklist: alone it means high; alone it changes no level

pytestmark = [pytest.mark.backends("sqlite"), pytest.mark.usefixtures("accepted")]


async def find_referral(chat: Chat) -> Referral:
    async with chat.database.read() as session:
        found = await get_referral(session, TOKEN)
    assert found is not None
    return found


def due_from(chat: Chat, level: str, asked_at: datetime) -> datetime:
    return find_due(chat.application.bot_data["services"], RiskLevel(level), asked_at=asked_at)


async def refer_low(chat: Chat, keyring: Keyring) -> Case:
    """A low case that waits for its clinic."""
    await chat.take(chat.photo(GP, chat.add_photo(LOW)))
    (case,) = await own_cases(chat)
    chat.request.standing = {ANN.user_id: "member"}
    await refer(chat, keyring, GP, case, due_at=due_from(chat, case.level, NOON))
    return case


async def test_a_level_that_rises_is_due_as_if_asked_with_it(chat: Chat, keyring: Keyring) -> None:
    case = await refer_low(chat, keyring)
    before = await find_referral(chat)
    await chat.take(chat.press(GP, RED.format(case.number), on_card=True))
    after = await find_referral(chat)
    assert after.level == "high"
    assert after.due_at == due_from(chat, "high", NOON) < before.due_at


async def test_an_answer_that_stays_at_its_level_stays_due_when_it_was(chat: Chat, keyring: Keyring) -> None:
    case = await refer_low(chat, keyring)
    before = await find_referral(chat)
    await chat.take(chat.press(GP, GREY.format(case.number), on_card=True))
    after = await find_referral(chat)
    assert (after.level, after.due_at) == (before.level, before.due_at)


async def test_a_reopened_case_that_becomes_urgent_is_due_from_now(chat: Chat, keyring: Keyring) -> None:
    """Counted from the question, it would be overdue at once."""
    case = await refer_low(chat, keyring)
    await press(chat, ANN, f"v:{TOKEN}:claim")
    await press(chat, ANN, f"v:{TOKEN}:benign")
    chat._now += timedelta(days=10)
    await press(chat, ANN, f"v:{TOKEN}:reopen")
    reopened = await find_referral(chat)
    await chat.take(chat.press(GP, GREY.format(case.number), on_card=True))
    assert (await find_referral(chat)).due_at == reopened.due_at
    await chat.take(chat.press(GP, RED.format(case.number), on_card=True))
    urgent = await find_referral(chat)
    assert chat._now < urgent.due_at == due_from(chat, "high", chat._now) < reopened.due_at
    await chat.take(chat.press(GP, GREY.format(case.number), on_card=True))
    assert (await find_referral(chat)).due_at == urgent.due_at


async def test_a_better_photo_is_awaited_until_its_own_time(database: Database, tmp_path: Path) -> None:
    asked = await ask_for_better(database, tmp_path, GP, readable(0.05, 0.05))
    before = await find_referral(asked.chat)
    assert before.due_at > due_from(asked.chat, "low", NOON)
    await asked.chat.take(asked.chat.press(GP, RED.format(asked.number), on_card=True))
    after = await find_referral(asked.chat)
    assert (after.level, after.due_at) == ("high", before.due_at)


async def test_a_rise_after_the_better_photo_came_shortens_the_time_for_an_answer(
    database: Database, tmp_path: Path
) -> None:
    asked = await ask_for_better(database, tmp_path, GP, readable(0.05, 0.05))
    asked.chat._now += timedelta(hours=1)
    await asked.reply(asked.chat.add_photo(readable(0.1, 0.1)))
    async with database.read() as session:
        before = await get_referral(session, TOKEN)
    await asked.chat.take(asked.chat.press(GP, RED.format(asked.number), on_card=True))
    case = await asked.case()
    async with database.read() as session:
        after = await get_referral(session, TOKEN)
    assert case.level == "high"
    assert before is not None
    assert after is not None
    assert after.due_at < before.due_at
