"""Photos that are read together as one lesion: what is said about one answer holds for the other."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from bot.delivery.turn import current_turn
from inference.readings import RiskLevel
from storage.database.errors import Conflict
from storage.record.cases import Case
from tests.integration.bot.cases.test_flags_offline import is_flagged, send
from tests.integration.bot.cases.test_reply_to_flagged import CALM, reply
from tests.support.offline import BOT, Chat, FakeTurn, Sender
from tests.support.senders import GP, GP_FR, HIGH, LOW, own_cases, plain_spaces

# The conversations know no database: once is enough.
pytestmark = [pytest.mark.backends("sqlite"), pytest.mark.usefixtures("accepted")]


async def send_both(chat: Chat, who: Sender, second: Any = LOW) -> tuple[Case, Case, FakeTurn, FakeTurn]:
    """A photo and a reply to its answer: both cases and both answers."""
    first, answer = await send(chat, LOW, who)
    both, turn = await reply(chat, answer.sent[0].text or "", second, who=who)
    assert len(both.photos) == 2
    return first, both, answer, turn


@pytest.mark.parametrize("who", [GP, GP_FR])
async def test_a_red_flag_of_the_first_photo_reaches_the_joint_answer(chat: Chat, who: Sender) -> None:
    """Ticked under the older answer, after both were read."""
    first, both, _, _ = await send_both(chat, who)
    await chat.take(chat.press(who, f"k:{first.number}:7:r0:1", on_card=True))
    new, old = await own_cases(chat, who)
    assert (old.number, old.level, new.number) == (first.number, RiskLevel.HIGH, both.number)
    assert await is_flagged(chat, new)
    shown = plain_spaces((await chat.take(chat.command(who, f"/history {new.number}"))).text)
    assert "🚩" in shown
    letter = (await chat.take(chat.press(who, f"w:{new.number}:en:text"))).text
    assert "suspected cancer pathway" in letter


async def test_a_high_joint_answer_marks_the_answer_of_the_first_photo(chat: Chat) -> None:
    """No calm sentence stays above an alarm about the same lesion."""
    first, both, answer, turn = await send_both(chat, GP, HIGH)
    assert both.level == RiskLevel.HIGH
    assert await is_flagged(chat, first)
    (edited,) = [each for each in turn.sent if each.replaces == f"{answer.key}:answer"]
    assert "🚩" in (edited.text or "")
    assert both.number in (edited.text or "")
    assert not [each for each in CALM if each in (edited.text or "")]


async def test_two_calm_answers_are_edited_by_nothing(chat: Chat) -> None:
    first, both, _, turn = await send_both(chat, GP)
    assert not [each for each in turn.sent if each.replaces and "along" in each.key]
    assert not await is_flagged(chat, first)
    assert not await is_flagged(chat, both)


async def test_what_is_ticked_while_the_second_photo_is_read_is_not_lost(chat: Chat) -> None:
    """Buttons do not wait for photos: the photo's turn is processed again, with what was ticked."""
    first, answer = await send(chat, LOW)
    shown = {"message_id": 900, "date": 1, "chat": GP.chat, "from": BOT, "caption": answer.sent[0].text}
    photo = chat.photo(GP, chat.add_photo(LOW), reply_to_message=shown)
    read = chat.engine.read
    ticked: list[str] = []

    async def read_slowly(data: bytes, *, gate: bool = True) -> Any:
        if not ticked:
            ticked.append(first.number)
            turn = current_turn.get()
            async with asyncio.TaskGroup() as group:
                group.create_task(chat.take(chat.press(GP, f"k:{first.number}:7:r0:1", on_card=True)))
            current_turn.set(turn)
        return await read(data, gate=gate)

    chat.engine.read = read_slowly  # type: ignore[method-assign]
    with pytest.raises(Conflict, match="has changed"):
        await chat.take(photo)
    assert len(await own_cases(chat)) == 1, "nothing was recorded, so nothing was sent"
    turn = await chat.take(photo)
    both, _ = await own_cases(chat)
    assert both.level == RiskLevel.HIGH
    assert not [each for each in CALM if each in (turn.sent[0].text or "")]


@pytest.mark.parametrize("who", [GP, GP_FR])
async def test_different_moles_of_a_flagged_lesions_album_stay_flagged(chat: Chat, who: Sender) -> None:
    """Which of them it is, only the sender can say."""
    high, answer = await send(chat, HIGH, who)
    shown = {"message_id": 900, "date": 1, "chat": who.chat, "from": BOT, "caption": answer.sent[0].text}
    chat._now += timedelta(days=60)  # the first photo is not read again
    album = [
        chat.photo(who, chat.add_photo(LOW), media_group_id="7", reply_to_message=shown) for _ in range(2)
    ]
    await chat.take(*album)
    case, _ = await own_cases(chat, who)
    split = await chat.take(chat.press(who, f"s:{case.number}", on_card=True))
    *_, listed = split.sent
    parts = [each for each in await own_cases(chat, who) if each.number != high.number]
    assert len(parts) == 2
    assert all([await is_flagged(chat, part) for part in parts])
    assert (listed.text or "").count("🚩") >= len(parts)


async def test_of_different_moles_only_the_known_photo_stays_with_its_lesion(chat: Chat) -> None:
    """Without a flag the other one is a lesion by itself."""
    first, both, _, _ = await send_both(chat, GP)
    await chat.take(chat.press(GP, f"s:{both.number}", on_card=True))
    await chat.take(chat.press(GP, f"k:{first.number}:7:r0:1", on_card=True))
    second_part, first_part, _ = await own_cases(chat)
    assert first_part.photos[0].photo_hash == first.photos[0].photo_hash
    assert await is_flagged(chat, first_part)
    assert not await is_flagged(chat, second_part)
