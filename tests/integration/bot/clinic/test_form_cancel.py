"""*Cancel* of the form for the clinic: dropped at once, with a number to call back after a second press."""

import pytest

from bot.cases.patient_context import open_answers, open_reference
from storage.clinic.drafts import keep_draft, list_drafts
from storage.record.patient_contexts import list_patients
from tests.support.offline import BOT, NOON, Chat, FakeTurn, Sender
from tests.support.senders import GP, GP_FR, LOW, buttons, own_cases, send_photo

# The conversations know no database: once is enough.
pytestmark = [pytest.mark.backends("sqlite"), pytest.mark.usefixtures("clinic", "accepted")]


async def start(chat: Chat, who: Sender) -> tuple[str, str]:
    """The subject and the number of a case about which the clinic is being asked."""
    case, _ = await send_photo(chat, LOW, who)
    await chat.take(chat.press(who, f"q:{case.number}:ask"))
    return case.subject, case.number


async def count_forms(chat: Chat, subject: str) -> int:
    async with chat.database.read() as session:
        return len(await list_drafts(session, subject))


async def add_number(chat: Chat, who: Sender, number: str) -> FakeTurn:
    """Pass over every question, and add a number to call back; the preview."""
    for _ in range(7):
        await chat.take(chat.press(who, f"q:{number}:pass"))
    await chat.take(chat.press(who, f"q:{number}:phone"))
    reply = {"message_id": 900, "date": 1_772_000_000, "chat": who.chat, "from": BOT, "text": "x"}
    return await chat.take(chat.message(who, text="+33 1 23 45 67 89", reply_to_message=reply))


async def test_an_empty_form_is_dropped_at_once(chat: Chat):
    subject, number = await start(chat, GP)
    turn = await chat.take(chat.press(GP, f"q:{number}:cancel"))
    assert "Cancelled" in turn.text
    assert await count_forms(chat, subject) == 0


@pytest.mark.parametrize(
    ("who", "asked", "gone"),
    [
        (GP, "Discard what you entered?", "Cancelled"),
        (GP_FR, "Abandonner ce que vous avez saisi", "Annulé"),
    ],
)
async def test_a_form_with_a_number_is_dropped_after_a_second_press(
    chat: Chat, who: Sender, asked: str, gone: str
):
    subject, number = await start(chat, who)
    await add_number(chat, who, number)
    question = await chat.take(chat.press(who, f"q:{number}:cancel"))
    assert asked in question.text
    assert list(buttons(question).values()) == [f"q:{number}:discard", f"q:{number}:keep"]
    assert await count_forms(chat, subject) == 1
    dropped = await chat.take(chat.press(who, f"q:{number}:discard"))
    assert gone in dropped.text
    assert await count_forms(chat, subject) == 0


async def test_what_was_said_of_the_patient_outlives_a_dropped_form_and_is_not_asked_again(chat: Chat):
    subject, number = await start(chat, GP)
    await chat.take(chat.press(GP, f"q:{number}:age:40-59"))
    dropped = await chat.take(chat.press(GP, f"q:{number}:cancel"))
    assert "stays with the case" in dropped.text
    assert await count_forms(chat, subject) == 0
    again = await chat.take(chat.press(GP, f"q:{number}:ask"))
    assert "40–59" in again.text
    assert "The patient’s sex?" in again.text


async def test_keeping_a_filled_form_goes_on_where_it_was(chat: Chat):
    subject, number = await start(chat, GP)
    before = await add_number(chat, GP, number)
    await chat.take(chat.press(GP, f"q:{number}:cancel"))
    kept = await chat.take(chat.press(GP, f"q:{number}:keep"))
    assert kept.text.split("2026")[0] == before.text.split("2026")[0]
    assert buttons(kept) == buttons(before)
    assert kept.sent[0].photo is not None
    assert await count_forms(chat, subject) == 1


async def test_splitting_an_album_drops_its_form_and_one_that_is_left_can_be_cancelled(chat: Chat):
    """A form is left if an earlier release split its album."""
    photos = [chat.photo(GP, chat.add_photo(LOW), media_group_id="1") for _ in range(2)]
    await chat.take(*photos)
    (album,) = await own_cases(chat)
    await chat.take(chat.press(GP, f"q:{album.number}:ask"))
    await add_number(chat, GP, album.number)
    async with chat.database.read() as session:
        ((_, sealed),) = await list_drafts(session, album.subject)
    await chat.take(chat.press(GP, f"s:{album.number}", on_card=True))
    assert await count_forms(chat, album.subject) == 0
    async with chat.database.write() as session:
        await keep_draft(session, album.subject, album.number, payload=sealed, now=NOON)
    assert not (await chat.take(chat.press(GP, f"q:{album.number}:send"))).sent
    turn = await chat.take(chat.press(GP, f"q:{album.number}:cancel"))
    assert "Cancelled" in turn.text
    assert await count_forms(chat, album.subject) == 0


async def find_words(chat: Chat, subject: str) -> list[str]:
    """The sentences and references that are kept."""
    keyring = chat.application.bot_data["services"].keyring
    async with chat.database.read() as session:
        kept = (await list_patients(session, subject=subject)).values()
    pairs = [(open_answers(keyring, each).sentence, open_reference(keyring, each)) for each in kept]
    return [words for pair in pairs for words in pair if words]


@pytest.mark.parametrize("part", ["sentence", "reference"])
async def test_a_number_typed_without_a_reply_is_no_word_about_the_patient(chat: Chat, part: str):
    subject, number = await start(chat, GP)
    for _ in range(7):
        await chat.take(chat.press(GP, f"q:{number}:pass"))
    await chat.take(chat.press(GP, f"patient:{number}:{part}"))
    await chat.take(chat.press(GP, f"q:{number}:phone"))
    await chat.take(chat.message(GP, text="+33 1 23 45 67 89"))
    assert await find_words(chat, subject) == []


async def test_after_a_cancelled_form_typed_text_is_no_sentence(chat: Chat):
    subject, number = await start(chat, GP)
    for _ in range(6):
        await chat.take(chat.press(GP, f"q:{number}:pass"))
    await chat.take(chat.press(GP, f"q:{number}:cancel"))
    await chat.take(chat.message(GP, text="Thank you"))
    assert await find_words(chat, subject) == []
