"""Several lesions on one photo: the first answer, the buttons, and the case of a picked one."""

import re
from pathlib import Path

import pytest

from bot.conversation.wording import plain
from inference.readings import RiskLevel
from storage.clinic.flags import Flag, find_flag
from storage.database.sessions import Database
from storage.record import audit
from storage.record.audit_record import compare_cases
from storage.record.cases import Case
from tests.integration.bot.clinic.test_better_photo import TOKEN, ask_for_better
from tests.integration.bot.clinic.test_claims import ANN, press
from tests.support.builders import lesion_of, photo_of, readable
from tests.support.offline import Chat, FakeTurn, Sender
from tests.support.senders import GP, GP_FR, OTHER, accept_terms, own_cases, plain_spaces

pytestmark = pytest.mark.backends("sqlite")

LOW, HIGH = lesion_of(0.05), lesion_of(0.9, left=300)


async def send(chat: Chat, *findings, who: Sender = GP) -> FakeTurn:
    await accept_terms(chat, who)
    return await chat.take(*[chat.photo(who, chat.add_photo(each)) for each in findings])


def buttons(turn: FakeTurn, *, prefix: str = "pick:") -> dict[str, str]:
    listed = [each for row in turn.sent[0].keyboard or () for each in row]
    return {str(each.text): str(each.data) for each in listed if str(each.data).startswith(prefix)}


async def test_the_highest_level_is_answered_at_once_with_a_button_for_each_lesion(chat: Chat):
    turn = await send(chat, photo_of(LOW, HIGH))
    assert "HIGH RISK" in turn.text
    assert "2 lesions found: number 2 sets the level" in turn.text
    assert list(buttons(turn)) == ["Lesion 1", "Lesion 2"]


async def test_several_low_lesions_are_not_low_before_one_is_picked(chat: Chat):
    turn = await send(chat, photo_of(LOW, LOW))
    assert "MODERATE RISK" in turn.text
    picked = await chat.take(chat.press(GP, buttons(turn)["Lesion 2"], on_card=True))
    assert "LOW RISK" in picked.text


async def test_a_pick_is_a_new_message_and_a_case_and_the_first_answer_stays(chat: Chat):
    first = await send(chat, photo_of(LOW, HIGH))
    picked = await chat.take(chat.press(GP, buttons(first)["Lesion 1"], on_card=True))
    (message,) = picked.sent
    assert message.edit_message_id is None
    assert message.replaces is None
    assert message.photo is not None
    assert message.text.startswith("⚠️ <b>Lesion 2 on the same photo is rated higher: 🔴 high.</b>")
    assert not buttons(picked), "nothing is left to pick"
    new, old = await own_cases(chat)
    assert (old.level, new.level) == (RiskLevel.HIGH, RiskLevel.LOW)
    assert new.photos[0].probability == pytest.approx(0.05)
    assert old.photos[0].lesion_count == new.photos[0].lesion_count == 2
    assert old.number in first.text
    assert new.number in picked.text
    async with chat.database.read() as session:
        await audit.verify(session)
        assert await compare_cases(session) == 2


@pytest.mark.parametrize(
    ("who", "says"),
    [
        (GP, ("Lesion 2 on the same photo is rated higher: 🔴 high", "About lesion 1 of 2 on the photo")),
        (
            GP_FR,
            ("La lésion n° 2 de la même photo est classée plus haut : 🔴 élevé", "Concerne la lésion n° 1"),
        ),
    ],
)
async def test_details_and_letter_of_a_pick_name_the_higher_lesion(
    chat: Chat, who: Sender, says: tuple[str, str]
) -> None:
    first = await send(chat, photo_of(LOW, HIGH), who=who)
    pick = next(iter(buttons(first).values()))
    await chat.take(chat.press(who, pick, on_card=True))
    number = (await own_cases(chat, who))[0].number
    language = "fr" if who is GP_FR else "en"
    details = await chat.take(chat.press(who, f"d:{number}"))
    letter = await chat.take(chat.press(who, f"w:{number}:{language}:text"))
    for turn in (details, letter):
        text = plain_spaces(plain("\n".join(each.text or "" for each in turn.sent)))
        assert [each for each in says if each not in text] == [], text


async def test_a_pick_follows_its_own_checklist(chat: Chat):
    """Buttons under the new answer are about the picked lesion; those of the first one about the photo."""
    first = await send(chat, photo_of(LOW, LOW))
    picked = await chat.take(chat.press(GP, buttons(first)["Lesion 1"], on_card=True))
    (number,) = re.findall(r"N-\w{6}", picked.text)
    raised = await chat.take(chat.press(GP, f"k:{number}:7:r0:1", on_card=True))
    assert "HIGH RISK" in raised.sent[0].text
    taken_back = await chat.take(chat.press(GP, f"k:{number}:7:r0:0", on_card=True))
    assert "LOW RISK" in taken_back.sent[0].text
    new, old = await own_cases(chat)
    assert (old.level, new.level) == (RiskLevel.MODERATE, RiskLevel.LOW)


async def test_what_was_answered_stays_with_a_pick(chat: Chat):
    first = await send(chat, photo_of(LOW, LOW))
    (case,) = await own_cases(chat)
    await chat.take(chat.press(GP, f"k:{case.number}:p:k5:1", on_card=True))
    picked = await chat.take(chat.press(GP, buttons(first)["Lesion 1"], on_card=True))
    assert "MODERATE RISK" in picked.text, "skin type V"


async def test_the_same_lesion_picked_again_is_pointed_to(chat: Chat):
    first = await send(chat, photo_of(LOW, HIGH))
    await chat.take(chat.press(GP, buttons(first)["Lesion 1"], on_card=True))
    again = await chat.take(chat.press(GP, buttons(first)["Lesion 1"], on_card=True))
    new, _ = await own_cases(chat)
    assert again.text == f"You picked lesion 1 before: see case {new.number}."
    assert list(buttons(again, prefix="d:").values()) == [f"d:{new.number}"]
    other = await chat.take(chat.press(GP, buttons(first)["Lesion 2"], on_card=True))
    assert "HIGH RISK" in other.text


async def test_a_turn_that_is_taken_twice_makes_one_case(chat: Chat):
    """After a crash between the commit and the end of the update."""
    first = await send(chat, photo_of(LOW, HIGH))
    press = chat.press(GP, buttons(first)["Lesion 1"], on_card=True)
    await chat.take(press, key="press")
    again = await chat.take(press, key="press")
    assert again.sent == ()
    assert len(await own_cases(chat)) == 2


async def test_a_pick_whose_photo_is_gone_is_answered_in_words(chat: Chat):
    first = await send(chat, photo_of(LOW, HIGH))
    chat.request.files = dict.fromkeys(chat.request.files, b"another")
    chat.engine.answers[b"another"] = readable(0.5, 0.5)
    picked = await chat.take(chat.press(GP, buttons(first)["Lesion 1"], on_card=True))
    assert picked.sent[0].photo is None
    assert "LOW RISK" in picked.text


async def test_more_lesions_than_are_read_are_never_low(chat: Chat):
    first = await send(chat, photo_of(LOW, LOW, LOW, LOW, LOW, found=7))
    assert "7 lesions found, 5 read" in first.text
    assert len(buttons(first)) == 5
    picked = await chat.take(chat.press(GP, buttons(first)["Lesion 3"], on_card=True))
    assert "MODERATE RISK" in picked.text
    assert "photograph the others singly" in picked.text


async def test_the_photo_that_leads_an_album_has_the_buttons(chat: Chat):
    turn = await send(chat, readable(0.05, 0.05), photo_of(LOW, HIGH))
    assert {data.split(":")[2] for data in buttons(turn).values()} == {"2"}
    picked = await chat.take(chat.press(GP, buttons(turn)["Lesion 2"], on_card=True))
    assert "HIGH RISK" in picked.text
    new, _ = await own_cases(chat)
    assert len(new.photos) == 1


@pytest.mark.parametrize(
    "data",
    ["pick:{case}:1:3", "pick:{case}:2:1", "pick:{case}:0:1", "pick:{case}", "pick:{case}:x:y", "pick"],
)
async def test_a_button_that_names_no_lesion_is_too_old(chat: Chat, data: str):
    await send(chat, photo_of(LOW, HIGH))
    (case,) = await own_cases(chat)
    turn = await chat.take(chat.press(GP, data.format(case=case.number), on_card=True))
    assert turn.sent == ()
    assert len(await own_cases(chat)) == 1


async def test_nobody_picks_in_a_case_of_someone_else(chat: Chat):
    first = await send(chat, photo_of(LOW, HIGH))
    await send(chat, readable(0.05, 0.05), who=OTHER)
    turn = await chat.take(chat.press(OTHER, buttons(first)["Lesion 1"], on_card=True))
    assert turn.sent == ()
    assert len(await own_cases(chat, OTHER)) == 1


CALM = ("No sign of melanoma", "Aucun signe de mélanome")


@pytest.mark.parametrize("who", [GP, Sender(7_411_003, "fr")])
async def test_a_picked_lesion_keeps_the_flag_of_a_sign_that_was_ticked_about_the_photo(
    chat: Chat, who: Sender
) -> None:
    """Ticked and taken back: which of the lesions it was said of is not known."""
    first = await send(chat, photo_of(LOW, LOW), who=who)
    (case,) = await own_cases(chat, who)
    for wanted in (1, 0):
        await chat.take(chat.press(who, f"k:{case.number}:7:r0:{wanted}", on_card=True))
    answer = await chat.take(chat.press(who, next(iter(buttons(first).values())), on_card=True))
    picked, _ = await own_cases(chat, who)
    assert picked.level == RiskLevel.LOW
    assert "🚩" in answer.text
    assert not [each for each in CALM if each in answer.text]
    assert await flag_of(chat, picked) is not None


async def test_a_low_lesion_beside_a_high_one_is_not_flagged_by_it(chat: Chat) -> None:
    first = await send(chat, photo_of(LOW, HIGH))
    answer = await chat.take(chat.press(GP, next(iter(buttons(first).values())), on_card=True))
    picked, _ = await own_cases(chat)
    assert "🚩" not in answer.text
    assert "rated higher" in answer.text
    assert await flag_of(chat, picked) is None


@pytest.mark.parametrize("who", [GP, Sender(7_411_003, "fr")])
async def test_a_lesion_picked_on_a_photo_of_a_flagged_lesion_stays_with_it(chat: Chat, who: Sender) -> None:
    await send(chat, readable(0.95, 0.95), who=who)
    (high,) = await own_cases(chat, who)
    first = await send(chat, photo_of(LOW, LOW), who=who)
    case, _ = await own_cases(chat, who)
    await chat.take(chat.press(who, f"o:{case.number}:same:{high.number}"))
    answer = await chat.take(chat.press(who, next(iter(buttons(first).values())), on_card=True))
    picked, *_ = await own_cases(chat, who)
    assert "🚩" in answer.text
    assert not [each for each in CALM if each in answer.text]
    flag = await flag_of(chat, picked)
    assert flag is not None
    assert flag.number == high.number


@pytest.mark.parametrize("who", [GP, Sender(7_411_003, "fr")])
async def test_a_lesion_picked_on_a_part_of_an_album_keeps_what_the_clinic_said_of_the_album(
    database: Database, tmp_path: Path, who: Sender
) -> None:
    asked = await ask_for_better(database, tmp_path, who, readable(0.05, 0.05), photo_of(LOW, LOW))
    chat = asked.chat
    await press(chat, ANN, f"v:{TOKEN}:urgent")
    await chat.take(chat.press(who, f"s:{asked.number}", on_card=True))
    part, _ = await own_cases(chat, who)
    first = await chat.take(chat.press(who, f"pick:{part.number}:1:1", on_card=True))
    picked, *_ = await own_cases(chat, who)
    flag = await flag_of(chat, picked)
    assert flag is not None
    assert (flag.why, flag.number) == ("urgent", picked.number)
    ticked = await chat.take(chat.press(who, f"k:{picked.number}:7:s-:1", on_card=True))
    for turn in (first, ticked):
        assert "🚩" in (turn.sent[0].text or "")
        assert not [each for each in CALM if each in (turn.sent[0].text or "")]


async def flag_of(chat: Chat, case: Case) -> Flag | None:
    async with chat.database.read() as session:
        await compare_cases(session)
        await audit.verify(session)
        return await find_flag(session, case.number, subject=case.subject)
