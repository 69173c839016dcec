"""Past so many photos an hour a sender is told to wait, and the photo is kept."""

from collections.abc import AsyncIterator

import pytest

from bot.conversation.request import CONSENT_VERSION
from bot.settings import Settings
from storage.database.keys import Keyring
from storage.database.sessions import Database
from tests.support.builders import readable
from tests.support.offline import Chat, Sender

pytestmark = pytest.mark.backends("sqlite")

GP, OTHER = Sender(7_311_001), Sender(7_311_003)


@pytest.fixture
async def chat(database: Database, keyring: Keyring) -> AsyncIterator[Chat]:
    chat = Chat(database, keyring, settings=Settings(photos_per_hour=3))
    async with chat.application:
        for person in (GP, OTHER):
            await chat.take(chat.press(person, f"a:{CONSENT_VERSION}"))
        yield chat


async def send(chat: Chat, who: Sender, photos: int = 1, key: str | None = None) -> str | None:
    """Send a photo, or an album; how the turn ended."""
    raws = [chat.photo(who, chat.add_photo(readable(0.9, 0.9))) for _ in range(photos)]
    return (await chat.take(*raws, key=key)).ending


async def test_past_the_limit_a_photo_waits_and_its_sender_is_told(chat: Chat) -> None:
    assert [await send(chat, GP) for _ in range(3)] == ["done"] * 3
    before = chat.engine.read_count
    turn = await chat.take(chat.photo(GP, chat.add_photo(readable(0.9, 0.9))))
    assert turn.ending == "postponed"
    assert chat.engine.read_count == before
    assert "3 photos within an hour" in turn.text
    assert "about 57 minutes" in turn.text  # the clock goes on by a minute with each photo
    assert "refer now" in turn.text


async def test_others_are_not_held_up(chat: Chat) -> None:
    for _ in range(3):
        await send(chat, GP)
    assert await send(chat, OTHER) == "done"


async def test_an_hour_later_it_is_read(chat: Chat) -> None:
    for _ in range(3):
        await send(chat, GP)
    raw = chat.photo(GP, chat.add_photo(readable(0.9, 0.9)))
    endings = [(await chat.take(raw, key="the-same-turn")).ending for _ in range(58)]
    assert endings == ["postponed"] * 57 + ["done"]


async def test_each_photo_of_an_album_counts(chat: Chat) -> None:
    assert await send(chat, GP, photos=3) == "done"
    assert await send(chat, GP) == "postponed"
