"""Who may not is refused with a sentence that reveals nothing, and noted without saying who they are."""

import logging
import random
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from bot.clinic.invites import PREFIX
from bot.conversation.request import CONSENT_VERSION
from bot.routing.buttons import CLINIC_PRESSES, PRESSES
from bot.settings import Settings
from storage.clinic.clinics import Role
from storage.clinic.members import NewInvite, add_invite, list_members, redeem_invite, revoke_member
from storage.clinic.referrals import erase_for_subject, get_referral
from storage.database.keys import Keyring
from storage.database.sessions import Database
from storage.record.cases import list_cases
from storage.record.people import ensure_person
from tests.integration.bot.clinic.test_claims import ANN, BOB, GROUP, OUTSIDER, ask
from tests.support.builders import readable
from tests.support.offline import NOON, Chat, FakeTurn, Sender
from tests.support.records import clinic_row

pytestmark = pytest.mark.backends("sqlite")

ELSEWHERE = -100_777
ADMIN = Sender(4_711)
GP, STRANGER = Sender(7_311_001), Sender(7_311_003)
REFUSED = "This is not for you to do here."
NOTE = re.compile(r"refused [a-z2-7]{8}: [a-z ]+")
FORGED_EVERY = 8  # of all combinations of strange arguments, one in so many


@dataclass
class House:
    """A bot with a clinic that has one open referral."""

    chat: Chat
    database: Database
    keyring: Keyring
    token: str = ""

    async def press(self, person: Sender, data: str, *, on_card: bool = True) -> tuple[FakeTurn, str]:
        turn = await self.chat.take(self.chat.press(person, data, on_card=on_card))
        return turn, str(self.chat.request.asked("answerCallbackQuery")[-1].get("text") or "")

    async def invite(self, name: str, role: Role, *, clinic_id: int = 1) -> str:
        token = name.ljust(32, "x")
        invite = NewInvite(token=token, clinic_id=clinic_id, role=role, expires_at=NOON + timedelta(days=3))
        async with self.database.write() as session:
            await add_invite(session, invite, now=NOON)
        return token

    async def let_in(self, person: Sender, *, clinic_id: int) -> None:
        """On the list of dermatologists."""
        token = await self.invite(f"in{person.user_id}of{clinic_id}", "dermatologist", clinic_id=clinic_id)
        async with self.database.write() as session:
            known = await ensure_person(session, self.keyring.user_ref(person.user_id), now=NOON)
            await redeem_invite(session, token, subject=known.subject, now=NOON)

    async def remove_everyone(self, *, clinic_id: int) -> None:
        async with self.database.write() as session:
            for member in await list_members(session, clinic_id, limit=9):
                await revoke_member(session, member, now=NOON)

    async def add_clinic(self) -> int:
        async with self.database.write() as session:
            title = self.keyring.encrypt(b"Planted clinic", purpose="clinic title")
            row = clinic_row(self.keyring, ELSEWHERE, title=title)
            session.add(row)
            await session.flush()
            return row.id


@pytest.fixture
async def house(database: Database, tmp_path: Path) -> House:
    keyring = Keyring.open(tmp_path / "nevus.key")
    settings = Settings(data_dir=tmp_path, admins=(ADMIN.user_id,), access="clinic")
    chat = Chat(database, keyring, settings=settings)
    chat.request.standing = {ANN.user_id: "member", BOB.user_id: "member"}
    await chat.application.initialize()
    house = House(chat, database, keyring)
    (house.token,) = await ask(database, keyring, 1)
    return house


@pytest.fixture
def notes(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    caplog.set_level(logging.INFO, logger="bot.conversation.access")
    return lambda: [each.getMessage() for each in caplog.records if each.name == "bot.conversation.access"]


async def an_outsider(house: House) -> tuple[Sender, str]:
    return OUTSIDER, REFUSED


async def someone_who_was_removed_from_the_list(house: House) -> tuple[Sender, str]:
    await house.let_in(BOB, clinic_id=1)
    await house.remove_everyone(clinic_id=1)
    return BOB, REFUSED


async def a_member_of_another_clinic(house: House) -> tuple[Sender, str]:
    """In this group too, but on the other clinic's list; this one has a list of its own."""
    await house.let_in(ANN, clinic_id=1)
    await house.let_in(BOB, clinic_id=await house.add_clinic())
    return BOB, "This clinic keeps a list of its dermatologists"


async def a_member_who_carries_the_button_to_another_clinic(house: House) -> tuple[Sender, str]:
    await house.let_in(BOB, clinic_id=await house.add_clinic())
    return Sender(BOB.user_id, group_id=ELSEWHERE), REFUSED


async def an_anonymous_administrator(house: House) -> tuple[Sender, str]:
    house.chat.request.standing[BOB.user_id] = "anonymous"
    return BOB, "You are anonymous here."


async def someone_who_was_thrown_out_of_the_group(house: House) -> tuple[Sender, str]:
    house.chat.request.standing[BOB.user_id] = "kicked"
    return BOB, REFUSED


async def a_stale_button(house: House) -> tuple[Sender, str]:
    async with house.database.write() as session:
        referral = await get_referral(session, house.token)
        assert referral is not None
        await erase_for_subject(session, referral.subject, (b"s" * 32,), now=NOON)
    return ANN, "This case is no longer open."


@pytest.mark.parametrize(
    "who",
    [
        an_outsider,
        someone_who_was_removed_from_the_list,
        a_member_of_another_clinic,
        a_member_who_carries_the_button_to_another_clinic,
        an_anonymous_administrator,
        someone_who_was_thrown_out_of_the_group,
        a_stale_button,
    ],
    ids=lambda who: who.__name__,
)
async def test_a_press_is_refused_noted_and_changes_nothing(
    house: House,
    notes: Callable[[], list[str]],
    who: Callable[[House], Awaitable[tuple[Sender, str]]],
) -> None:
    person, words = await who(house)
    async with house.database.read() as session:
        before = await get_referral(session, house.token)
    for verb in ("claim", "urgent", "monitor:3", "benign::sure", "fix", "back"):
        turn, told = await house.press(person, f"v:{house.token}:{verb}")
        assert turn.sent == ()
        assert told.startswith(words)
        assert "N-" not in told
    async with house.database.read() as session:
        assert await get_referral(session, house.token) == before
    assert len(notes()) == 6
    assert all(NOTE.fullmatch(each) for each in notes()), notes()
    assert not any(str(person.user_id) in each for each in notes())


async def test_an_invitation_used_twice_and_an_invented_one_get_the_same_words(
    house: House, notes: Callable[[], list[str]]
) -> None:
    token = await house.invite("once", "sender")
    first = await house.chat.take(house.chat.command(GP, f"/start {PREFIX}{token}"))
    assert "Welcome" in (first.sent[0].text or "")
    assert [each.chat_id for each in first.sent if "used your invitation" in (each.text or "")] == [4_711]
    twice = await house.chat.take(house.chat.command(STRANGER, f"/start {PREFIX}{token}"))
    invented = await house.chat.take(house.chat.command(STRANGER, f"/start {PREFIX}{'A' * 32}"))
    assert twice.text == invented.text
    assert "cannot be used" in twice.text
    assert len(notes()) == 2
    assert all(NOTE.fullmatch(each) for each in notes())


async def test_nobody_but_an_admin_reaches_what_admins_can_do(
    house: House, notes: Callable[[], list[str]]
) -> None:
    for command in ("/link", "/invite", "/members", "/stats"):
        assert "I do not know" in (await house.chat.take(house.chat.command(GP, command))).text
    for data in ("i:1:s", "i:1:d", f"j:y:{GROUP}", f"j:l:{GROUP}:fr", "m:p:1:0", "m:a:1:0", "m:y:1:0"):
        turn, told = await house.press(GP, data, on_card=False)
        assert (turn.sent, told) == ((), "This button is no longer valid. /history shows your cases.")
    assert len(notes()) == 7


async def test_a_removed_sender_can_ask_the_clinic_nothing_more(
    house: House, notes: Callable[[], list[str]]
) -> None:
    token = await house.invite("gone", "sender")
    await house.chat.take(house.chat.command(GP, f"/start {PREFIX}{token}"))
    await house.chat.take(house.chat.press(GP, f"a:{CONSENT_VERSION}"))
    await house.chat.take(house.chat.photo(GP, house.chat.add_photo(readable(0.9, 0.9))))
    async with house.database.read() as session:
        (member,) = [each for each in await list_members(session, 1, limit=9) if each.role == "sender"]
        (case,) = await list_cases(session, subject=member.subject, limit=9)
    await house.remove_everyone(clinic_id=1)
    turn, told = await house.press(GP, f"q:{case.number}:ask")
    assert (turn.sent, told) == ((), "No clinic is linked at the moment.")
    read = house.chat.engine.read_count
    turn = await house.chat.take(house.chat.photo(GP, house.chat.add_photo(readable(0.9, 0.9))))
    assert "for invited clinicians only" in turn.text
    assert house.chat.engine.read_count == read
    assert case.number in (await house.chat.take(house.chat.command(GP, "/history"))).text
    assert all(NOTE.fullmatch(each) for each in notes())


async def test_no_forged_button_breaks_anything_or_says_anything(house: House) -> None:
    """Every kind of button with strange arguments, from someone with a case and from a dermatologist."""
    token = await house.invite("in", "sender")
    await house.chat.take(house.chat.command(GP, f"/start {PREFIX}{token}"))
    await house.chat.take(house.chat.press(GP, f"a:{CONSENT_VERSION}"))
    await house.chat.take(house.chat.photo(GP, house.chat.add_photo(readable(0.9, 0.9))))
    async with house.database.read() as session:
        sender = next(each for each in await list_members(session, 1, limit=9) if each.role == "sender")
        (case,) = await list_cases(session, subject=sender.subject, limit=9)
    strange = ("", "²", "١", "-1", "9" * 22, "x" * 20, ":", "\N{ZERO WIDTH SPACE}", "sure", "0")
    some = random.Random(4)
    tried = 0
    for action in PRESSES:
        for first in (case.number, *strange):
            for second in strange:
                if some.randrange(FORGED_EVERY):
                    continue
                data = f"{action}:{first}:{second}:{some.choice(strange)}".encode()[:64].decode(
                    errors="ignore"
                )
                for on_card in (False, True):
                    await house.press(GP, data, on_card=on_card)
                    tried += 1
    for action in CLINIC_PRESSES:
        for first in (house.token, *strange):
            for second in ("claim", "monitor", "urgent", "fix", *strange):
                await house.press(ANN, f"{action}:{first}:{second}:²"[:40])
                tried += 1
    assert tried > 300
