"""The clinic's answer is the same wherever it is read: list, details, an earlier request, an erased card."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from bot.clinic.facts import Details
from bot.clinic.sealed_forms import seal_details
from bot.delivery.outgoing import Outgoing
from bot.delivery.sealing import seal_message
from bot.settings import Settings
from storage.clinic.confirmations import list_unconfirmed
from storage.clinic.tables import ReferralRow
from storage.database.keys import Keyring
from storage.database.sessions import Database
from storage.queues import outbox
from storage.research import read_photos
from tests.integration.bot.cases.test_flags_offline import is_flagged
from tests.integration.bot.clinic.test_asked_again import (
    FR,
    answered_and_asked_again,
    drawn,
    read_record,
    straight,
)
from tests.integration.bot.clinic.test_better_photo import TOKEN, claim_case, refer
from tests.integration.bot.clinic.test_claims import ANN, press
from tests.support.offline import BOT, Chat, Sender
from tests.support.records import GROUP
from tests.support.senders import GP, LOW, accept_terms, own_cases

pytestmark = [pytest.mark.backends("sqlite")]

__all__ = ["drawn"]  # a fixture


async def post(chat: Chat, message: Outgoing) -> None:
    keyring = chat.application.bot_data["services"].keyring
    async with chat.database.write() as session:
        await outbox.put_message(session, seal_message(message, keyring), now=0.0)


@pytest.fixture
async def chat(database: Database, keyring: Keyring) -> Chat:
    chat = Chat(database, keyring)
    chat.request.standing = {ANN.user_id: "member"}
    await chat.application.initialize()
    await accept_terms(chat, GP, FR)
    return chat


@pytest.mark.parametrize("gp", [GP, FR])
@pytest.mark.parametrize("shown", ["list", "details"])
async def test_an_urgent_answer_flags_the_list_and_the_details_of_its_case(
    chat: Chat, keyring: Keyring, gp: Sender, shown: str
) -> None:
    count = 2 if shown == "list" else 1
    group = {"media_group_id": "1"} if count == 2 else {}
    await chat.take(*(chat.photo(gp, chat.add_photo(LOW), **group) for _ in range(count)))
    (case,) = await own_cases(chat, gp)
    verb = "s" if shown == "list" else "d"
    opened = await chat.take(chat.press(gp, f"{verb}:{case.number}", on_card=True))
    message = opened.sent[-1]
    await post(chat, message)
    case = (await own_cases(chat, gp))[-1]
    await refer(chat, keyring, gp, case)
    await press(chat, ANN, f"v:{TOKEN}:claim")
    for verb, is_urgent in (("urgent", True), ("benign::sure", False)):
        turn, _ = await press(chat, ANN, f"v:{TOKEN}:{verb}")
        (edited,) = [each for each in turn.sent if each.replaces == message.key]
        assert ("🚩" in (edited.text or "")) == is_urgent
        assert await is_flagged(chat, case) == is_urgent


@pytest.mark.parametrize(
    ("gp", "says"),
    [
        (GP, "This replaces the clinic's answer “Urgent"),
        (FR, "Cela remplace la réponse de l'équipe « Urgent"),
    ],
)
async def test_a_calm_answer_to_a_second_request_replaces_the_urgent_one_everywhere(
    database: Database, tmp_path: Path, gp: Sender, says: str
) -> None:
    asked, token = await answered_and_asked_again(database, tmp_path, gp, kind="urgent")
    chat = asked.chat
    urgent = f"referral:{TOKEN}:to-sender:verdict:2"
    await post(chat, Outgoing(key=urgent, chat_id=gp.user_id, text="urgent"))
    await press(chat, ANN, f"v:{token}:claim")
    turn, _ = await press(chat, ANN, f"v:{token}:benign")
    assert says in straight(turn.sent[-1].text or "").replace("’", "'")
    (struck,) = [each for each in turn.sent if each.replaces == urgent]
    assert "<s>" in (struck.text or "")
    assert not struck.keyboard
    history, _ = await read_record(asked)
    assert "Urgent" not in history
    chat._now += timedelta(days=1)
    async with database.read() as session:
        assert await list_unconfirmed(session) == [], "nobody is reminded to refer today"
    seen = await chat.take(chat.press(gp, f"urgent:{TOKEN}:seen"))
    assert seen.sent == ()


async def test_an_urgent_answer_to_a_second_request_is_the_one_to_confirm(
    database: Database, tmp_path: Path
) -> None:
    asked, token = await answered_and_asked_again(database, tmp_path, GP, kind="urgent")
    for verb in ("claim", "urgent"):
        turn, _ = await press(asked.chat, ANN, f"v:{token}:{verb}")
    assert "replaces" not in straight(turn.sent[-1].text or "")
    async with database.read() as session:
        assert [each.token for each in await list_unconfirmed(session)] == [token]


@pytest.mark.parametrize("gp", [GP, FR])
async def test_a_late_urgent_correction_of_the_first_answer_holds_everywhere(
    database: Database, tmp_path: Path, drawn: list[str], gp: Sender
) -> None:
    asked, token = await answered_and_asked_again(database, tmp_path, gp)
    for verb in ("claim", "benign"):
        await press(asked.chat, ANN, f"v:{token}:{verb}")
    asked.chat._now += timedelta(hours=1)
    await press(asked.chat, ANN, f"v:{TOKEN}:urgent")
    history, letter = await read_record(asked)
    assert ["Urgent" in each for each in (drawn[-1], history, letter)] == [True, True, True]
    calm = {GP: "No suspicious feature", FR: "Rien de suspect"}[gp]
    assert calm not in history


async def test_a_better_photo_after_a_calm_second_answer_revives_no_urgent_one(
    database: Database, tmp_path: Path, drawn: list[str]
) -> None:
    """Reminders and *Seen* of the urgent one have ended: nothing shows it but the flag, which stays."""
    asked, token = await answered_and_asked_again(database, tmp_path, GP, kind="urgent")
    for verb in ("claim", "benign", "better_photo"):
        await press(asked.chat, ANN, f"v:{token}:{verb}")
    history, letter = await read_record(asked)
    assert ["Better photo please" in each for each in (drawn[-1], history, letter)] == [True, True, True]
    assert ["Urgent" in each for each in (drawn[-1], history)] == [False, False]
    assert await is_flagged(asked.chat, await asked.case())


async def test_the_research_export_has_the_answer_before_a_withdrawn_request(
    database: Database, tmp_path: Path
) -> None:
    asked, token = await answered_and_asked_again(database, tmp_path, GP)
    await asked.chat.take(asked.chat.press(GP, f"request:{token}:yes"))
    async with database.read() as session:
        rows = [row async for row in read_photos(session)]
    assert [row["verdict"] for row in rows] == ["routine"]
    assert [(row["referrals"], row["earlier_verdicts"]) for row in rows] == [(1, "better_photo")]


async def test_the_research_export_hides_no_earlier_answer(database: Database, tmp_path: Path) -> None:
    """Neither while the case is asked about again, nor after that is answered, nor after a correction."""
    asked, token = await answered_and_asked_again(database, tmp_path, GP, kind="urgent")
    for verbs, verdict, earlier in (
        ((), None, "better_photo urgent"),
        (("claim", "benign"), "benign", "better_photo urgent"),
        (("better_photo",), "better_photo", "better_photo urgent benign"),
    ):
        for verb in verbs:
            await press(asked.chat, ANN, f"v:{token}:{verb}")
        async with database.read() as session:
            (row,) = [row async for row in read_photos(session)]
        assert (row["verdict"], row["referrals"], row["earlier_verdicts"]) == (verdict, 2, earlier)


async def test_a_forgotten_person_who_claimed_their_own_case_leaves_its_card_erased(
    database: Database, keyring: Keyring, tmp_path: Path
) -> None:
    chat = Chat(database, keyring, settings=Settings(data_dir=tmp_path))
    asked = await claim_case(chat, keyring, Sender(ANN.user_id), LOW)
    form = Details(token=TOKEN, case_number=asked.number, sentence="Planted sentence", age="18-39")
    async with database.write() as session:
        await session.execute(update(ReferralRow).values(details=seal_details(keyring, form)))
    turn = await chat.take(chat.press(Sender(ANN.user_id), "f:yes"))
    assert [each.erases for each in turn.sent if each.chat_id == GROUP] == [True]


@pytest.mark.parametrize("gp", [GP, FR])
@pytest.mark.parametrize("first", ["routine", "urgent"])
async def test_a_late_calm_correction_undoes_no_newer_urgent_answer(
    database: Database, tmp_path: Path, drawn: list[str], gp: Sender, first: str
) -> None:
    asked, token = await answered_and_asked_again(database, tmp_path, gp, kind=first)
    for verb in ("claim", "urgent"):
        await press(asked.chat, ANN, f"v:{token}:{verb}")
    for verb in ("benign", "monitor:3"):
        asked.chat._now += timedelta(hours=1)
        turn, _ = await press(asked.chat, ANN, f"v:{TOKEN}:{verb}")
        says = {GP: "to another request about the case", FR: "à une autre demande sur ce cas"}[gp]
        assert says in straight(turn.sent[-1].text or "")
        history, letter = await read_record(asked)
        assert ["Urgent" in each for each in (drawn[-1], history, letter)] == [True, True, True]


@pytest.mark.parametrize("gp", [GP, FR])
@pytest.mark.parametrize("then", ["better_photo", "comment"])
async def test_what_follows_a_late_urgent_correction_on_the_second_card_leaves_it_standing(
    database: Database, tmp_path: Path, drawn: list[str], gp: Sender, then: str
) -> None:
    asked, token = await answered_and_asked_again(database, tmp_path, gp)
    for verb in ("claim", "benign"):
        await press(asked.chat, ANN, f"v:{token}:{verb}")
    asked.chat._now += timedelta(hours=1)
    turn, _ = await press(asked.chat, ANN, f"v:{TOKEN}:urgent")
    (urgent,) = [each.key for each in turn.sent if ":to-sender:" in each.key]
    await post(asked.chat, Outgoing(key=urgent, chat_id=gp.user_id, text="urgent"))
    if then == "better_photo":
        turn, _ = await press(asked.chat, ANN, f"v:{token}:{then}")
    else:
        card = {"message_id": 900, "date": 1, "chat": ANN.chat, "from": BOT, "text": asked.number}
        words = asked.chat.message(ANN, text="Thank you for asking again.", reply_to_message=card)
        turn = await asked.chat.take(words)
    assert not [each for each in turn.sent if each.replaces == urgent], "it is not struck"
    (said,) = [straight(each.text or "") for each in turn.sent if ":to-sender:" in each.key]
    assert {GP: "REFER TODAY", FR: "ADRESSEZ AUJOURD"}[gp] in said
