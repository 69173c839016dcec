"""A clinic's list of dermatologists stays one when nobody is on it any more, and the admins read so."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.settings import Settings
from storage.clinic.clinics import get_clinic
from storage.clinic.members import NewInvite, add_invite, list_members, redeem_invite
from storage.clinic.referrals import get_referral
from storage.database.keys import Keyring
from storage.database.sessions import Database
from storage.record.people import ensure_person
from tests.integration.bot.clinic.test_claims import ANN, BOB, ask, press
from tests.integration.bot.clinic.test_upkeep import ADMIN
from tests.support.offline import NOON, Chat, FakeTurn, Sender

pytestmark = pytest.mark.backends("sqlite")


async def join(chat: Chat, keyring: Keyring, user: int, *, role: str = "dermatologist") -> None:
    """Accept an invitation."""
    made = NewInvite(token=f"{role}{user}", clinic_id=1, role=role, expires_at=NOON + timedelta(days=1))  # type: ignore[arg-type]
    async with chat.database.write() as session:
        person = await ensure_person(session, keyring.user_ref(user), now=NOON)
        await add_invite(session, made, now=NOON)
        await redeem_invite(session, made.token, subject=person.subject, now=NOON)


@pytest.fixture
async def chat(database: Database, keyring: Keyring, tmp_path: Path) -> Chat:
    """A case waits; Ann is the only one on the list."""
    await ask(database, keyring, 1)
    chat = Chat(database, keyring, settings=Settings(admins=(ADMIN,), data_dir=tmp_path))
    chat.request.standing = {ANN.user_id: "member", BOB.user_id: "member"}
    await chat.application.initialize()
    await join(chat, keyring, ANN.user_id)
    return chat


async def remove(chat: Chat, place: int = 0) -> FakeTurn:
    """An admin removes a member with `/members`; dermatologists come first."""
    async with chat.database.read() as session:
        member = (await list_members(session, 1, limit=9))[place]
    return await chat.take(chat.press(Sender(ADMIN), f"m:y:{member.id}:0"))


def warned(turn: FakeTurn) -> list[int]:
    """Who reads that nobody can answer."""
    return [each.chat_id for each in turn.sent if "no invited dermatologist any more" in (each.text or "")]


@pytest.mark.parametrize("way", ["forget", "members"])
async def test_without_the_last_dermatologist_nobody_answers_and_the_admins_are_told(
    chat: Chat, way: str
) -> None:
    if way == "forget":
        turn = await chat.take(chat.press(Sender(ANN.user_id), "f:yes"))
    else:
        turn = await remove(chat)
    assert warned(turn) == [ADMIN]
    _, told = await press(chat, BOB, "v:t0:claim")
    assert "you are not on it" in told
    async with chat.database.read() as session:
        referral = await get_referral(session, "t0")
        clinic = await get_clinic(session, 1)
    assert referral is not None
    assert referral.state == "open"
    assert clinic is not None
    assert clinic.has_list


async def test_a_new_invitation_lets_someone_answer_again(chat: Chat, keyring: Keyring) -> None:
    await remove(chat)
    await join(chat, keyring, BOB.user_id)
    _, told = await press(chat, BOB, "v:t0:claim")
    assert "yours" in told


async def test_while_another_one_is_listed_the_admins_read_nothing(chat: Chat, keyring: Keyring) -> None:
    await join(chat, keyring, BOB.user_id)
    assert warned(await remove(chat)) == []
    assert warned(await chat.take(chat.press(Sender(BOB.user_id), "f:yes"))) == [ADMIN]


async def test_a_dermatologist_who_is_removed_as_a_sender_stays_listed(chat: Chat, keyring: Keyring) -> None:
    await join(chat, keyring, ANN.user_id, role="sender")
    assert warned(await remove(chat, place=1)) == []
    _, told = await press(chat, ANN, "v:t0:claim")
    assert "yours" in told
