"""What an album that is split leaves to the lesion that it was followed for, and how its list reads then."""

from pathlib import Path

import pytest

from bot.delivery.sealing import seal_message
from storage.database.sessions import Database
from storage.queues import outbox
from storage.record.cases import Case
from tests.integration.bot.cases.test_flag_redrawn import assert_flagged, find_edit, take_sent
from tests.integration.bot.cases.test_flags_offline import is_flagged, send
from tests.integration.bot.clinic.test_better_photo import TOKEN, ask_for_better
from tests.integration.bot.clinic.test_claims import ANN, press
from tests.support.builders import lesion_of, photo_of, readable
from tests.support.offline import BOT, Chat, FakeTurn, Sender
from tests.support.senders import GP, GP_FR, HIGH, LOW, own_cases, plain_spaces, rows

# The conversations know no database: once is enough.
pytestmark = [pytest.mark.backends("sqlite"), pytest.mark.usefixtures("accepted")]

BOTH = pytest.mark.parametrize("who", [GP, GP_FR])


async def send_album(chat: Chat, who: Sender, *photos: bytes) -> Case:
    await chat.take(*(chat.photo(who, each, media_group_id="1") for each in photos))
    return (await own_cases(chat, who))[0]


async def list_parts(chat: Chat, who: Sender, *known: Case) -> list[Case]:
    """The cases of a split album, in the order of its photos."""
    numbers = [each.number for each in known]
    return [each for each in (await own_cases(chat, who))[::-1] if each.number not in numbers]


@BOTH
async def test_the_high_photo_of_an_album_keeps_its_lesion_flagged(chat: Chat, who: Sender) -> None:
    first, answer = await send(chat, LOW, who)
    album = await send_album(chat, who, chat.add_photo(LOW), chat.add_photo(HIGH))
    joined = await chat.take(chat.press(who, f"o:{album.number}:same:{first.number}"))
    assert_flagged(find_edit(joined, answer), who)
    split = await chat.take(chat.press(who, f"s:{album.number}", on_card=True))
    assert [await is_flagged(chat, each) for each in await list_parts(chat, who)] == [True, False, True]
    _, _, high = await list_parts(chat, who)
    assert_flagged(find_edit(split, answer), who)
    assert high.number in (find_edit(split, answer) or ""), "the album has no card any more"


@BOTH
async def test_a_mole_whose_photo_the_album_has_loses_the_flag_of_another_one(
    chat: Chat, who: Sender
) -> None:
    photo = chat.add_photo(LOW)
    await chat.take(chat.photo(who, photo))
    (first,) = await own_cases(chat, who)
    low, answer = await send(chat, LOW, who)
    album = await send_album(chat, who, photo, chat.add_photo(HIGH))
    for joined in (low, album):
        await chat.take(chat.press(who, f"o:{joined.number}:same:{first.number}"))
    assert await is_flagged(chat, low)
    split = await chat.take(chat.press(who, f"s:{album.number}", on_card=True))
    parts = await list_parts(chat, who, first, low)
    assert [await is_flagged(chat, each) for each in (first, low, *parts)] == [False, False, False, True]
    said = find_edit(split, answer)
    assert said is not None
    assert "🚩" not in said


@pytest.mark.parametrize("who", [GP, Sender(GP_FR.user_id, "fr")])
async def test_what_a_clinic_said_about_an_album_stays_with_its_lesion(
    database: Database, tmp_path: Path, who: Sender
) -> None:
    asked = await ask_for_better(database, tmp_path, who, LOW, LOW)
    chat = asked.chat
    first, answer = await send(chat, LOW, who)
    await chat.take(chat.press(who, f"o:{asked.number}:same:{first.number}"))
    await press(chat, ANN, f"v:{TOKEN}:urgent")
    split = await chat.take(chat.press(who, f"s:{asked.number}", on_card=True))
    assert_flagged(find_edit(split, answer), who)
    parts = await list_parts(chat, who)
    assert [await is_flagged(chat, each) for each in parts] == [True, True, True]


async def test_an_answer_that_closed_the_flag_closes_it_after_the_split(
    database: Database, tmp_path: Path
) -> None:
    asked = await ask_for_better(database, tmp_path, GP, LOW, LOW)
    chat = asked.chat
    first, answer = await send(chat, LOW)
    await chat.take(chat.press(GP, f"o:{asked.number}:same:{first.number}"))
    await press(chat, ANN, f"v:{TOKEN}:urgent")
    await press(chat, ANN, f"v:{TOKEN}:benign::sure")
    split = await chat.take(chat.press(GP, f"s:{asked.number}", on_card=True))
    assert "🚩" not in (split.sent[1].text or "")
    assert find_edit(split, answer) is None
    assert not any([await is_flagged(chat, each) for each in await list_parts(chat, GP)])


async def _tick(chat: Chat, who: Sender, split: FakeTurn, data: str) -> str:
    """The list of an album's cases after a press, with the keyring's help to find its message."""
    keyring = chat.application.bot_data["services"].keyring
    async with chat.database.write() as session:
        await outbox.put_message(session, seal_message(split.sent[1], keyring), now=0.0)
    turn = await chat.take(chat.press(who, data))
    (listed,) = [each for each in turn.sent if each.replaces == split.sent[1].key]
    return plain_spaces(listed.text or "").replace("<b>", "").replace("</b>", "")


@pytest.mark.parametrize(
    ("who", "raised", "flagged"),
    [(GP, "🔴 high", "🚩 Flagged lesion."), (GP_FR, "🔴 élevé", "🚩 Lésion signalée.")],
)
async def test_one_edit_of_a_list_shows_the_new_level_and_whom_it_flags(
    chat: Chat, who: Sender, raised: str, flagged: str
) -> None:
    album = await send_album(chat, who, chat.add_photo(LOW), chat.add_photo(LOW))
    split = await chat.take(chat.press(who, f"s:{album.number}", on_card=True))
    first, second = await list_parts(chat, who)
    await chat.take(chat.press(who, f"o:{second.number}:same:{first.number}"))
    listed = await _tick(chat, who, split, f"k:{first.number}:7:r0:1")
    of_first, of_second = listed.split(first.number)[1].split(second.number)[:2]
    assert raised in of_first
    assert flagged in of_second


async def test_a_list_names_the_photo_of_the_album_and_not_the_better_one(
    database: Database, tmp_path: Path
) -> None:
    asked = await ask_for_better(database, tmp_path, GP, LOW)
    chat = asked.chat
    await asked.reply(chat.add_photo(readable(0.4, 0.4)))
    split = await chat.take(chat.press(GP, f"s:{asked.number}", on_card=True))
    first, second = await list_parts(chat, GP)
    listed = await _tick(chat, GP, split, f"k:{first.number}:7:s0:1")
    lines = [line for line in listed.splitlines() if first.number in line or second.number in line]
    assert ["photo 1" in lines[0], "photo 2" in lines[1]] == [True, True]


@BOTH
async def test_a_lesion_picked_on_a_followed_photo_shows_its_flag(chat: Chat, who: Sender) -> None:
    several = photo_of(lesion_of(0.95), lesion_of(0.05, left=300))
    photo, _ = await send(chat, several, who)
    await chat.take(chat.press(who, f"o:{photo.number}:n"))
    picked = await take_sent(chat, who, f"pick:{photo.number}:1:2")
    case = (await own_cases(chat, who))[0]
    assert await is_flagged(chat, case)
    assert_flagged(plain_spaces(picked.text).replace("<b>", ""), who)


@pytest.mark.parametrize(("who", "flagged"), [(GP, "🚩 Flagged lesion."), (GP_FR, "🚩 Lésion signalée.")])
async def test_a_list_flags_every_mole_of_the_lesion_that_a_new_photo_flags(
    chat: Chat, who: Sender, flagged: str
) -> None:
    album = await send_album(chat, who, chat.add_photo(LOW), chat.add_photo(LOW))
    split = await take_sent(chat, who, f"s:{album.number}")
    first, second = await list_parts(chat, who)
    await chat.take(chat.press(who, f"o:{second.number}:same:{first.number}"))
    shown = {"message_id": 801, "date": 1, "chat": who.chat, "from": BOT, "text": f"{first.number}: low"}
    turn = await chat.take(chat.photo(who, chat.add_photo(HIGH), reply_to_message=shown))
    assert [await is_flagged(chat, each) for each in (first, second)] == [True, True]
    (listed,) = [each for each in turn.sent if each.replaces == split.sent[-1].key]
    assert plain_spaces(listed.text or "").replace("<b>", "").count(flagged) == 2


@pytest.mark.parametrize(
    ("who", "says"), [(GP, "does not include this album any more"), (GP_FR, "ne comprend plus cet album")]
)
async def test_photos_that_were_kept_for_an_album_are_erased_when_it_is_split(
    chat: Chat, who: Sender, says: str
) -> None:
    album = await send_album(chat, who, chat.add_photo(LOW), chat.add_photo(LOW))
    await chat.take(chat.press(who, f"o:{album.number}:n"))
    await chat.take(chat.press(who, f"o:{album.number}:agree"))
    assert await rows(chat, "lesion_files") > 0
    split = await chat.take(chat.press(who, f"s:{album.number}", on_card=True))
    assert says in plain_spaces(split.sent[1].text or "")
    assert [await rows(chat, each) for each in ("lesions", "lesion_cases", "lesion_files")] == [0, 0, 0]
