"""What was said about a patient or a photo holds wherever they are meant, and nothing goes away unasked."""

import re
from typing import Any

import pytest

from bot.cases.view import view_case
from bot.conversation.wording import plain
from bot.delivery.outgoing import Outgoing
from bot.delivery.sealing import seal_message
from storage.queues import outbox
from storage.record.cases import Case
from tests.integration.bot.cases.test_flags_offline import send
from tests.integration.bot.cases.test_lasting_answers import read_levels
from tests.support.builders import lesion_of, photo_of
from tests.support.offline import BOT, Chat, FakeTurn
from tests.support.senders import GP, GP_FR, HIGH, LOW, own_cases, plain_spaces

# The conversations know no database: once is enough.
pytestmark = [pytest.mark.backends("sqlite"), pytest.mark.usefixtures("accepted")]

TWO_LESIONS = photo_of(lesion_of(0.05), lesion_of(0.06, left=200))
LIST_ID = 777  # of the message of `/history`
PATIENT = pytest.mark.parametrize("answer", ["age:under-18", "skin:k6"])


def reply_to(case: Case) -> dict[str, Any]:
    return reply_message(f"🔵 · {case.number}")


def reply_message(text: str) -> dict[str, Any]:
    return {"message_id": 900, "date": 1_772_000_000, "chat": GP.chat, "from": BOT, "text": text}


async def open_case(chat: Chat, case: Case) -> Outgoing:
    """The message of `/history CASE`, which is in the outbox."""
    opened = (await chat.take(chat.command(GP, f"/history {case.number}"))).sent[0]
    async with chat.database.write() as session:
        sealed = seal_message(opened, chat.application.bot_data["services"].keyring)
        await outbox.put_message(session, sealed, now=0.0)
    return opened


def find_text(turn: FakeTurn, shown: Outgoing) -> str:
    """The text that the edit of a message has."""
    (edit,) = (each for each in turn.sent if each.replaces == shown.key)
    return plain(edit.text or "")


def list_data(turn: FakeTurn, part: str) -> list[str]:
    rows = [row for message in turn.sent for row in message.keyboard or ()]
    return [button.data for row in rows for button in row if button.data and part in button.data]


async def test_a_command_in_reply_to_an_older_case_is_about_that_one(chat: Chat) -> None:
    older, _ = await send(chat, HIGH, GP)
    newer, _ = await send(chat, LOW, GP)
    for command in ("/letter", "/remind", "/history"):
        update = chat.command(GP, command)
        update["message"]["reply_to_message"] = reply_to(older)
        said = " ".join(
            plain(each.text or each.document_name or "") for each in (await chat.take(update)).sent
        )
        assert older.number in said, command
        assert newer.number not in said, command


async def test_a_word_of_six_letters_before_a_number_is_no_number(chat: Chat) -> None:
    case, _ = await send(chat, LOW, GP)
    turn = await chat.take(chat.command(GP, f"/history lesion {case.number}"))
    assert case.number in (turn.sent[0].text or "")


@pytest.mark.parametrize(("who", "words"), [(GP, "Taken back"), (GP_FR, "Retiré par cette réponse")])
async def test_an_answer_that_takes_an_alarm_back_names_it(chat: Chat, who: Any, words: str) -> None:
    case, _ = await send(chat, LOW, who)
    await chat.take(chat.press(who, f"k:{case.number}:7:r1:1", on_card=True))
    turn = await chat.take(chat.press(who, f"patient:{case.number}:change:unchanged:1", on_card=True))
    said = plain_spaces(plain(turn.sent[0].text or ""))
    assert words in said
    assert "🚩" in said.split(words)[1].splitlines()[0]
    again = await chat.take(chat.press(who, f"patient:{case.number}:duration:weeks:1", on_card=True))
    assert words not in plain_spaces(plain(again.sent[0].text or ""))


@PATIENT
async def test_what_is_said_about_the_patient_holds_for_lesions_picked_before_and_after(
    chat: Chat, answer: str
) -> None:
    case, _ = await send(chat, TWO_LESIONS, GP)
    turn = await chat.take(chat.press(GP, f"pick:{case.number}:1:1", on_card=True))
    first = (await own_cases(chat, GP))[0]
    assert first.number != case.number, [each.text for each in turn.sent]
    await chat.take(chat.press(GP, f"patient:{case.number}:{answer}:1", on_card=True))
    await chat.take(chat.press(GP, f"pick:{case.number}:1:2", on_card=True))
    second = (await own_cases(chat, GP))[0]
    assert len({case.number, first.number, second.number}) == 3
    assert "low" not in await read_levels(chat, GP, first, second)


@PATIENT
async def test_what_is_said_under_a_picked_lesion_holds_for_the_next_one(chat: Chat, answer: str) -> None:
    case, _ = await send(chat, TWO_LESIONS, GP)
    await chat.take(chat.press(GP, f"pick:{case.number}:1:1", on_card=True))
    first = (await own_cases(chat, GP))[0]
    await chat.take(chat.press(GP, f"patient:{first.number}:{answer}:1", on_card=True))
    await chat.take(chat.press(GP, f"pick:{case.number}:1:2", on_card=True))
    second = (await own_cases(chat, GP))[0]
    assert second.number != first.number
    assert await read_levels(chat, GP, second) != ["low"]


@PATIENT
async def test_what_is_said_about_one_mole_of_a_split_album_holds_for_its_patient(
    chat: Chat, answer: str
) -> None:
    photos = [chat.photo(GP, chat.add_photo(LOW), media_group_id="1") for _ in range(2)]
    await chat.take(*photos)
    album = (await own_cases(chat, GP))[0]
    await chat.take(chat.press(GP, f"s:{album.number}", on_card=True))
    one, other = (await own_cases(chat, GP))[:2]
    await chat.take(chat.press(GP, f"patient:{one.number}:{answer}:1"))
    assert "low" not in await read_levels(chat, GP, one, other)


async def test_leaving_a_lesion_says_what_was_taken_over(chat: Chat) -> None:
    first, _ = await send(chat, LOW, GP)
    second, _ = await send(chat, LOW, GP)
    joined = await chat.take(chat.press(GP, f"o:{second.number}:same:{first.number}"))
    left = await chat.take(chat.press(GP, list_data(joined, ":x:")[0]))
    assert "has left the lesion" in (left.sent[0].text or "")
    assert list_data(left, f"patient:{second.number}")


async def test_a_case_opened_from_the_history_shows_a_new_level(chat: Chat) -> None:
    case, _ = await send(chat, LOW, GP)
    await chat.take(chat.press(GP, f"patient:{case.number}:sex:female:1", on_card=True))
    opened = await open_case(chat, case)
    turn = await chat.take(chat.press(GP, f"k:{case.number}:7:r0:1", on_card=True))
    said = find_text(turn, opened)
    assert "HIGH" in said
    assert "woman" in said, "what was said about the patient stays on it"


async def put(chat: Chat, turn: FakeTurn) -> Outgoing:
    """The message of a press, which is in the outbox."""
    async with chat.database.write() as session:
        sealed = seal_message(turn.sent[0], chat.application.bot_data["services"].keyring)
        await outbox.put_message(session, sealed, now=0.0)
    return turn.sent[0]


def press_list(chat: Chat, data: str) -> dict[str, Any]:
    """A press under the list of `/history`."""
    update = chat.press(GP, data)
    update["callback_query"]["message"]["message_id"] = LIST_ID
    return update


def find_edits(turn: FakeTurn) -> list[Outgoing]:
    return [each for each in turn.sent if each.edit_message_id == LIST_ID]


@pytest.mark.parametrize("item", ["k:{}:7:r0:1", "patient:{}:sex:male:1"])
async def test_a_case_opened_from_the_list_changes_until_another_page_is_there(chat: Chat, item: str) -> None:
    other, _ = await send(chat, LOW, GP)
    case, _ = await send(chat, LOW, GP)
    opened = await put(chat, await chat.take(press_list(chat, f"c:{case.number}::")))
    (edit,) = find_edits(await chat.take(chat.press(GP, item.format(case.number), on_card=True)))
    assert case.number in (edit.text or "")
    assert ("HIGH" if "r0" in item else "man") in plain(edit.text or "")
    assert edit.keyboard
    assert edit.keyboard[-1][0].data == "h::", "the way back to the list"
    assert edit.key != opened.key
    await put(chat, await chat.take(press_list(chat, f"c:{other.number}::")))
    assert not find_edits(await chat.take(chat.press(GP, item.replace(":1", ":0").format(case.number))))
    await put(chat, await chat.take(press_list(chat, "h::")))
    assert not find_edits(await chat.take(chat.press(GP, item.format(other.number), on_card=True)))


@pytest.mark.parametrize("is_pressed", [True, False])
async def test_an_opened_list_of_moles_shows_a_new_level(chat: Chat, *, is_pressed: bool) -> None:
    await chat.take(*(chat.photo(GP, chat.add_photo(LOW), media_group_id="1") for _ in range(2)))
    album = (await own_cases(chat, GP))[0]
    await chat.take(chat.press(GP, f"s:{album.number}", on_card=True))
    one, other = (await own_cases(chat, GP))[:2]
    asked = (
        press_list(chat, f"c:{album.number}::")
        if is_pressed
        else chat.command(GP, f"/history {album.number}")
    )
    opened = await put(chat, await chat.take(asked))
    turn = await chat.take(chat.press(GP, f"k:{one.number}:7:r0:1"))
    said = plain(find_edits(turn)[0].text or "") if is_pressed else find_text(turn, opened)
    assert re.search(f"{one.number}.*high", said)
    assert re.search(f"{other.number}.*low", said)


async def test_an_opened_case_shows_what_is_said_about_the_patient_by_now(chat: Chat) -> None:
    case, _ = await send(chat, LOW, GP)
    opened = await open_case(chat, case)
    turn = await chat.take(chat.press(GP, f"patient:{case.number}:sex:male:1", on_card=True))
    assert re.search(r"\bman\b", find_text(turn, opened))
    pressed = await chat.take(chat.press(GP, f"patient:{case.number}:sex:female:1"))
    assert "woman" in (pressed.sent[0].text or ""), "the page that was pressed on shows this answer"


async def test_erased_words_leave_an_opened_case(chat: Chat) -> None:
    case, _ = await send(chat, LOW, GP)
    opened = await open_case(chat, case)
    await chat.take(chat.press(GP, f"patient:{case.number}:sentence", on_card=True))
    written = await chat.take(chat.message(GP, text="Seen beside the scapula."))
    assert "scapula" in find_text(written, opened)
    erased = await chat.take(chat.press(GP, f"patient:{case.number}:sentence:erase"))
    assert "scapula" not in find_text(erased, opened)


async def test_a_letter_in_reply_to_a_message_about_no_case_is_not_written(chat: Chat) -> None:
    await send(chat, LOW, GP)
    update = chat.command(GP, "/letter")
    update["message"]["reply_to_message"] = {**reply_message("Hello"), "message_id": 901}
    turn = await chat.take(update)
    assert [each.document for each in turn.sent] == [None]
    assert "I have no case with this number" in (turn.sent[0].text or "")


async def test_the_same_photo_in_reply_to_its_case_keeps_the_answers(chat: Chat) -> None:
    data = chat.add_photo(LOW)
    await chat.take(chat.photo(GP, data))
    case = (await own_cases(chat, GP))[0]
    await chat.take(chat.press(GP, f"k:{case.number}:e:e0:1", on_card=True))
    await chat.take(chat.photo(GP, data, reply_to_message=reply_to(case)))
    again = (await own_cases(chat, GP))[0]
    assert again.number != case.number
    assert await read_levels(chat, GP, case, again) == ["moderate", "moderate"]


async def test_a_photo_in_reply_to_a_picked_lesion_is_read_with_that_one_alone(chat: Chat) -> None:
    await chat.take(chat.photo(GP, chat.add_photo(photo_of(lesion_of(0.05), lesion_of(0.96, left=200)))))
    case = (await own_cases(chat, GP))[0]
    await chat.take(chat.press(GP, f"pick:{case.number}:1:1", on_card=True))
    picked = (await own_cases(chat, GP))[0]
    assert view_case(picked).photos[0].findings.is_picked
    turn = await chat.take(chat.photo(GP, chat.add_photo(LOW), reply_to_message=reply_to(picked)))
    again = (await own_cases(chat, GP))[0]
    assert again.number not in {case.number, picked.number}
    assert again.model_level == picked.model_level
    assert len(again.photos) == 2, "it was read together with the picked lesion"
    assert not list_data(turn, "pick:")
