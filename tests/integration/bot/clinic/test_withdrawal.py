"""A request can be withdrawn until the clinic's first answer; a reopened case keeps its answer."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from bot.clinic.facts import Details
from bot.clinic.sealed_forms import seal_details
from bot.conversation.wording import plain
from bot.delivery.outgoing import Outgoing
from bot.delivery.sealing import seal_message
from storage.clinic.cards import list_undelivered, withdraw_referral
from storage.clinic.referrals import Referral, get_referral
from storage.clinic.tables import ReferralRow
from storage.database.sessions import Database
from storage.queues import outbox
from storage.queues.tables import OutboxRow
from tests.integration.bot.clinic.test_better_photo import TOKEN, Asked, ask_for_better
from tests.integration.bot.clinic.test_claims import ANN, press
from tests.integration.bot.clinic.test_upkeep import Watch
from tests.support.offline import FakeTurn, Sender
from tests.support.records import GROUP
from tests.support.senders import GP, LOW

pytestmark = [pytest.mark.backends("sqlite")]

REQUEST_ID = 77  # of the sender's message about their request


@pytest.fixture
async def asked(database: Database, tmp_path: Path) -> Asked:
    return await ask(database, tmp_path, GP)


async def ask(database: Database, tmp_path: Path, gp: Sender) -> Asked:
    """A request whose message in the sender's chat is known."""
    asked = await ask_for_better(database, tmp_path, gp, LOW)
    keyring = asked.chat.application.bot_data["services"].keyring
    details = seal_details(keyring, Details(token=TOKEN, case_number=asked.number, message_id=REQUEST_ID))
    async with database.write() as session:
        await session.execute(update(ReferralRow).values(details=details))
    return asked


async def read(database: Database) -> Referral:
    async with database.read() as session:
        found = await get_referral(session, TOKEN)
    assert found is not None
    return found


def find_request(turn: FakeTurn) -> Outgoing:
    (request,) = [each for each in turn.sent if each.edit_message_id == REQUEST_ID]
    return request


def list_data(message: Outgoing) -> list[str | None]:
    return [button.data for row in message.keyboard or () for button in row]


@pytest.mark.parametrize(
    ("gp", "says"),
    [
        (GP, ("The clinic has answered", "claimed it", "The clinic has answered already")),
        (Sender(7_311_002, "fr"), ("L'équipe a répondu", "l'a pris", "L'équipe a déjà répondu")),
    ],
)
async def test_a_reopened_answer_holds_and_its_request_cannot_be_withdrawn(
    database: Database, tmp_path: Path, gp: Sender, says: tuple[str, str, str]
) -> None:
    answered, claimed, closed = says
    asked = await ask(database, tmp_path, gp)
    chat = asked.chat
    await press(chat, ANN, f"v:{TOKEN}:urgent")
    reopened, _ = await press(chat, ANN, f"v:{TOKEN}:reopen")
    again, _ = await press(chat, ANN, f"v:{TOKEN}:claim")
    for turn in (reopened, again):
        request = find_request(turn)
        assert answered in plain(request.text or "").replace("’", "'")
        assert list_data(request) == [f"outcome:{TOKEN}"]
    assert claimed in plain(find_request(again).text or "").replace("’", "'")
    for verb in ("withdraw", "yes"):  # buttons that stand in the chat since before
        turn = await chat.take(chat.press(gp, f"request:{TOKEN}:{verb}"))
        assert turn.sent == ()
        said = str(chat.request.asked("answerCallbackQuery")[-1]["text"])
        assert closed in said.replace("’", "'")
    assert ((await read(database)).state, (await read(database)).chase_at is None) == ("claimed", False)
    watch = Watch(chat, database, chat.application.bot_data["services"].keyring)
    reminders = await watch.look(chat._now + timedelta(hours=5))
    assert any(each.chat_id == gp.user_id for each in reminders), "the urgent answer is still to be confirmed"


async def test_an_answer_that_comes_first_wins_over_a_withdrawal(asked: Asked, database: Database) -> None:
    await press(asked.chat, ANN, f"v:{TOKEN}:urgent")
    await press(asked.chat, ANN, f"v:{TOKEN}:reopen")
    async with database.write() as session:
        assert not await withdraw_referral(session, TOKEN, now=asked.chat._now)
    assert (await read(database)).state == "open"


async def test_a_reopened_case_is_not_withdrawn_because_its_card_is_refused(
    asked: Asked, database: Database
) -> None:
    """After a move of the group the card is posted again, and Telegram may refuse it."""
    keyring = asked.chat.application.bot_data["services"].keyring
    card = Outgoing(key=f"referral:{TOKEN}:card", chat_id=GROUP, text="card", photo=b"picture")
    async with database.write() as session:
        await outbox.put_message(session, seal_message(card, keyring), now=0)
        await session.execute(update(OutboxRow).where(OutboxRow.key == card.key).values(state="failed"))
    async with database.read() as session:
        assert [each.token for each in await list_undelivered(session)] == [TOKEN], "asked for a better photo"
    await press(asked.chat, ANN, f"v:{TOKEN}:urgent")
    await press(asked.chat, ANN, f"v:{TOKEN}:reopen")
    async with database.read() as session:
        assert await list_undelivered(session) == []
