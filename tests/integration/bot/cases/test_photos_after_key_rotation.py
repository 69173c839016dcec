"""After a change of keys the photos of earlier cases are still recognised: recorded hashes keep their key."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.cards.side_by_side import ComparisonContent
from bot.cases.comparing import Comparisons
from storage.database.key_file import make_key, open_key_file
from storage.database.keys import Keyring
from storage.database.sessions import Database
from tests.integration.bot.cases.test_comparing_offline import Line
from tests.integration.bot.cases.test_flags_offline import is_flagged
from tests.integration.bot.clinic.test_better_photo import TOKEN, ask_for_better
from tests.integration.bot.clinic.test_claims import ANN, press
from tests.support.builders import readable
from tests.support.offline import BOT, Chat, Sender
from tests.support.senders import GP, LOW, own_cases

pytestmark = [pytest.mark.backends("sqlite")]

FR = Sender(7_311_002, "fr")


def rotate(chat: Chat, tmp_path: Path) -> None:
    """The bot starts again with a new key in use."""
    services = chat.application.bot_data["services"]
    keyring = Keyring((make_key(), *open_key_file(tmp_path / "nevus.key")))
    chat.application.bot_data["services"] = replace(services, keyring=keyring)


async def test_earlier_photos_are_set_side_by_side(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = await ask_for_better(database, tmp_path, GP, LOW)
    chat = asked.chat
    for step in ("n", "agree"):
        await chat.take(chat.press(GP, f"o:{asked.number}:{step}"))
    rotate(chat, tmp_path)
    chat._now += timedelta(hours=100)
    await chat.take(chat.photo(GP, chat.add_photo(readable(0.05, 0.06))))
    newest, _ = await own_cases(chat)
    await chat.take(chat.press(GP, f"o:{newest.number}:j:1"))
    drawn: list[ComparisonContent] = []
    monkeypatch.setattr("bot.cases.comparing.draw_comparison", lambda each: drawn.append(each) or b"jpeg")
    await Comparisons(application=chat.application, write_queue=Line(database), notify=lambda _: None).look()
    (content,) = drawn
    assert [each.photo is not None for each in content.photos] == [True, True]


@pytest.mark.parametrize("gp", [GP, FR])
async def test_the_clinic_can_be_asked_about_an_earlier_case(
    database: Database, tmp_path: Path, gp: Sender
) -> None:
    asked = await ask_for_better(database, tmp_path, gp, LOW, LOW)
    chat = asked.chat
    await press(chat, ANN, f"v:{TOKEN}:routine")
    rotate(chat, tmp_path)
    turn = await chat.take(chat.press(gp, f"q:{asked.number}:ask"))
    for _ in range(9):  # one question after the other
        if turn.sent[0].photo is not None:
            return
        turn = await chat.take(chat.press(gp, f"q:{asked.number}:pass"))
    pytest.fail("the preview has no picture")


async def test_what_is_read_together_belongs_together(database: Database, tmp_path: Path) -> None:
    """The earlier photo has another fingerprint now than in its case."""
    asked = await ask_for_better(database, tmp_path, GP, LOW)
    chat = asked.chat
    rotate(chat, tmp_path)
    shown = {"message_id": 900, "date": 1, "chat": GP.chat, "from": BOT, "text": asked.number}
    await chat.take(chat.photo(GP, chat.add_photo(readable(0.05, 0.06)), reply_to_message=shown))
    both, _ = await own_cases(chat)
    assert len(both.photos) == 2
    assert not await is_flagged(chat, both)
    await chat.take(chat.press(GP, f"k:{asked.number}:7:r0:1", on_card=True))
    assert await is_flagged(chat, both)


async def test_a_photo_that_was_sent_before_is_known(database: Database, tmp_path: Path) -> None:
    asked = await ask_for_better(database, tmp_path, GP, LOW)
    chat = asked.chat
    photo = chat.add_photo(readable(0.95, 0.97))
    await asked.reply(photo)
    rotate(chat, tmp_path)
    await asked.reply(photo)
    assert len((await asked.case()).photos) == 2, "it adds nothing to the case"
    turn = await chat.take(chat.photo(GP, photo))
    note = next(each.text or "" for each in turn.sent if each.key.endswith("sent-before"))
    assert asked.number in note
