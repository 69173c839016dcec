"""An album that is split reassures nobody: what it was rated as a whole stays with its photos."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.delivery.sealing import open_message, seal_message
from inference.photos import DamagedPhotoError
from inference.readings import Domain, PhotoFindings
from storage.database.keys import Keyring
from storage.database.sessions import Database
from storage.queues import outbox
from storage.record.cases import Case
from tests.integration.bot.cases.test_flags_offline import is_flagged
from tests.integration.bot.clinic.test_better_photo import TOKEN, ask_for_better
from tests.integration.bot.clinic.test_claims import ANN, press
from tests.support.builders import readable
from tests.support.offline import BOT, Chat, FakeRelease, FakeTurn, Sender, settle_flag
from tests.support.records import GROUP
from tests.support.senders import GP, GP_FR, HIGH, LOW, buttons, labelled, own_cases, plain_spaces
from tests.support.tiny_release import tiny_pair
from tests.support.upkeep import make_upkeep

# The conversations know no database: once is enough.
pytestmark = [pytest.mark.backends("sqlite"), pytest.mark.usefixtures("accepted")]

CALM = ("No sign of melanoma", "Aucun signe de mélanome")
CLOSE_UP = readable(0.05, 0.05, Domain.CLINICAL)
FUSION = {
    "weights": {"dermoscopic": 0.5, "clinical": 0.5},
    "scale": 1.0,
    "bias": 0.0,
    "thresholds": {"moderate": 0.0, "high": 0.0},
}


def read_together(chat: Chat) -> None:
    """Rate every close-up and dermoscopic photo that are read together as high."""
    services = chat.application.bot_data["services"]
    release = FakeRelease(tiny_pair() | {"fusion": FUSION})
    chat.application.bot_data["services"] = replace(services, loaded_release=release)


async def list_own(chat: Chat, who: Sender) -> list[Case]:
    """The sender's cases, oldest first."""
    return (await own_cases(chat, who))[::-1]


async def send_album(chat: Chat, who: Sender, findings: Sequence[PhotoFindings]) -> Case:
    await chat.take(*(chat.photo(who, chat.add_photo(each), media_group_id="1") for each in findings))
    (album,) = await own_cases(chat, who)
    return album


async def split(chat: Chat, who: Sender, album: Case) -> FakeTurn:
    return await chat.take(chat.press(who, f"s:{album.number}", on_card=True))


@pytest.mark.parametrize(
    ("who", "says"),
    [
        (GP, "Read together, photos 1 + 3 were rated high. That level stays with each of them"),
        (
            GP_FR,
            "Lues ensemble, les photos 1 + 3 ont donné le niveau élevé. Ce niveau vaut pour chacune",
        ),
    ],
)
async def test_a_level_from_reading_two_photos_together_stays_with_both(
    chat: Chat, who: Sender, says: str
) -> None:
    read_together(chat)
    album = await send_album(chat, who, [LOW, LOW, CLOSE_UP])
    assert (album.level, [each.level for each in album.photos]) == ("high", ["low", "low", "moderate"])
    turn = await split(chat, who, album)
    assert says in plain_spaces(turn.sent[1].text or "").replace("<b>", "").replace("</b>", "")
    parts = await list_own(chat, who)
    assert [each.level for each in parts] == ["high", "low", "high"]
    for part in (parts[0], parts[2]):
        for item in ("r0:1", "r0:0", "s-:1"):
            await chat.take(chat.press(who, f"k:{part.number}:7:{item}", on_card=True))
        shown = await chat.take(chat.press(who, f"d:{part.number}"))
        assert not [each for each in CALM if each in (shown.sent[-1].text or "")]
        assert await is_flagged(chat, part)
    assert [each.level for each in await list_own(chat, who)] == ["high", "low", "high"]
    assert not await is_flagged(chat, parts[1])


async def test_the_level_stays_with_a_photo_that_is_read_together_again(chat: Chat) -> None:
    read_together(chat)
    album = await send_album(chat, GP, [LOW, CLOSE_UP])
    await split(chat, GP, album)
    part, _ = await list_own(chat, GP)
    shown = {"message_id": 900, "date": 1, "chat": GP.chat, "from": BOT, "text": f"{part.number}: high"}
    await chat.take(chat.photo(GP, chat.add_photo(LOW), reply_to_message=shown))
    *_, joined = await list_own(chat, GP)
    assert (len(joined.photos), joined.level) == (2, "high")
    await split(chat, GP, joined)
    assert [each.level for each in (await list_own(chat, GP))[-2:]] == ["high", "high"]


@pytest.mark.parametrize(
    ("who", "says", "calm"),
    [
        (GP, "🚩 Flagged lesion. Patient referred?", CALM[0]),
        (GP_FR, "🚩 Lésion signalée. Patient adressé ?", CALM[1]),
    ],
)
async def test_a_red_flag_that_was_ticked_about_the_album_flags_its_photos(
    chat: Chat, who: Sender, says: str, calm: str
) -> None:
    album = await send_album(chat, who, [LOW, LOW])
    for wanted in (1, 0):
        await chat.take(chat.press(who, f"k:{album.number}:7:r0:{wanted}", on_card=True))
    turn = await split(chat, who, album)
    assert plain_spaces(turn.sent[1].text or "").replace("<b>", "").replace("</b>", "").count(says) == 2
    parts = await list_own(chat, who)
    assert [await is_flagged(chat, each) for each in parts] == [True, True]
    shown = await chat.take(chat.press(who, f"d:{parts[1].number}"))
    assert "🚩" in (shown.sent[-1].text or "")
    assert calm not in (shown.sent[-1].text or "")
    await settle_flag(chat, who, parts[0].number, "wrong_finding")
    assert [await is_flagged(chat, each) for each in parts] == [False, True]


async def test_a_low_mole_beside_a_high_one_is_not_flagged_by_the_album(chat: Chat) -> None:
    album = await send_album(chat, GP, [LOW, HIGH])
    turn = await split(chat, GP, album)
    assert "🚩" not in (turn.sent[1].text or "")
    assert [await is_flagged(chat, each) for each in await list_own(chat, GP)] == [False, True]


async def test_the_list_still_shows_the_flag_when_it_is_drawn_again(chat: Chat, keyring: Keyring) -> None:
    album = await send_album(chat, GP, [LOW, LOW])
    for wanted in (1, 0):
        await chat.take(chat.press(GP, f"k:{album.number}:7:r0:{wanted}", on_card=True))
    turn = await split(chat, GP, album)
    async with chat.database.write() as session:
        await outbox.put_message(session, seal_message(turn.sent[1], keyring), now=0.0)
    first, _ = await list_own(chat, GP)
    changed = await chat.take(chat.press(GP, f"k:{first.number}:7:s0:1"))
    (again,) = [each for each in changed.sent if each.replaces == turn.sent[1].key]
    assert (again.text or "").count("🚩") == 2


@pytest.mark.parametrize(
    ("who", "flagged"),
    [(GP, "🚩 Flagged lesion."), (Sender(GP_FR.user_id, "fr"), "🚩 Lésion signalée.")],
)
async def test_a_clinic_that_was_asked_about_the_album_still_answers(
    database: Database, tmp_path: Path, who: Sender, flagged: str
) -> None:
    """The sender reads the answer, the list of the moles shows the flag, and the letter can be written."""
    asked = await ask_for_better(database, tmp_path, who, LOW, LOW)
    chat = asked.chat
    turn = await split(chat, who, await asked.case())
    async with database.write() as session:
        keyring = chat.application.bot_data["services"].keyring
        await outbox.put_message(session, seal_message(turn.sent[1], keyring), now=0.0)
    parts = await list_own(chat, who)
    turn, _ = await press(chat, ANN, f"v:{TOKEN}:urgent")
    said = [each for each in turn.sent if each.chat_id == who.user_id and each.replaces is None]
    assert any(asked.number in (each.text or "") and each.keyboard for each in said)
    (listed,) = [each for each in turn.sent if each.chat_id == who.user_id and each.replaces]
    assert plain_spaces(listed.text or "").replace("<b>", "").replace("</b>", "").count(flagged) == 2
    assert [await is_flagged(chat, each) for each in parts] == [True, True]
    letter = await chat.take(chat.press(who, f"w:{asked.number}"))
    assert letter.sent[0].document is not None
    forgotten = await chat.take(chat.press(who, "f:yes"))
    assert [each.erases for each in forgotten.sent if each.chat_id == GROUP] == [True], "the card is erased"


async def test_a_request_about_a_split_album_can_be_withdrawn(database: Database, tmp_path: Path) -> None:
    asked = await ask_for_better(database, tmp_path, GP, LOW, LOW)
    await split(asked.chat, GP, await asked.case())
    turn = await asked.chat.take(asked.chat.press(GP, f"request:{TOKEN}:yes"))
    assert any(each.erases for each in turn.sent if each.chat_id == GROUP)


@pytest.mark.parametrize(
    ("who", "asks"),
    [(GP, "Was the patient referred?"), (Sender(GP_FR.user_id, "fr"), "Le patient a-t-il été adressé ?")],
)
async def test_a_reminder_for_a_split_album_heeds_the_flags_of_its_moles(
    database: Database, tmp_path: Path, who: Sender, asks: str
) -> None:
    asked = await ask_for_better(database, tmp_path, who, LOW, LOW)
    chat = asked.chat
    await split(chat, who, await asked.case())
    await press(chat, ANN, f"v:{TOKEN}:monitor:3")
    remind = f"r:{asked.number}:m:3:keep"
    assert "2026" in (await chat.take(chat.press(who, remind))).sent[0].text
    assert asked.number in (await chat.take(chat.command(who, "/remind"))).text
    await press(chat, ANN, f"v:{TOKEN}:urgent")
    assert asks in plain_spaces((await chat.take(chat.press(who, remind))).text)


@pytest.mark.parametrize("who", [GP, GP_FR])
async def test_what_opens_a_split_album_shows_its_moles_to_choose_from(
    chat: Chat, keyring: Keyring, who: Sender
) -> None:
    album = await send_album(chat, who, [LOW, HIGH])
    await chat.take(chat.press(who, f"r:{album.number}:w:2"))
    await split(chat, who, album)
    parts = [each.number for each in await list_own(chat, who)]
    chat._now += timedelta(days=15)
    await make_upkeep(chat).remind()
    async with chat.database.write() as session:
        (row,) = await outbox.claim_messages(
            session, [each.id for each in await outbox.list_pending(session)], owner="test", lease_until=0
        )
    ((button,),) = open_message(row, keyring).outgoing.keyboard or ()
    opened = await chat.take(chat.press(who, str(button.data)))
    listed = await chat.take(chat.command(who, f"/history {album.number}"))
    assert opened.sent[0].edit_message_id == 900
    for turn in (opened, listed):
        assert all(number in turn.text for number in [album.number, *parts])
        ways = [each for each in buttons(turn).values() if str(each).startswith("c:")]
        assert ways == [f"c:{number}::" for number in parts]
        for number, way in zip(parts, ways, strict=True):
            shown = await chat.take(chat.press(who, str(way)))
            assert number in shown.text
            assert f"w:{number}" in buttons(shown).values()


async def test_refer_first_offers_no_button_of_the_split_album(chat: Chat) -> None:
    album = await send_album(chat, GP, [LOW, LOW])
    await chat.take(chat.press(GP, f"k:{album.number}:7:r0:1", on_card=True))
    await split(chat, GP, album)
    asked = await chat.take(chat.press(GP, f"r:{album.number}:m:3"))
    turn = await chat.take(chat.press(GP, labelled(asked, "Not yet")))
    assert "Refer first" in turn.text
    assert list(buttons(turn).values()) == [f"c:{each.number}::" for each in await list_own(chat, GP)]


async def test_only_an_album_that_was_split_is_said_to_be_split(chat: Chat) -> None:
    album = await send_album(chat, GP, [LOW, LOW])
    foreign = await send_album(chat, GP_FR, [LOW, LOW])
    await split(chat, GP, album)
    for number, said in (
        (album.number, "split already"),
        (foreign.number, "no case"),
        ("N-222222", "no case"),
    ):
        assert not (await chat.take(chat.press(GP, f"s:{number}", on_card=True))).sent
        assert said in str(chat.request.asked("answerCallbackQuery")[-1]["text"])
    assert len(await list_own(chat, GP)) == 2
    assert await list_own(chat, GP_FR) == [foreign]


@pytest.mark.parametrize(
    ("who", "says", "net"),
    [
        (GP, "Not read: photo 2 (cannot be opened).", "Refer now"),
        (GP_FR, "Non lues : photo 2 (", "sans attendre une meilleure photo"),
    ],
)
async def test_the_list_names_a_photo_of_the_album_that_could_not_be_opened(
    chat: Chat, keyring: Keyring, who: Sender, says: str, net: str
) -> None:
    """Also when the list is drawn again, and where the album is opened."""
    sent = [LOW, DamagedPhotoError(), LOW]
    await chat.take(*(chat.photo(who, chat.add_photo(each), media_group_id="1") for each in sent))
    (album,) = await own_cases(chat, who)
    turn = await split(chat, who, album)
    async with chat.database.write() as session:
        await outbox.put_message(session, seal_message(turn.sent[1], keyring), now=0.0)
    first, _ = await list_own(chat, who)
    changed = await chat.take(chat.press(who, f"k:{first.number}:7:s0:1"))
    (again,) = [each for each in changed.sent if each.replaces == turn.sent[1].key]
    opened = await chat.take(chat.command(who, f"/history {album.number}"))
    for message in (turn.sent[1], again, opened.sent[0]):
        assert says in plain_spaces(message.text or "")
        assert net in plain_spaces(message.text or "")
    assert len(await list_own(chat, who)) == 2, "it has no case"
