"""Two dermatologists press "Claim" at the same instant, each through a process of their own."""

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from bot.cases.view import stored_photos
from bot.clinic.facts import Details
from bot.clinic.sealed_forms import seal_details, seal_return
from bot.conversation.request import CONSENT_VERSION
from bot.settings import Settings
from inference.readings import Reason, RiskLevel
from storage.clinic.referrals import NewReferral, add_referral, get_referral
from storage.database.errors import Conflict
from storage.database.key_file import make_key, open_key_file
from storage.database.keys import Keyring
from storage.database.sessions import Database
from storage.record.cases import add_case
from tests.support.builders import RULES, readable, view
from tests.support.offline import NOON, Chat, FakeTurn, Sender
from tests.support.records import GROUP, SUBJECT, clinic_row, new_case

ROUNDS = 200
SEEN = view(RiskLevel.HIGH, (Reason.SCORE_HIGH,), readable(0.95, 0.97))
ANN = Sender(7_311_071, group_id=GROUP)
BOB = Sender(7_311_072, group_id=GROUP)
OUTSIDER = Sender(7_311_073, group_id=GROUP)


@pytest.fixture
async def chats(database: Database, other_database: Database, keyring: Keyring) -> tuple[Chat, Chat]:
    """The same bot in two processes, both dermatologists in its clinic."""
    both = Chat(database, keyring), Chat(other_database, keyring)
    for chat in both:
        chat.request.standing = {ANN.user_id: "member", BOB.user_id: "member"}
        await chat.application.initialize()
    return both


async def ask(
    database: Database, keyring: Keyring, count: int, *, subject: str = SUBJECT, phone: str | None = None
) -> list[str]:
    """Referrals that wait; their tokens."""
    async with database.write() as session:
        row = clinic_row(keyring, GROUP)
        session.add(row)
        await session.flush()
        for number in range(count):
            case = await add_case(
                session,
                new_case(f"turn {number}", photos=stored_photos(SEEN, RULES), context=None, subject=subject),
                now=NOON,
            )
            details = Details(token=f"t{number}", case_number=case.number, phone=phone)
            new = NewReferral(
                token=details.token,
                case_number=case.number,
                subject=case.subject,
                clinic_id=row.id,
                level="high",
                language="en",
                due_at=NOON,
                reply_chat=seal_return(keyring, 5),
                details=seal_details(keyring, details),
            )
            await add_referral(session, new, now=NOON)
    return [f"t{number}" for number in range(count)]


async def press(chat: Chat, person: Sender, data: str) -> tuple[FakeTurn, str]:
    """Press, again when the database says so, as the workers do; the turn and what the button said."""
    raw = chat.press(person, data, on_card=True)
    while True:
        try:
            turn = await chat.take(raw)
        except Conflict:
            continue
        told = chat.request.asked("answerCallbackQuery")[-1]
        return turn, str(told.get("text") or "")


@pytest.mark.timeout(600)  # 400 presses through the whole application, on machines that are busy too
async def test_of_two_at_once_one_wins_and_both_are_told_each_time(
    chats: tuple[Chat, Chat], database: Database, keyring: Keyring
) -> None:
    told: Counter[str] = Counter()
    for token in await ask(database, keyring, ROUNDS):
        data = f"v:{token}:claim"
        (first, to_ann), (second, to_bob) = await asyncio.gather(
            press(chats[0], ANN, data), press(chats[1], BOB, data)
        )
        assert len(first.sent) + len(second.sent) == 1, "the card is edited by the winner alone"
        async with database.read() as session:
            found = await get_referral(session, token)
        assert found is not None
        winner = ANN if first.sent else BOB
        assert found.claimer_ref == keyring.user_ref(winner.user_id)
        told.update(text.partition(" claimed this case on")[0] for text in (to_ann, to_bob))
    assert told == {"The case is yours. Answer with the buttons.": ROUNDS, "Ann": ROUNDS}


async def test_a_forged_a_foreign_and_a_stale_button_reveal_nothing(
    chats: tuple[Chat, Chat], database: Database, keyring: Keyring
) -> None:
    (token,) = await ask(database, keyring, 1)
    elsewhere = Sender(ANN.user_id, group_id=-100_777)
    refused = "This is not for you to do here."
    for person, data in (
        (OUTSIDER, f"v:{token}:claim"),
        (elsewhere, f"v:{token}:claim"),
        (ANN, "v:ffffffffffff:claim"),
        (ANN, "v"),
    ):
        turn, told = await press(chats[0], person, data)
        assert (turn.sent, told) == ((), refused)
    turn, told = await press(chats[0], ANN, f"v:{token}:urgent")
    assert (turn.sent, told) == ((), "Claim the case first.")
    await press(chats[0], ANN, f"v:{token}:claim")
    chats[0].request.standing[ANN.user_id] = "left"
    turn, told = await press(chats[0], ANN, f"v:{token}:urgent")
    assert (turn.sent, told) == ((), refused)


async def test_a_claim_that_is_worked_on_twice_stays_one_claim(
    chats: tuple[Chat, Chat], database: Database, keyring: Keyring
) -> None:
    (token,) = await ask(database, keyring, 1)
    await press(chats[0], ANN, f"v:{token}:claim")
    _, told = await press(chats[1], ANN, f"v:{token}:claim")
    assert told == "The case is yours already."


async def test_who_claimed_before_a_change_of_keys_still_answers_and_can_be_forgotten(
    chats: tuple[Chat, Chat], database: Database, keyring: Keyring, tmp_path: Path
) -> None:
    first, second = await ask(database, keyring, 2)
    for token in (first, second):
        await press(chats[0], ANN, f"v:{token}:claim")
    older = open_key_file(tmp_path / "nevus.key")
    later = Chat(database, Keyring((make_key(), *older)), settings=Settings(data_dir=tmp_path))
    later.request.standing = dict(chats[0].request.standing)
    await later.application.initialize()
    _, told = await press(later, ANN, f"v:{first}:urgent")
    assert told == "Sent to the sender."
    _, told = await press(later, BOB, f"v:{second}:urgent")
    assert "Ann claimed this case" in told

    private = Sender(ANN.user_id)
    await later.take(later.press(private, f"a:{CONSENT_VERSION}"))
    forgotten = await later.take(later.press(private, "f:yes"))
    assert len([each for each in forgotten.sent if each.chat_id == GROUP]) == 2, "both cards lose the name"
    async with database.read() as session:
        found = [await get_referral(session, token) for token in (first, second)]
    assert [(each.state, each.claimer_ref, each.claimer) for each in found if each] == [
        ("answered", None, None),
        ("open", None, None),
    ]
