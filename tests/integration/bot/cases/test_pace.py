"""Past so many photos an hour a sender is told to wait, and the photo is kept."""

from collections.abc import AsyncIterator

import pytest

from bot.conversation.request import CONSENT_VERSION
from bot.settings import Settings
from storage.database.keys import Keyring
from storage.database.sessions import Database
from tests.support.builders import lesion_of, photo_of, readable
from tests.support.offline import BOT, Chat, Sender
from tests.support.senders import send_photo

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


async def test_lesions_picked_from_a_photo_do_not_count(chat: Chat) -> None:
    """Nobody sent them: they are parts of a photo that counts."""
    lesions = photo_of(*(lesion_of(0.05, left=left) for left in (0, 200, 400)))
    turn = await chat.take(chat.photo(GP, chat.add_photo(lesions)))
    picks = [each.data for row in turn.sent[0].keyboard or () for each in row if "pick:" in (each.data or "")]
    assert len(picks) == 3
    for data in picks:
        await chat.take(chat.press(GP, data or "", on_card=True))
    assert [await send(chat, GP) for _ in range(3)] == ["done", "done", "postponed"]


async def test_an_earlier_photo_read_with_a_new_one_does_not_count_again(chat: Chat) -> None:
    case, _ = await send_photo(chat, readable(0.05, 0.05))
    replied = {"message_id": 900, "date": 1_772_000_000, "chat": GP.chat, "from": BOT}
    for count in (2, 3):
        reply = replied | {"text": case.number}
        case, _ = await send_photo(chat, readable(0.05, 0.05), reply_to_message=reply)
        assert len(case.photos) == count
    assert await send(chat, GP) == "postponed"


async def test_a_photo_sent_again_counts_again(chat: Chat) -> None:
    data = [chat.add_photo(readable(0.05, 0.05)) for _ in range(2)]
    for _ in range(2):
        raws = [chat.photo(GP, each, media_group_id="1") for each in data]
        assert (await chat.take(*raws)).ending == "done"
    assert await send(chat, GP) == "postponed"
