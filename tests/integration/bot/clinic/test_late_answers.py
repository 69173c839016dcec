"""Answers given late: two weeks count from the answer that holds, and *Seen* is noted at any time."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from storage.clinic.audit_referrals import compare_referrals
from storage.clinic.referrals import ERASED, Referral, get_referral
from storage.clinic.tables import ReferralRow
from storage.clinic.verdicts import NewVerdict, add_verdict
from storage.database.keys import Keyring
from storage.database.sessions import Database
from tests.integration.bot.clinic.test_better_photo import TOKEN, Asked, claim_case
from tests.integration.bot.clinic.test_claims import ANN, press
from tests.integration.bot.clinic.test_upkeep import Watch
from tests.support.offline import Chat
from tests.support.senders import GP, LOW

pytestmark = pytest.mark.backends("sqlite")


@pytest.fixture
async def asked(database: Database, keyring: Keyring, tmp_path: Path) -> Asked:
    """A case of the GP that Ann has claimed."""
    chat = Chat(database, keyring)
    return await claim_case(chat, keyring, GP, LOW)


@pytest.fixture
def watch(asked: Asked, database: Database, keyring: Keyring) -> Watch:
    return Watch(asked.chat, database, keyring)


async def wait(watch: Watch, **time: float) -> Referral:
    """Some time passes, and what is too old is erased; the referral then."""
    watch.chat._now += timedelta(**time)
    await watch.keeper.expire()
    async with watch.chat.database.read() as session:
        await compare_referrals(session)
        found = await get_referral(session, TOKEN)
    assert found is not None
    return found


@pytest.mark.parametrize("verbs", [("reopen", "claim", "urgent"), ("urgent",)])
async def test_an_urgent_answer_after_another_one_is_followed_for_two_weeks_of_its_own(
    asked: Asked, watch: Watch, verbs: tuple[str, ...]
) -> None:
    await press(asked.chat, ANN, f"v:{TOKEN}:monitor:3")
    await wait(watch, days=13)
    for verb in verbs:
        await press(asked.chat, ANN, f"v:{TOKEN}:{verb}")
    found = await wait(watch, days=2)
    assert None not in (found.chase_at, found.reply_chat, found.details)
    reminded = [each.text or "" for each in await watch.look(asked.chat._now) if each.chat_id == GP.user_id]
    assert any("REFER TODAY" in text for text in reminded)
    assert (await wait(watch, days=13)).details is None


async def test_a_comment_keeps_nothing_longer(asked: Asked, watch: Watch, keyring: Keyring) -> None:
    await press(asked.chat, ANN, f"v:{TOKEN}:urgent")
    await wait(watch, days=13)
    ref, now = keyring.user_ref(ANN.user_id), asked.chat._now
    async with asked.chat.database.write() as session:
        assert await add_verdict(session, TOKEN, NewVerdict(kind="comment"), claimer_ref=ref, now=now)
    assert (await wait(watch, days=2)).details is None


async def test_seen_is_noted_after_the_reminders_have_ended(asked: Asked, watch: Watch) -> None:
    chat = asked.chat
    await press(chat, ANN, f"v:{TOKEN}:urgent")
    assert (await wait(watch, days=15)).chase_at is None
    turn = await chat.take(chat.press(GP, f"urgent:{TOKEN}:seen"))
    (edited,) = turn.sent  # the clinic's card would lose the words that are erased
    assert "REFER TODAY" in (edited.text or "")
    assert "Seen on" in (edited.text or "")
    assert (await wait(watch, minutes=1)).seen_at is not None
    turn = await chat.take(chat.press(GP, f"urgent:{TOKEN}:on:{chat._now:%Y-%m-%d}"))
    assert "Referred on" in (turn.sent[0].text or "")
    assert (await wait(watch, minutes=1)).referred_on is not None


async def test_seen_on_a_withdrawn_request_gets_a_clear_answer(asked: Asked, watch: Watch) -> None:
    chat = asked.chat
    await press(chat, ANN, f"v:{TOKEN}:urgent")
    async with chat.database.write() as session:
        await session.execute(update(ReferralRow).values(state="withdrawn", **ERASED))
    turn = await chat.take(chat.press(GP, f"urgent:{TOKEN}:seen"))
    assert turn.sent == ()
    assert "withdrawn" in chat.request.asked("answerCallbackQuery")[-1]["text"]
    async with chat.database.read() as session:
        found = await get_referral(session, TOKEN)
    assert found is not None
    assert found.seen_at is None
