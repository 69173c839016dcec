"""Answers that contradict each other: the alarming one counts, and the disagreement is said."""

from typing import Any

import pytest

from bot.conversation.wording import plain
from tests.integration.bot.cases.test_flags_offline import send
from tests.support.offline import Chat, Sender
from tests.support.senders import GP, GP_FR, LOW, plain_spaces

# The conversations know no database: once is enough.
pytestmark = [pytest.mark.backends("sqlite"), pytest.mark.usefixtures("accepted")]

DISAGREE = {GP: "answers disagree", GP_FR: "contradictoire"}
BOTH = pytest.mark.parametrize("who", [GP, GP_FR])


def read_turn(turn: Any) -> str:
    return plain_spaces(plain(" ".join(each.text or "" for each in turn.sent)))


async def read_letter(chat: Chat, who: Sender, number: str) -> str:
    return read_turn(await chat.take(chat.press(who, f"w:{number}:{'fr' if who is GP_FR else 'en'}:text")))


@BOTH
@pytest.mark.parametrize("item", ["7:s0", "e:e3"])
@pytest.mark.parametrize("is_unchanged_first", [True, False])
async def test_unchanged_beside_a_ticked_change_is_said_to_disagree(
    chat: Chat, who: Sender, item: str, *, is_unchanged_first: bool
) -> None:
    case, _ = await send(chat, LOW, who)
    ticked, unchanged = f"k:{case.number}:{item}:1", f"patient:{case.number}:change:unchanged:1"
    for data in (unchanged, ticked) if is_unchanged_first else (ticked, unchanged):
        await chat.take(chat.press(who, data, on_card=True))
    shown = read_turn(await chat.take(chat.press(who, f"patient:{case.number}", on_card=True)))
    opened = read_turn(await chat.take(chat.press(who, f"c:{case.number}::")))
    for said in (shown, opened, await read_letter(chat, who, case.number)):
        assert DISAGREE[who] in said
    await chat.take(chat.press(who, f"k:{case.number}:{item}:0", on_card=True))
    said = await read_letter(chat, who, case.number)
    assert DISAGREE[who] not in said
    assert {GP: "unchanged", GP_FR: "inchangée"}[who] in said


@BOTH
async def test_a_low_answer_does_not_wait_for_a_change_that_was_ticked(chat: Chat, who: Sender) -> None:
    case, _ = await send(chat, LOW, who)
    turn = await chat.take(chat.press(who, f"k:{case.number}:7:s0:1", on_card=True))
    said = read_turn(turn)
    assert {GP: "It has changed", GP_FR: "La lésion évolue, vous l'avez coché"}[who] in said.replace("’", "'")
    assert {GP: "If it changes", GP_FR: "Si la lésion évolue"}[who] not in said


@BOTH
async def test_a_list_of_moles_names_the_low_one_that_has_changed(chat: Chat, who: Sender) -> None:
    photos = [chat.photo(who, chat.add_photo(LOW), media_group_id="1") for _ in range(2)]
    answered = await chat.take(*photos)
    number = next(
        button.data
        for row in answered.sent[0].keyboard or ()
        for button in row
        if "d:" in (button.data or "")
    )[2:]
    await chat.take(chat.press(who, f"k:{number}:7:s0:1", on_card=True))
    said = read_turn(await chat.take(chat.press(who, f"s:{number}", on_card=True)))
    assert {GP: "It has changed", GP_FR: "La lésion évolue, vous"}[who] in said


@BOTH
async def test_a_letter_names_the_site_that_another_photo_of_the_lesion_has(chat: Chat, who: Sender) -> None:
    first, _ = await send(chat, LOW, who)
    second, _ = await send(chat, LOW, who)
    await chat.take(chat.press(who, f"patient:{first.number}:site:back:1"))
    await chat.take(chat.press(who, f"patient:{second.number}:site:nail:1"))
    await chat.take(chat.press(who, f"o:{second.number}:same:{first.number}"))
    for case in (first, second):
        said = await read_letter(chat, who, case.number)
        assert {GP: "nail", GP_FR: "ongle"}[who] in said
    assert {GP: "back", GP_FR: "dos"}[who] in await read_letter(chat, who, first.number)
