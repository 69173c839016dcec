"""A corrected text is not read: its sender is told so, and how to change or erase words that are kept."""

from typing import Any

import pytest

from tests.support.offline import Chat, FakeTurn, Sender
from tests.support.senders import GP, GP_FR, LOW, OTHER, buttons, plain_spaces, send_photo

pytestmark = [pytest.mark.backends("sqlite"), pytest.mark.usefixtures("accepted")]

NOT_READ = {GP: "I do not read corrections", GP_FR: "Je ne lis pas les corrections"}


async def correct(chat: Chat, raw: dict[str, Any], words: str) -> FakeTurn:
    message = raw["message"] | {"text": words, "edit_date": 1_772_000_100}
    return await chat.take({"update_id": raw["update_id"] + 5000, "edited_message": message})


@pytest.mark.parametrize("who", [GP, GP_FR])
async def test_a_corrected_sentence_is_answered_with_the_way_to_change_it(chat: Chat, who: Sender):
    case, _ = await send_photo(chat, LOW, who)
    await chat.take(chat.press(who, f"patient:{case.number}:sentence"))
    raw = chat.message(who, text="Planted Name: flat, on the heel")
    await chat.take(raw)
    turn = await correct(chat, raw, "flat, on the heel")
    assert NOT_READ[who] in plain_spaces(turn.text)
    assert list(buttons(turn).values()) == [f"patient:{case.number}:sentence"]
    shown = await chat.take(chat.press(who, f"patient:{case.number}:sentence"))
    assert "Planted Name" in shown.text
    assert f"patient:{case.number}:sentence:erase" in buttons(shown).values()


async def test_without_kept_words_there_is_no_button(chat: Chat):
    await send_photo(chat, LOW)
    raw = chat.message(GP, text="hello")
    await chat.take(raw)
    turn = await correct(chat, raw, "hello you")
    assert NOT_READ[GP] in turn.text
    assert buttons(turn) == {}
    assert "refer now" not in turn.text


async def test_every_correction_of_a_message_has_one_answer_and_an_alarming_one_its_own(chat: Chat):
    raw = chat.message(GP, text="hello")
    await chat.take(raw)
    keys = [(await correct(chat, raw, words)).sent[0].key for words in ("a", "b", "it bleeds", "it grew")]
    assert keys[0] == keys[1] != keys[2] == keys[3]
    assert "refer now" in (await correct(chat, raw, "it bleeds")).text


async def test_who_never_agreed_and_groups_get_no_answer(chat: Chat):
    assert (await correct(chat, chat.message(OTHER, text="hello"), "hello you")).sent == ()
    group = Sender(GP.user_id, group_id=-1001)
    assert (await correct(chat, chat.message(group, text="hello"), "@nevus_bot hello")).sent == ()
