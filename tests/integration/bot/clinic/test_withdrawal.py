"""A request can be withdrawn until the clinic's first answer, and leaves nothing in the clinic's chat."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from bot.clinic.facts import Details
from bot.clinic.sealed_forms import seal_details, seal_return
from bot.conversation.wording import plain
from bot.delivery.outgoing import Outgoing
from bot.delivery.sealing import seal_message, seal_message_id
from storage.clinic.audit_referrals import compare_referrals
from storage.clinic.cards import list_undelivered, withdraw_referral
from storage.clinic.group_messages import GroupMessage, keep_group_message
from storage.clinic.referrals import NewReferral, Referral, add_referral, get_referral
from storage.clinic.tables import GroupMessageRow, ReferralRow
from storage.database.sessions import Database
from storage.queues import outbox
from storage.queues.tables import OutboxRow
from storage.record.answers import list_messages
from tests.integration.bot.clinic.test_better_photo import TOKEN, Asked, ask_for_better
from tests.integration.bot.clinic.test_claims import ANN, press
from tests.integration.bot.clinic.test_upkeep import Watch
from tests.support.offline import BOT, FakeTurn, Sender
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


@pytest.mark.parametrize(
    ("gp", "says"),
    [
        (GP, "The clinic's card, its photos and what you sent after them are erased"),
        (
            Sender(7_311_002, "fr"),
            "La carte de l'équipe, ses photos et ce que vous avez envoyé ensuite sont effacés",
        ),
    ],
)
async def test_what_the_sender_asked_back_is_erased_with_the_card(
    database: Database, tmp_path: Path, gp: Sender, says: str
) -> None:
    asked = await ask(database, tmp_path, gp)
    photo, words = await ask_back(asked)
    taught = GroupMessage(
        key="taught:answer", subject=asked.subject, clinic_id=1, case_number=asked.number, kind="card"
    )
    async with database.write() as session:
        await keep_group_message(session, taught, now=asked.chat._now)
        await session.execute(
            update(GroupMessageRow)
            .where(GroupMessageRow.key == photo.key)
            .values(message_id=seal_message_id(71, asked.chat.application.bot_data["services"].keyring))
        )
    turn = await asked.chat.take(asked.chat.press(gp, f"request:{TOKEN}:yes"))
    erased = {each.key: each for each in turn.sent if each.erases and each.chat_id == GROUP}
    assert set(erased) == {f"referral:{TOKEN}:withdrawn", f"{photo.key}:erased", f"{words.key}:erased"}
    edited, replaced = erased[f"{photo.key}:erased"], erased[f"{words.key}:erased"]
    assert (edited.edit_message_id, edited.photo is not None) == (71, True)
    assert (replaced.replaces, replaced.photo) == (words.key, None)
    assert not any("melanoma" in (each.text or "") for each in erased.values())
    assert says in plain(turn.sent[0].text or "").replace("’", "'")


async def test_an_earlier_referral_keeps_its_photos_and_questions_back(
    asked: Asked, database: Database
) -> None:
    chat, keyring = asked.chat, asked.chat.application.bot_data["services"].keyring
    earlier = [each.key for each in await ask_back(asked)]
    await press(chat, ANN, f"v:{TOKEN}:routine")
    async with database.write() as session:
        again = NewReferral(
            token="t1",
            case_number=asked.number,
            subject=asked.subject,
            clinic_id=1,
            level="low",
            language="en",
            due_at=chat._now,
            reply_chat=seal_return(keyring, asked.gp.user_id),
            details=seal_details(keyring, Details(token="t1", case_number=asked.number)),
        )
        await add_referral(session, again, now=chat._now)
        for token in (TOKEN, "t1"):
            message = GroupMessage(
                key=f"referral:{token}:album:1",
                subject=asked.subject,
                clinic_id=1,
                case_number=asked.number,
                kind="photo",
            )
            await keep_group_message(session, message, now=chat._now)
    photo, words = await ask_back(asked)
    turn = await chat.take(chat.press(GP, "request:t1:yes"))
    erased = {each.key for each in turn.sent if each.erases and each.chat_id == GROUP}
    assert {f"{photo.key}:erased", f"{words.key}:erased", "referral:t1:album:1:erased"} < erased
    assert not erased & {f"{key}:erased" for key in (*earlier, f"referral:{TOKEN}:album:1")}


@pytest.mark.parametrize(
    ("gp", "says"),
    [(GP, "The clinic answered"), (Sender(7_311_002, "fr"), "Réponse de l'équipe")],
)
async def test_the_own_card_asks_for_no_better_photo_once_the_request_is_withdrawn(
    database: Database, tmp_path: Path, gp: Sender, says: str
) -> None:
    asked = await ask(database, tmp_path, gp)
    keyring = asked.chat.application.bot_data["services"].keyring
    async with database.write() as session:
        (shown,) = await list_messages(session, asked.number, subject=asked.subject)
        card = Outgoing(key=shown.key, chat_id=gp.user_id, text="card", photo=b"jpeg")
        await outbox.put_message(session, seal_message(card, keyring), now=0.0)
    again, _ = await press(asked.chat, ANN, f"v:{TOKEN}:better_photo")
    withdrawn = await asked.chat.take(asked.chat.press(gp, f"request:{TOKEN}:yes"))
    before, after = (
        [plain(each.text or "").replace("’", "'") for each in turn.sent if each.replaces == shown.key]
        for turn in (again, withdrawn)
    )
    assert [says in each for each in before] == [True]
    assert [says in each for each in after] == [False]


@pytest.mark.parametrize("is_answered", [True, False])
async def test_forgetting_withdraws_only_what_was_never_answered(
    asked: Asked, database: Database, *, is_answered: bool
) -> None:
    for verb in ("routine", "reopen") if is_answered else ():
        await press(asked.chat, ANN, f"v:{TOKEN}:{verb}")
    await asked.chat.take(asked.chat.press(GP, "f:yes"))
    assert (await read(database)).state == ("answered" if is_answered else "withdrawn")
    async with database.read() as session:
        assert await compare_referrals(session) == 1


async def ask_back(asked: Asked) -> tuple[Outgoing, Outgoing]:
    """A photo and a sentence that the sender sends to the clinic."""
    turn = await asked.reply(asked.chat.add_photo(LOW))
    shown = {
        "message_id": 800,
        "date": 1,
        "chat": asked.gp.chat,
        "from": BOT,
        "text": f"🩺 {asked.number}: …",
    }
    said = await asked.chat.take(
        asked.chat.message(asked.gp, text="Her mother had a melanoma", reply_to_message=shown)
    )
    (photo,) = [each for each in turn.sent if each.key.endswith(":back")]
    (words,) = [each for each in said.sent if each.key.endswith(":back")]
    return photo, words
