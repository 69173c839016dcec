"""A question for words stays open when an older button about something else is pressed."""

import pytest

from storage.record.cases import Case
from tests.support.offline import Chat
from tests.support.senders import GP, LOW, send_photo

pytestmark = [pytest.mark.backends("sqlite"), pytest.mark.usefixtures("accepted")]


async def describe_lesion(chat: Chat, case: Case) -> None:
    await chat.take(chat.press(GP, f"o:{case.number}:n"))
    await chat.take(chat.press(GP, f"o:{case.number}:w"))
    await chat.take(chat.message(GP, text="beside the scapula"))


@pytest.mark.parametrize("verb", ["stop", "erase"])
async def test_a_question_about_another_case_stays(chat: Chat, verb: str):
    first, _ = await send_photo(chat, LOW)
    second, _ = await send_photo(chat, LOW)
    await chat.take(chat.press(GP, f"patient:{first.number}:sentence"))
    await chat.take(chat.press(GP, f"patient:{second.number}:reference"))
    await chat.take(chat.press(GP, f"patient:{first.number}:sentence:{verb}"))
    kept = await chat.take(chat.message(GP, text="ROOM-9"))
    assert f"{second.number}: your reference is" in kept.text


async def test_a_question_for_the_reference_outlives_the_one_for_the_sentence(chat: Chat):
    case, _ = await send_photo(chat, LOW)
    await chat.take(chat.press(GP, f"patient:{case.number}:reference"))
    await chat.take(chat.press(GP, f"patient:{case.number}:sentence:stop"))
    assert "your reference is" in (await chat.take(chat.message(GP, text="ROOM-9"))).text


async def test_write_nothing_ends_its_own_question(chat: Chat):
    case, _ = await send_photo(chat, LOW)
    await chat.take(chat.press(GP, f"patient:{case.number}:reference"))
    await chat.take(chat.press(GP, f"patient:{case.number}:reference:stop"))
    assert "I read photos" in (await chat.take(chat.message(GP, text="ROOM-9"))).text


async def test_erasing_the_words_of_a_lesion_leaves_a_question_about_a_case(chat: Chat):
    first, _ = await send_photo(chat, LOW)
    await describe_lesion(chat, first)
    second, _ = await send_photo(chat, LOW)
    await chat.take(chat.press(GP, f"patient:{second.number}:reference"))
    erased = await chat.take(chat.press(GP, f"o:{first.number}:e"))
    assert "Erased" in erased.text
    assert "your reference is" in (await chat.take(chat.message(GP, text="ROOM-9"))).text


async def test_words_for_a_lesion_end_its_question(chat: Chat):
    case, _ = await send_photo(chat, LOW)
    await describe_lesion(chat, case)
    assert "I read photos" in (await chat.take(chat.message(GP, text="behind the knee"))).text
