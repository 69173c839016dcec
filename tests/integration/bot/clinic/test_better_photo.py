"""*Better photo please*: the photo that comes back is read and becomes a photo of the case."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import text, update

from bot.cards.side_by_side import ComparisonContent
from bot.cases.comparing import Comparisons
from bot.clinic.facts import Details
from bot.clinic.overdue import notify_of_overdue_claim
from bot.clinic.sealed_forms import seal_details, seal_return
from bot.conversation.attachments import find_files, open_files
from bot.conversation.wording import plain
from bot.delivery.outgoing import Outgoing
from bot.delivery.sealing import seal_message
from bot.settings import Settings
from inference.photos import DamagedPhotoError
from inference.readings import QualityFault, Reason, RiskLevel
from storage.clinic.referrals import NewReferral, add_referral, get_referral
from storage.clinic.tables import ReferralRow
from storage.database.errors import AuditBroken
from storage.database.keys import Keyring
from storage.database.sessions import Database
from storage.queues import outbox
from storage.record.answers import list_messages
from storage.record.audit_record import compare_cases, find_audited_case
from storage.record.cases import Case, get_case
from storage.record.followed_photos import list_followed
from tests.integration.bot.cases.test_comparing_offline import Line
from tests.integration.bot.cases.test_flags_offline import is_flagged
from tests.integration.bot.clinic.test_claims import ANN, press
from tests.support.builders import gated, lesion_of, photo_of, readable
from tests.support.offline import BOT, NOON, TEXTS, Chat, FakeTurn, Sender
from tests.support.records import GROUP, clinic_row
from tests.support.senders import accept_terms, own_cases, plain_spaces

TOKEN = "t0"


@dataclass
class Asked:
    """A case of this GP that Ann has claimed and wants a better photo of."""

    chat: Chat
    gp: Sender
    subject: str
    number: str

    async def reply(self, data: bytes, *, to: str = "") -> FakeTurn:
        """Reply to the clinic's message with a photo, or to another text of the bot."""
        asked = {
            "message_id": 800,
            "date": 1,
            "chat": self.gp.chat,
            "from": BOT,
            "text": to or f"🩺 {self.number}: …",
        }
        return await self.chat.take(self.chat.photo(self.gp, data, reply_to_message=asked))

    async def case(self) -> Case:
        async with self.chat.database.read() as session:
            found = await get_case(session, self.number, subject=self.subject)
        assert found is not None
        return found


async def refer(chat: Chat, keyring: Keyring, gp: Sender, case: Case, *, due_at: datetime = NOON) -> None:
    """A referral of the case waits in the clinic's group."""
    async with chat.database.write() as session:
        session.add(clinic_row(keyring, GROUP))
    await ask_clinic(chat, keyring, gp, Details(token=TOKEN, case_number=case.number), due_at=due_at)


async def ask_clinic(
    chat: Chat, keyring: Keyring, gp: Sender, form: Details, *, due_at: datetime = NOON
) -> None:
    """The same in a group that is linked already, with what the sender stated."""
    (case,) = [each for each in await own_cases(chat, gp) if each.number == form.case_number]
    new = NewReferral(
        token=TOKEN,
        case_number=case.number,
        subject=case.subject,
        clinic_id=1,
        level=case.level,
        language=gp.language_code or "en",
        due_at=due_at,
        reply_chat=seal_return(keyring, gp.user_id),
        details=seal_details(keyring, form),
    )
    async with chat.database.write() as session:
        await add_referral(session, new, now=NOON)


async def ask_for_better(database: Database, tmp_path: Path, gp: Sender, *before: Any) -> Asked:
    """About one photo, or about an album of several."""
    keyring = Keyring.open(tmp_path / "nevus.key")
    chat = Chat(database, keyring, settings=Settings(data_dir=tmp_path))
    asked = await claim_case(chat, keyring, gp, *before)
    await press(chat, ANN, f"v:{TOKEN}:better_photo")
    return asked


async def claim_case(chat: Chat, keyring: Keyring, gp: Sender, *before: Any) -> Asked:
    """A case of these photos, sent to the clinic, that Ann has claimed."""
    chat.request.standing = {ANN.user_id: "member"}
    await chat.application.initialize()
    await accept_terms(chat, gp)
    group = {"media_group_id": "1"} if len(before) > 1 else {}
    await chat.take(*(chat.photo(gp, chat.add_photo(each), **group) for each in before))
    (case,) = await own_cases(chat, gp)
    await refer(chat, keyring, gp, case)
    await press(chat, ANN, f"v:{TOKEN}:claim")
    return Asked(chat, gp, case.subject, case.number)


@pytest.fixture
def backend() -> str:
    """The conversations know no database: once is enough."""
    return "sqlite"


@pytest.mark.parametrize(
    ("gp", "says"),
    [
        (Sender(7_311_001), "the middle, 60 % of each side"),
        (Sender(7_311_002, "fr"), "le centre, 60 % de chaque côté"),
    ],
)
@pytest.mark.parametrize("crop", [60, 100])
async def test_the_clinic_sees_as_little_of_the_better_photo_as_of_the_first(
    database: Database, tmp_path: Path, gp: Sender, says: str, crop: int
) -> None:
    asked = await ask_for_better(database, tmp_path, gp, readable(0.05, 0.05))
    keyring = asked.chat.application.bot_data["services"].keyring
    form = Details(token=TOKEN, case_number=asked.number, crop=crop, photos=1)
    async with database.write() as session:
        await session.execute(update(ReferralRow).values(details=seal_details(keyring, form)))
    turn = await asked.reply(asked.chat.add_photo(readable(0.05, 0.05)))
    answer, forwarded, *_ = turn.sent
    with Image.open(BytesIO(forwarded.photo or b"")) as shown:
        assert shown.size == ((48, 36) if crop == 60 else (80, 60))
    assert (says in plain_spaces(plain(answer.text or "")).replace("’", "'")) == (crop == 60)


@pytest.mark.parametrize(
    ("gp", "says", "level"),
    [
        (Sender(7_311_001), "It is now a photo of", "high"),
        (Sender(7_311_002, "fr"), "Elle fait maintenant partie de", "élevé"),
    ],
)
async def test_the_better_photo_is_read_and_becomes_a_photo_of_the_case(
    database: Database, tmp_path: Path, gp: Sender, says: str, level: str
) -> None:
    asked = await ask_for_better(database, tmp_path, gp, readable(0.05, 0.05))
    before = await asked.case()
    turn = await asked.reply(asked.chat.add_photo(readable(0.95, 0.97)))
    case = await asked.case()
    assert [photo.findings["place"] for photo in case.photos] == [1, 2]
    assert (before.level, case.level, case.photos[1].level) == ("low", "high", "high")
    answer, forwarded, *edits = turn.sent
    assert answer.chat_id == gp.user_id, "it replaces the acknowledgement"
    assert (forwarded.chat_id, forwarded.photo is not None) == (GROUP, True)
    assert says in (answer.text or "")
    assert level in (answer.text or "")
    card = next(each for each in edits if each.chat_id == GROUP)
    assert "HIGH RISK" in (card.text or "")
    assert card.photo is not None, "the picture shows the new level"
    async with database.read() as session:
        assert await compare_cases(session) == 1
        audited = await find_audited_case(session, case.number)
        assert audited is not None
        assert [each.photo_hash for each in audited.photos] == [each.photo_hash for each in case.photos]
        referral = await get_referral(session, TOKEN)
    async with database.write() as session:
        await session.execute(text("UPDATE photos SET probability = 0.1 WHERE position = 1"))
    async with database.read() as session:
        with pytest.raises(AuditBroken, match="probability"):
            await compare_cases(session)
    assert referral is not None
    assert (referral.level, referral.state) == ("high", "claimed")
    services = asked.chat.application.bot_data["services"]
    assert len(await find_files(services, case.number, subject=case.subject)) == 2, "it can be drawn again"


async def test_the_own_card_follows_and_the_next_answer_is_no_correction(
    database: Database, tmp_path: Path
) -> None:
    asked = await ask_for_better(database, tmp_path, Sender(7_311_001), readable(0.05, 0.05))
    await asked.reply(asked.chat.add_photo(readable(0.95, 0.97)))
    turn, _ = await press(asked.chat, ANN, f"v:{TOKEN}:urgent")
    texts = [each.text or "" for each in turn.sent]
    assert any("the clinic answered" in each for each in texts)
    assert not any("CORRECTION" in each for each in texts)


async def comment(asked: Asked, words: str) -> tuple[str, str]:
    """Ann replies to her card; what the card and the sender's newest message say then."""
    card = {"message_id": 900, "date": 1, "chat": ANN.chat, "from": BOT, "text": asked.number}
    turn = await asked.chat.take(asked.chat.message(ANN, text=words, reply_to_message=card))
    edited = next(each for each in turn.sent if each.chat_id == GROUP and each.key.startswith("referral:"))
    return plain(edited.text or ""), plain(
        [e for e in turn.sent if e.chat_id == asked.gp.user_id][-1].text or ""
    )


@pytest.mark.parametrize(
    ("gp", "texts"),
    [
        (Sender(7_311_001), ("Better photo please", "How to retake it", "asked for and received")),
        (Sender(7_311_002, "fr"), ("Meilleure photo, s’il", "Comment la reprendre", "demandée et reçue")),
    ],
)
async def test_a_better_photo_that_came_is_not_asked_for_again(
    database: Database, tmp_path: Path, gp: Sender, texts: tuple[str, str, str]
) -> None:
    asked = await ask_for_better(database, tmp_path, gp, readable(0.05, 0.05))
    chat, (please, retake, came) = asked.chat, texts
    for score in (0.1, 0.2):
        chat._now += timedelta(hours=1)
        card, said = await comment(asked, "Without flash.")
        assert "Better photo please" in card
        assert please in said
        assert retake in said
        turn = await asked.reply(chat.add_photo(readable(score, score)))
        shown = next(each for each in turn.sent if each.chat_id == GROUP and "Claimed" in (each.text or ""))
        card, said = await comment(asked, "Thank you.")
        for each in (plain(shown.text or ""), card):
            assert "Better photo please" not in each
            assert "asked for and received" in each
        assert "Thank you." in said
        assert came in said
        assert please not in said
        assert retake not in said
        chat._now += timedelta(hours=1)
        turn, _ = await press(chat, ANN, f"v:{TOKEN}:better_photo")
        last = [plain(each.text or "") for each in turn.sent if each.chat_id == gp.user_id][-1]
        assert please in last, "another one is asked for"
        assert retake in last


async def test_an_urgent_answer_still_holds_once_the_better_photo_came(
    database: Database, tmp_path: Path
) -> None:
    asked = await ask_for_better(database, tmp_path, Sender(7_311_001), readable(0.05, 0.05))
    await press(asked.chat, ANN, f"v:{TOKEN}:urgent")
    await press(asked.chat, ANN, f"v:{TOKEN}:better_photo")
    asked.chat._now += timedelta(hours=1)
    await asked.reply(asked.chat.add_photo(readable(0.1, 0.1)))
    card, said = await comment(asked, "Thank you.")
    for each in (card, said):
        assert "asked for and received" in each
        assert "Urgent" in each
    assert "press Seen" in said
    assert "has not come yet" not in said
    assert "How to retake it" not in said


@pytest.mark.parametrize(
    ("gp", "one", "two"),
    [
        (Sender(7_311_001), "Advice from one photo.", "Advice from 2 photos."),
        (Sender(7_311_002, "fr"), "Conseil d’après une photo.", "Conseil d’après 2 photos."),
    ],
)
async def test_an_answer_says_from_how_many_photos_it_is(
    database: Database, tmp_path: Path, gp: Sender, one: str, two: str
) -> None:
    asked = await ask_for_better(database, tmp_path, gp, readable(0.05, 0.05))
    assert one in (await comment(asked, "Without flash."))[1]
    await asked.reply(asked.chat.add_photo(readable(0.1, 0.1)))
    assert two in (await comment(asked, "Thank you."))[1]


async def test_what_is_overdue_after_the_better_photo_came_is_the_answer(
    database: Database, tmp_path: Path
) -> None:
    asked = await ask_for_better(database, tmp_path, Sender(7_311_001), readable(0.05, 0.05))
    chat = asked.chat
    chat._now += timedelta(hours=1)
    await asked.reply(chat.add_photo(readable(0.1, 0.1)))
    async with database.read() as session:
        referral = await get_referral(session, TOKEN)
    assert referral is not None
    services, later = chat.application.bot_data["services"], NOON + timedelta(days=9)
    messages, _ = await notify_of_overdue_claim(services, chat.application.bot, referral, now=later)
    said = [plain(each.text or "") for each in messages]
    assert any("has not answered yet" in each for each in said)
    assert any("has waited too long" in each for each in said)
    assert not any("better photo has come" in each or "none has come" in each for each in said)


async def test_a_better_photo_never_lowers_what_an_earlier_one_gave(
    database: Database, tmp_path: Path
) -> None:
    asked = await ask_for_better(database, tmp_path, Sender(7_311_001), readable(0.95, 0.97))
    await asked.reply(asked.chat.add_photo(readable(0.05, 0.05)))
    case = await asked.case()
    assert (case.level, [photo.level for photo in case.photos]) == (RiskLevel.HIGH, ["high", "low"])


async def test_the_same_photo_again_and_an_unreadable_one_add_nothing(
    database: Database, tmp_path: Path
) -> None:
    asked = await ask_for_better(database, tmp_path, Sender(7_311_001), readable(0.05, 0.05))
    data = asked.chat.add_photo(readable(0.95, 0.97))
    await asked.reply(data)
    await asked.reply(data)
    turn = await asked.reply(asked.chat.add_photo(DamagedPhotoError()))
    assert "damaged" in turn.text
    assert len((await asked.case()).photos) == 2


@pytest.mark.parametrize(
    ("gp", "says"),
    [
        (Sender(7_311_001), "send it again as a reply to this message"),
        (Sender(7_311_002, "fr"), "renvoyez-la en réponse à ce message"),
    ],
)
async def test_a_photo_that_is_no_reply_is_a_new_case_and_the_sender_reads_how_to_send_it(
    database: Database, tmp_path: Path, gp: Sender, says: str
) -> None:
    asked = await ask_for_better(database, tmp_path, gp, readable(0.05, 0.05))
    turn = await asked.chat.take(asked.chat.photo(gp, asked.chat.add_photo(readable(0.1, 0.1))))
    assert says in (turn.sent[-1].text or "")
    assert asked.number in (turn.sent[-1].text or "")
    assert len((await asked.case()).photos) == 1
    await asked.reply(asked.chat.add_photo(readable(0.1, 0.1)), to=plain(turn.sent[-1].text or ""))
    assert len((await asked.case()).photos) == 2
    await press(asked.chat, ANN, f"v:{TOKEN}:urgent")
    turn = await asked.chat.take(asked.chat.photo(gp, asked.chat.add_photo(readable(0.1, 0.1))))
    assert not any(says in (each.text or "") for each in turn.sent), "it waits no more"


@pytest.mark.parametrize(
    ("gp", "wish", "came"),
    [
        (Sender(7_311_001), "Better photo please", "Better photo asked for and received"),
        (Sender(7_311_002, "fr"), "Meilleure photo, s’il", "Meilleure photo demandée et reçue"),
    ],
)
async def test_once_the_better_photo_came_nothing_of_the_senders_asks_for_it(
    database: Database, tmp_path: Path, gp: Sender, wish: str, came: str
) -> None:
    asked = await ask_for_better(database, tmp_path, gp, readable(0.05, 0.05))
    chat, number = asked.chat, asked.number
    keyring = chat.application.bot_data["services"].keyring
    async with database.write() as session:
        (answer,) = await list_messages(session, number, subject=asked.subject)
        card = Outgoing(key=answer.key, chat_id=gp.user_id, text="as it was sent", photo=b"a card")
        await outbox.put_message(session, seal_message(card, keyring), now=0.0)
    before = await chat.take(chat.command(gp, "/history"))
    assert (wish in before.text, came in before.text) == (True, False)
    chat._now += timedelta(hours=1)
    turn = await asked.reply(chat.add_photo(readable(0.1, 0.1)))
    (edit,) = [each for each in turn.sent if each.replaces == answer.key]
    assert (wish in (edit.text or ""), came in (edit.text or "")) == (False, True)
    after = await chat.take(chat.command(gp, "/history"))
    assert (wish in after.text, came in after.text) == (False, True)
    turn = await chat.take(chat.photo(gp, chat.add_photo(readable(0.1, 0.1))))
    assert not any(number in (each.text or "") for each in turn.sent), "no note that the clinic waits for it"


@pytest.mark.parametrize(
    ("gp", "says"),
    [(Sender(7_311_001), "has this photo already"), (Sender(7_311_002, "fr"), "contient déjà cette photo")],
)
async def test_a_photo_that_the_case_has_already_is_no_better_one(
    database: Database, tmp_path: Path, gp: Sender, says: str
) -> None:
    asked = await ask_for_better(database, tmp_path, gp, readable(0.05, 0.05))
    chat = asked.chat
    better = chat.add_photo(readable(0.1, 0.1))
    first = await asked.reply(better)
    async with database.read() as session:
        due = [await get_referral(session, TOKEN)]
    chat._now += timedelta(hours=1)
    again = await asked.reply(better)
    assert [says in (each.sent[0].text or "") for each in (first, again)] == [False, True]
    assert len((await asked.case()).photos) == 2
    async with database.read() as session:
        due.append(await get_referral(session, TOKEN))
    assert len({each.due_at for each in due if each is not None}) == 1, "the clinic has no longer for it"


@pytest.mark.parametrize("gp", [Sender(7_311_001), Sender(7_311_002, "fr")])
@pytest.mark.parametrize(
    ("text_id", "to_clinic"),
    [
        ("reminder-due", False),
        ("reminder-due-flagged", False),
        ("remind-set", False),
        ("remind-ask", False),
        ("patient-sentence-kept", False),
        ("notice-overdue", True),
        ("notice-photo-overdue", True),
        ("urgent-reminder", True),
        ("notice-correction", True),
    ],
)
async def test_the_clinic_gets_replies_to_its_own_notices_alone(
    database: Database, tmp_path: Path, gp: Sender, text_id: str, to_clinic: bool
) -> None:
    """A reply to what a sender set or wrote is read as a new case."""
    asked = await ask_for_better(database, tmp_path, gp, readable(0.05, 0.05))
    values = {"case": asked.number, "at": NOON, "words": "It itches.", "pathway": "suspected cancer pathway"}
    said = plain(TEXTS.get((gp.language_code or "")[:2], text_id, **values))
    turn = await asked.reply(asked.chat.add_photo(readable(0.95, 0.97)), to=said)
    assert (GROUP in {each.chat_id for each in turn.sent}) is to_clinic
    newest = (await own_cases(asked.chat, gp))[0]
    assert (newest.number == asked.number) is to_clinic
    assert newest.level == "high"


@pytest.mark.parametrize(
    ("gp", "says"),
    [
        (Sender(7_311_001), "The photo was not read or passed on"),
        (Sender(7_311_002, "fr"), "La photo n’a été ni lue ni transmise"),
    ],
)
async def test_a_photo_with_too_long_a_caption_is_not_dropped_without_a_word(
    database: Database, tmp_path: Path, gp: Sender, says: str
) -> None:
    asked = await ask_for_better(database, tmp_path, gp, readable(0.05, 0.05))
    shown = {"message_id": 800, "date": 1, "chat": gp.chat, "from": BOT, "text": f"🩺 {asked.number}: …"}
    data = asked.chat.add_photo(readable(0.95, 0.97))
    turn = await asked.chat.take(asked.chat.photo(gp, data, reply_to_message=shown, caption="x " * 160))
    assert says in plain(turn.text)
    assert len((await asked.case()).photos) == 1


@pytest.mark.parametrize(
    ("gp", "says"),
    [
        (Sender(7_311_001), ("not the better photo", "still waits", "Blurred")),
        (Sender(7_311_002, "fr"), ("pas encore la meilleure photo", "en attend toujours", "Floue")),
    ],
)
async def test_a_photo_that_cannot_be_read_is_not_yet_the_better_one(
    database: Database, tmp_path: Path, gp: Sender, says: tuple[str, ...]
) -> None:
    """The clinic sees it all the same."""
    asked = await ask_for_better(database, tmp_path, gp, readable(0.05, 0.05))
    blurred = gated(Reason.QUALITY, QualityFault.BLURRED)
    turn = await asked.reply(asked.chat.add_photo(blurred))
    assert [each.chat_id for each in turn.sent] == [gp.user_id, GROUP]
    assert all(each in (turn.sent[0].text or "") for each in says), turn.sent[0].text
    assert len((await asked.case()).photos) == 1
    turn = await asked.reply(asked.chat.add_photo(readable(0.1, 0.1)))
    assert len((await asked.case()).photos) == 2


@pytest.mark.parametrize("gp", [Sender(7_311_001), Sender(7_311_002, "fr")])
@pytest.mark.parametrize("hours", [0, 100])
async def test_a_better_photo_of_a_followed_lesion_can_be_compared(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gp: Sender, hours: int
) -> None:
    """Also after the hours in which the earlier photos can be drawn again."""
    asked = await ask_for_better(database, tmp_path, gp, readable(0.05, 0.05))
    chat, number = asked.chat, asked.number
    for step in ("n", "agree"):
        await chat.take(chat.press(gp, f"o:{number}:{step}"))
    chat._now += timedelta(hours=hours)
    await asked.reply(chat.add_photo(readable(0.95, 0.97)))
    services = chat.application.bot_data["services"]
    async with database.read() as session:
        (files,) = (await list_followed(session, 1)).values()
    assert len(open_files(services, files)) == 2, "the photo that leads the case is among them"
    await chat.take(chat.photo(gp, chat.add_photo(readable(0.05, 0.05))))
    newest, _ = await own_cases(chat, gp)
    await chat.take(chat.press(gp, f"o:{newest.number}:j:1"))
    drawn: list[ComparisonContent] = []
    monkeypatch.setattr("bot.cases.comparing.draw_comparison", lambda each: drawn.append(each) or b"jpeg")
    await Comparisons(application=chat.application, write_queue=Line(database), notify=lambda _: None).look()
    (content,) = drawn
    assert [each.photo is not None for each in content.photos] == [True, True]


@pytest.mark.parametrize(
    ("gp", "says"),
    [(Sender(7_311_001), "one photo at a time"), (Sender(7_311_002, "fr"), "une photo à la fois")],
)
async def test_of_an_album_for_the_clinic_no_photo_is_dropped_without_a_word(
    database: Database, tmp_path: Path, gp: Sender, says: str
) -> None:
    asked = await ask_for_better(database, tmp_path, gp, readable(0.05, 0.05))
    chat = asked.chat
    shown = {"message_id": 800, "date": 1, "chat": gp.chat, "from": BOT, "text": f"🩺 {asked.number}: …"}
    photos = [
        chat.photo(gp, chat.add_photo(readable(score, score)), reply_to_message=shown, media_group_id="1")
        for score in (0.05, 0.95)
    ]
    turn = await chat.take(*photos)
    assert says in turn.text, "and nothing goes to the clinic"
    assert len((await asked.case()).photos) == 1


@pytest.mark.parametrize(
    ("gp", "texts"),
    [
        (Sender(7_311_001), ("It was split into", "No sign of melanoma")),
        (Sender(7_311_002, "fr"), ("Ce cas a été séparé en", "Aucun signe de mélanome")),
    ],
)
@pytest.mark.parametrize("scores", [(0.05, 0.05), (0.05, 0.97)])
async def test_a_better_photo_of_an_album_that_was_split_counts_for_each_of_its_moles(
    database: Database, tmp_path: Path, gp: Sender, texts: tuple[str, str], scores: tuple[float, ...]
) -> None:
    """Which of them it shows, nobody knows; one that was high when the album was split excuses none."""
    asked = await ask_for_better(database, tmp_path, gp, *(readable(score, score) for score in scores))
    chat = asked.chat
    await chat.take(chat.press(gp, f"s:{asked.number}", on_card=True))
    moles = await own_cases(chat, gp)
    assert [await is_flagged(chat, mole) for mole in moles[::-1]] == [score > 0.5 for score in scores]
    turn = await asked.reply(chat.add_photo(readable(0.95, 0.97)))
    says, calm = texts
    assert says in (turn.sent[0].text or "")
    assert all(mole.number in (turn.sent[0].text or "") for mole in moles)
    assert all([await is_flagged(chat, mole) for mole in moles])
    for mole in moles:
        shown = await chat.take(chat.command(gp, f"/history {mole.number}"))
        assert calm not in shown.text


@pytest.mark.parametrize(
    ("gp", "texts"),
    [
        (Sender(7_311_001), ("not rated low any more", "No sign of melanoma", "was not rated low")),
        (
            Sender(7_311_002, "fr"),
            ("le niveau faible ne vaut plus", "Aucun signe de mélanome", "pas été classée faible"),
        ),
    ],
)
@pytest.mark.parametrize(("score", "is_raised"), [(0.1, False), (0.5, True), (0.97, True)])
async def test_a_better_photo_that_is_not_low_leaves_no_mole_of_the_album_low(
    database: Database,
    tmp_path: Path,
    gp: Sender,
    texts: tuple[str, str, str],
    score: float,
    *,
    is_raised: bool,
) -> None:
    asked = await ask_for_better(database, tmp_path, gp, readable(0.05, 0.05), readable(0.05, 0.05))
    chat, (says, calm, why) = asked.chat, texts
    listed = await chat.take(chat.press(gp, f"s:{asked.number}", on_card=True))
    moles = [each.number for each in await own_cases(chat, gp)]
    async with database.write() as session:
        for message in listed.sent[1:]:
            sealed = seal_message(message, chat.application.bot_data["services"].keyring)
            await outbox.put_message(session, sealed, now=0.0)
    turn = await asked.reply(chat.add_photo(readable(score, score)))
    assert (says in plain(turn.sent[0].text or "")) is is_raised
    levels = [each.level for each in await own_cases(chat, gp)]
    assert levels == ["moderate" if is_raised else "low"] * 2
    edits = [each.text or "" for each in turn.sent if each.replaces == listed.sent[1].key]
    assert len(edits) == (1 if is_raised else 0)
    for edit in edits:
        assert "🔵" not in edit
        assert edit.count(why) == 2
    for number in moles:
        shown = plain((await chat.take(chat.command(gp, f"/history {number}"))).text)
        letter = plain((await chat.take(chat.press(gp, f"w:{number}:{gp.language_code}:text"))).text)
        assert (calm in shown) is not is_raised
        assert (why in letter) is (why in shown) is is_raised
        await chat.take(chat.press(gp, f"k:{number}:7:s-:1"))
    assert [each.level for each in await own_cases(chat, gp)] == levels, (
        "an answer does not make it low again"
    )


async def test_a_better_photo_of_a_photo_with_several_lesions_counts_for_the_picked_one(
    database: Database, tmp_path: Path
) -> None:
    gp = Sender(7_311_001)
    two = photo_of(lesion_of(0.05), lesion_of(0.06, left=200))
    asked = await ask_for_better(database, tmp_path, gp, two)
    await asked.chat.take(asked.chat.press(gp, f"pick:{asked.number}:1:1", on_card=True))
    picked = (await own_cases(asked.chat, gp))[0]
    assert picked.level == "low"
    turn = await asked.reply(asked.chat.add_photo(readable(0.5, 0.5)))
    assert f"It may show {picked.number} as well" in plain(turn.sent[0].text or "")
    assert (await own_cases(asked.chat, gp))[0].level == "moderate"


@pytest.mark.parametrize(("score", "level"), [(0.1, "low"), (0.5, "moderate"), (0.97, "moderate")])
@pytest.mark.parametrize("way", ["pick:{}:1:1", "s:{}"])
async def test_a_better_photo_counts_for_what_is_made_from_the_case_later(
    database: Database, tmp_path: Path, way: str, score: float, level: str
) -> None:
    """A lesion that is picked, or moles of an album that is split, once the photo is there."""
    gp = Sender(7_311_001)
    two = photo_of(lesion_of(0.05), lesion_of(0.06, left=200))
    before = [two] if way.startswith("pick") else [readable(0.05, 0.05)] * 2
    asked = await ask_for_better(database, tmp_path, gp, *before)
    await asked.reply(asked.chat.add_photo(readable(score, score)))
    turn = await asked.chat.take(asked.chat.press(gp, way.format(asked.number), on_card=True))
    said = plain([each.text or "" for each in turn.sent if each.chat_id == gp.user_id][-1])
    assert (f"A better photo of {asked.number}" in said) is (level != "low")
    cases = [each for each in await own_cases(asked.chat, gp) if each.number != asked.number]
    made = [each for each in cases if each.photos[0].findings["place"] <= len(before)]
    assert [each.level for each in made] == [level] * len(before)


async def test_a_lesion_picked_on_the_better_photo_itself_may_be_low(
    database: Database, tmp_path: Path
) -> None:
    gp = Sender(7_311_001)
    asked = await ask_for_better(database, tmp_path, gp, readable(0.05, 0.05))
    two = photo_of(lesion_of(0.05), lesion_of(0.06, left=200))
    await asked.reply(asked.chat.add_photo(two))
    await asked.chat.take(asked.chat.press(gp, f"pick:{asked.number}:2:1", on_card=True))
    assert (await own_cases(asked.chat, gp))[0].level == "low"


async def test_a_high_photo_of_a_whole_case_names_no_moles(database: Database, tmp_path: Path) -> None:
    asked = await ask_for_better(database, tmp_path, Sender(7_311_001), readable(0.05, 0.05))
    turn = await asked.reply(asked.chat.add_photo(readable(0.95, 0.97)))
    said = turn.sent[0].text or ""
    assert "It is now a photo of" in said
    assert "split" not in said
