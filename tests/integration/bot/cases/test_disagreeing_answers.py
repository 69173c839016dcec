"""Answers that contradict each other: the alarming one counts, and the disagreement is said."""

from typing import Any

import pytest

from bot.conversation.wording import plain
from tests.integration.bot.cases.test_flags_offline import send
from tests.support.offline import Chat, Sender
from tests.support.senders import GP, GP_FR, HIGH, LOW, own_cases, plain_spaces

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
    assert {GP: "If it changes", GP_FR: "Si la lésion évolue"}[who] not in said, "both have changed"


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


def find_labels(turn: Any) -> list[str]:
    return [plain_spaces(button.text) for row in turn.sent[0].keyboard or () for button in row]


@BOTH
async def test_none_of_these_sites_takes_back_a_site_that_was_ticked_on_the_same_page(
    chat: Chat, who: Sender
) -> None:
    case, _ = await send(chat, LOW, who)
    ticked = await chat.take(chat.press(who, f"patient:{case.number}:skin:p0:1", on_card=True))
    nail = {GP: "Nail", GP_FR: "Ongle"}[who]
    assert f"✅ {nail}" in find_labels(ticked), "it can be seen, and taken back"
    turn = await chat.take(chat.press(who, f"patient:{case.number}:skin:none:1", on_card=True))
    taken_back = {GP: "Taken back with this answer: Nail", GP_FR: "Retiré par cette réponse : Ongle"}[who]
    assert taken_back in read_turn(turn)
    after = (await own_cases(chat, who))[0]
    assert (after.level, (after.context or {})["sites"]) == ("low", [])
    assert {GP: "nail", GP_FR: "ongle"}[who] not in await read_letter(chat, who, case.number)


@BOTH
async def test_none_of_these_sites_keeps_an_answered_site_and_says_so(chat: Chat, who: Sender) -> None:
    case, _ = await send(chat, LOW, who)
    await chat.take(chat.press(who, f"patient:{case.number}:site:nail:1", on_card=True))
    page = await chat.take(chat.press(who, f"patient:{case.number}:skin", on_card=True))
    assert {GP: "The site stays: nail", GP_FR: "Le siège reste : ongle"}[who] in read_turn(page)
    assert not any({GP: "Nail", GP_FR: "Ongle"}[who] in each for each in find_labels(page))
    await chat.take(chat.press(who, f"patient:{case.number}:skin:none:1", on_card=True))
    after = (await own_cases(chat, who))[0]
    assert (after.level, (after.context or {})["sites"]) == ("moderate", ["nail"])
    turn = await chat.take(chat.press(who, f"patient:{case.number}:site:back:1", on_card=True))
    assert {GP: "Taken back with this answer: Nail", GP_FR: "Ongle"}[who] in read_turn(turn)


@BOTH
async def test_none_of_these_lesions_does_not_deny_a_lesion_that_was_joined(chat: Chat, who: Sender) -> None:
    flagged, _ = await send(chat, HIGH, who)
    case, _ = await send(chat, LOW, who)
    await chat.take(chat.press(who, f"o:{case.number}:same:{flagged.number}"))
    turn = await chat.take(chat.press(who, f"o:{case.number}:none"))
    said = read_turn(turn)
    assert {GP: "was joined to a flagged lesion", GP_FR: "a déjà été rattaché à une lésion"}[who] in said
    assert {GP: "shows none", GP_FR: "ne montre aucune"}[who] not in said
    assert flagged.number in said


@BOTH
async def test_none_of_these_lesions_says_that_the_case_is_flagged_itself(chat: Chat, who: Sender) -> None:
    await send(chat, HIGH, who)
    case, _ = await send(chat, LOW, who)
    await chat.take(chat.press(who, f"k:{case.number}:7:r0:1"))
    said = read_turn(await chat.take(chat.press(who, f"o:{case.number}:none")))
    assert {GP: "none of the other flagged", GP_FR: "aucune des autres lésions signalées"}[who] in said
    assert {GP: "Was the patient referred?", GP_FR: "Le patient a-t-il été adressé"}[who] in said
