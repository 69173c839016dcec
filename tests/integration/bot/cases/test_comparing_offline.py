"""The picture of a followed lesion comes after the answer, once, whatever happens in between."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from bot.cases.comparing import Comparisons
from bot.delivery.sealing import open_message
from storage.database.keys import Keyring
from storage.queues import outbox
from storage.restoring.queues import settle_queues
from tests.integration.bot.cases.test_flags_offline import send
from tests.support.offline import Chat, Sender
from tests.support.senders import GP, GP_FR, HIGH, LOW, labelled, plain_spaces, rows
from tests.support.upkeep import DirectQueue

# The conversations know no database: once is enough.
pytestmark = [pytest.mark.backends("sqlite"), pytest.mark.usefixtures("accepted")]


class KilledError(Exception):
    """The process ends here."""


class Line(DirectQueue):
    """Commits at once, or ends the process before it does."""

    is_killed = False

    async def write(self, work: Callable[..., Awaitable[Any]]) -> Any:
        if self.is_killed:
            raise KilledError
        return await super().write(work)


@pytest.fixture
def comparisons(chat: Chat) -> Comparisons:
    return Comparisons(application=chat.application, write_queue=Line(chat.database), notify=lambda _: None)


async def follow_two(chat: Chat, who: Sender = GP):
    """Two photos of one lesion, whose patient agreed; the second was just linked."""
    first, _ = await send(chat, HIGH, who)
    await chat.take(chat.press(who, f"o:{first.number}:n"))
    await chat.take(chat.press(who, f"o:{first.number}:agree"))
    second, _ = await send(chat, LOW, who)
    asked = chat.request.asked("getFile")
    linked = await chat.take(chat.press(who, f"o:{second.number}:j:1"), key="linking")
    assert len(chat.request.asked("getFile")) == len(asked), "the answer waits for no file"
    return first, second, linked


async def pictures(chat: Chat, keyring: Keyring) -> list[Any]:
    """What waits to be sent and is a picture that sets photos side by side."""
    async with chat.database.write() as session:
        pending = await outbox.list_pending(session)
        claimed = []
        for _ in pending:  # one of a chat at a time
            claimed += await outbox.claim_messages(
                session, [row.id for row in pending], owner="o", lease_until=1.0
            )
            for row in claimed:
                await outbox.mark_sent(session, row.id, message_id=None, kind="photo", now=1.0)
    sent = [open_message(row, keyring).outgoing for row in claimed]
    return [each for each in sent if each.key.endswith(":compare")]


@pytest.mark.parametrize(
    ("who", "says"),
    [(GP, "2 photos, not to scale; turned alike if the outline is known"), (GP_FR, "pas à l’échelle")],
)
async def test_the_picture_follows_the_answer_once(
    chat: Chat, comparisons: Comparisons, keyring: Keyring, who: Sender, says: str
) -> None:
    _, _, linked = await follow_two(chat, who)
    assert linked.ending == "done"
    await comparisons.look()
    await comparisons.look()
    (sent,) = await pictures(chat, keyring)
    assert says in plain_spaces(sent.text)
    assert sent.text.startswith("🚩")
    assert sent.photo is not None
    assert sent.chat_id == who.user_id
    assert await rows(chat, "comparisons") == 0


async def test_killed_while_it_is_drawn_it_is_sent_once(
    chat: Chat, comparisons: Comparisons, keyring: Keyring
) -> None:
    _, second, _ = await follow_two(chat)
    comparisons.write_queue.is_killed = True
    with pytest.raises(KilledError):
        await comparisons.look()
    comparisons.write_queue.is_killed = False
    await comparisons.look()
    assert len(await pictures(chat, keyring)) == 1
    # The press is processed again: its turn was not finished when the process ended.
    await chat.take(chat.press(GP, f"o:{second.number}:j:1"), key="linking")
    await comparisons.look()
    assert await pictures(chat, keyring) == []


async def test_a_file_that_is_gone_is_said_to_be_so_and_one_that_does_not_come_is_waited_for(
    chat: Chat, comparisons: Comparisons, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = []
    monkeypatch.setattr(
        "bot.cases.comparing.draw_comparison", lambda content: drawn.append(content) or b"jpeg"
    )
    await follow_two(chat)
    (first, *_) = chat.request.files
    chat.request.files[first] = b""  # fewer bytes than were announced, or other ones
    chat.request.results["getFile"] = {"file_id": first, "file_unique_id": first}
    await comparisons.look()
    assert drawn == []
    assert await rows(chat, "comparisons") == 1
    chat._now += timedelta(hours=2)
    await comparisons.look()
    (content,) = drawn
    assert [each.photo for each in content.photos] == [None, None]
    assert [each.name for each in content.photos] == ["First", "Latest"]


async def test_it_can_be_asked_for_again_and_stops_with_the_agreement(
    chat: Chat, comparisons: Comparisons, keyring: Keyring
) -> None:
    _, second, _ = await follow_two(chat)
    page = await chat.take(chat.press(GP, f"o:{second.number}"))
    await chat.take(chat.press(GP, labelled(page, "🖼 Compare photos")))
    await comparisons.look()
    assert len(await pictures(chat, keyring)) == 2
    await chat.take(chat.press(GP, f"o:{second.number}:compare"))
    await chat.take(chat.press(GP, f"o:{second.number}:stop"))
    await comparisons.look()
    assert await pictures(chat, keyring) == []


async def test_it_is_forgotten_with_its_sender_and_not_repeated_by_a_restored_backup(chat: Chat) -> None:
    await follow_two(chat)
    assert await rows(chat, "comparisons") == 1
    async with chat.database.write() as session:
        await settle_queues(session, now=0.0)
    assert await rows(chat, "comparisons") == 0
    third, _ = await send(chat, LOW)
    await chat.take(chat.press(GP, f"o:{third.number}:j:1"))
    assert await rows(chat, "comparisons") == 1
    await chat.take(chat.press(GP, "f:yes"))
    assert await rows(chat, "comparisons") == 0


async def test_one_that_cannot_be_opened_is_dropped_and_the_others_are_drawn(
    chat: Chat, comparisons: Comparisons, keyring: Keyring
) -> None:
    await follow_two(chat)
    third, _ = await send(chat, LOW)
    await chat.take(chat.press(GP, f"o:{third.number}:j:1"))
    async with chat.database.write() as session:
        await session.execute(text("UPDATE comparisons SET chat = x'00' WHERE key = 'linking:compare'"))
    await comparisons.look()
    (sent,) = await pictures(chat, keyring)
    assert sent.chat_id == GP.user_id
    assert await rows(chat, "comparisons") == 0
    await chat.take(chat.press(GP, f"o:{third.number}:compare"))
    async with chat.database.write() as session:
        await session.execute(text("UPDATE lesion_files SET files = x'00'"))
    await comparisons.look()
    assert await rows(chat, "comparisons") == 0
