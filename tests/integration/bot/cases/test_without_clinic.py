"""A bot without a dermatology team: cases need none; forgetting someone does not need the networks either."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.conversation.clinics import NO_CLINICS
from bot.conversation.request import CONSENT_VERSION, word
from bot.settings import Settings
from storage.database.keys import Keyring
from storage.database.sessions import Database
from tests.support.builders import readable
from tests.support.offline import Chat, Sender

pytestmark = pytest.mark.backends("sqlite")  # the conversations know no database: once is enough

GP = Sender(7_311_001)


@pytest.fixture
async def chat(database: Database, keyring: Keyring, tmp_path: Path):
    """A bot that knows no clinic, and a sender with one case."""
    chat = Chat(database, keyring, settings=Settings(data_dir=tmp_path))
    data = chat.application.bot_data
    data["services"] = replace(data["services"], clinics=NO_CLINICS)
    async with chat.application:
        await chat.take(chat.press(GP, f"a:{CONSENT_VERSION}"))
        await chat.take(chat.photo(GP, chat.add_photo(readable(0.1, 0.1))))
        yield chat


async def test_an_answer_offers_no_question_to_a_clinic(chat: Chat) -> None:
    turn = await chat.take(chat.photo(GP, chat.add_photo(readable(0.9, 0.9))))
    actions = {button.data.split(":")[0] for row in turn.sent[0].keyboard for button in row}
    assert {"d", "k", "o", "w"} <= actions
    assert "q" not in actions


@pytest.mark.parametrize("command", ["/history", "/letter", "/export"])
async def test_the_record_needs_no_clinic(chat: Chat, command: str) -> None:
    turn = await chat.take(chat.command(GP, command))
    assert turn.ending == "done"
    assert turn.sent


async def test_a_sender_is_forgotten_without_a_clinic(chat: Chat) -> None:
    turn = await chat.take(chat.press(GP, "f:yes"))
    assert len(turn.sent) == 1
    listed = await chat.take(chat.command(GP, "/history"))
    assert not listed.sent[0].keyboard


async def test_words_are_found_before_the_networks_are_loaded(chat: Chat) -> None:
    """Someone may be forgotten, and clinics' cards erased, while the networks still load."""
    services = replace(chat.application.bot_data["services"], loaded_release=None)
    assert word(services, "en").say("erased-caption")
