"""The claimer of an unconfirmed urgent answer left or is no longer listed: a colleague can take over."""

from datetime import timedelta

import pytest

from storage.clinic.audit_referrals import compare_referrals
from storage.clinic.members import NewInvite, add_invite, redeem_invite
from storage.database.keys import Keyring
from storage.database.sessions import Database
from storage.record.people import ensure_person
from tests.integration.bot.clinic import test_urgent
from tests.integration.bot.clinic.test_claims import ANN, BOB, GROUP, press
from tests.integration.bot.clinic.test_upkeep import ADMIN, Watch
from tests.integration.bot.clinic.test_urgent import MONDAY_NIGHT, PHONE, answer_urgent, calls, texts
from tests.integration.bot.clinic.test_urgent import read as read_referral
from tests.support.offline import Chat, Sender

pytestmark = pytest.mark.backends("sqlite")
chat, watch = test_urgent.chat, test_urgent.watch

DUE = MONDAY_NIGHT + timedelta(hours=4, minutes=5)  # the first reminder
NEXT_MORNING = MONDAY_NIGHT + timedelta(days=1, hours=6)


async def leave(chat: Chat, keyring: Keyring, way: str) -> None:
    """Ann may no longer answer."""
    if way == "left":
        chat.request.standing[ANN.user_id] = "left"
    elif way == "forgotten":
        async with chat.database.write() as session:
            await ensure_person(session, keyring.user_ref(ANN.user_id), now=MONDAY_NIGHT)
        await chat.take(chat.press(Sender(ANN.user_id), "f:yes"))
    else:  # a list exists now, and Bob alone is on it
        made = NewInvite(
            token="b", clinic_id=1, role="dermatologist", expires_at=MONDAY_NIGHT + timedelta(days=9)
        )
        async with chat.database.write() as session:
            person = await ensure_person(session, keyring.user_ref(BOB.user_id), now=MONDAY_NIGHT)
            await add_invite(session, made, now=MONDAY_NIGHT)
            await redeem_invite(session, "b", subject=person.subject, now=MONDAY_NIGHT)


def alarms(messages: list, chat_id: int) -> list[str]:  # type: ignore[type-arg]
    """Alarms that this chat reads."""
    return [text for text in texts(messages, chat_id) if "🚨" in text]


@pytest.mark.parametrize("way", ["left", "unlisted", "forgotten"])
async def test_group_and_admins_are_alarmed_and_a_colleague_opens_the_number(
    watch: Watch, chat: Chat, keyring: Keyring, way: str
) -> None:
    token = await answer_urgent(chat, keyring)
    await leave(chat, keyring, way)
    told = await watch.look(DUE)
    assert len(alarms(told, GROUP)) == 1
    assert alarms(told, ADMIN) == alarms(told, GROUP)
    assert calls(told) == []
    assert (await read_referral(chat.database, token)).lacks_claimer
    assert not alarms(await watch.look(DUE + timedelta(minutes=1)), GROUP)
    turn, _ = await press(chat, BOB, f"v:{token}:claim")
    card = next(each for each in turn.sent if each.chat_id == GROUP)
    assert "v:t0:fix" in [button.data for row in card.keyboard or () for button in row]
    _, shown = await press(chat, BOB, f"v:{token}:phone")
    assert shown.endswith(PHONE)
    assert len(calls(await watch.look(NEXT_MORNING))) == 1
    await press(chat, BOB, f"v:{token}:reached")
    assert (await read_referral(chat.database, token)).chase_at is None
    async with chat.database.read() as session:
        await compare_referrals(session)


@pytest.mark.parametrize("way", ["left", "forgotten"])
async def test_each_claimer_who_leaves_is_reported(
    watch: Watch, chat: Chat, keyring: Keyring, way: str
) -> None:
    token = await answer_urgent(chat, keyring)
    chat.request.standing[ANN.user_id] = "left"
    card = next(each for each in await watch.look(DUE) if each.chat_id == GROUP and ":edit:" in each.key)
    data = [button.data for row in card.keyboard or () for button in row]
    assert data == [f"v:{token}:{verb}" for verb in ("claim", "reopen", "outcome")]
    chat.request.standing[ANN.user_id] = "member"
    await press(chat, ANN, f"v:{token}:claim")
    await leave(chat, keyring, way)
    told = await watch.look(NEXT_MORNING)
    assert (len(alarms(told, GROUP)), len(alarms(told, ADMIN)), calls(told)) == (1, 1, [])


async def test_a_case_that_waits_for_a_better_photo_is_open_again(
    watch: Watch, chat: Chat, keyring: Keyring
) -> None:
    token = await answer_urgent(chat, keyring)
    await press(chat, ANN, f"v:{token}:better_photo")
    await leave(chat, keyring, "left")
    assert alarms(await watch.look(DUE), GROUP)
    assert (await read_referral(chat.database, token)).state == "open"
    async with chat.database.read() as session:
        await compare_referrals(session)


async def test_a_claimer_who_stays_keeps_the_case(
    watch: Watch, chat: Chat, database: Database, keyring: Keyring
) -> None:
    token = await answer_urgent(chat, keyring)
    told = [*await watch.look(DUE), *await watch.look(NEXT_MORNING)]
    assert (alarms(told, GROUP), len(calls(told))) == ([], 1)
    assert (await read_referral(database, token)).state == "answered"
    asked = len(chat.request.asked("getChatMember"))
    await watch.look(NEXT_MORNING + timedelta(minutes=1))
    assert len(chat.request.asked("getChatMember")) == asked, "Telegram is asked only when a call may be due"
