"""*Monitor in N months* from the clinic's button to the sender's list of reminders, and out of it again."""

from pathlib import Path

import pytest

from bot.delivery.outgoing import Outgoing
from storage.database.sessions import Database
from tests.integration.bot.cases.test_flags_offline import is_flagged
from tests.integration.bot.cases.test_record_offline import buttons, labelled, plain_spaces, rows
from tests.integration.bot.clinic.test_better_photo import TOKEN, ask_for_better
from tests.integration.bot.clinic.test_claims import ANN, GROUP, press
from tests.support.builders import readable
from tests.support.offline import Chat, FakeTurn, Sender

EN, FR = Sender(7_311_001), Sender(7_311_002, "fr")
LOW, HIGH = readable(0.05, 0.05), readable(0.95, 0.97)


@pytest.fixture
def backend() -> str:
    return "sqlite"


async def answer(chat: Chat, *verbs: str) -> Outgoing:
    """Press the clinic's buttons one after the other; what the sender gets at last."""
    for verb in verbs:
        turn, _ = await press(chat, ANN, f"v:{TOKEN}:{verb}")
    return turn.sent[-1]


def read(turn: FakeTurn) -> str:
    return plain_spaces(turn.sent[0].text or "").replace("<b>", "").replace("</b>", "")


@pytest.mark.parametrize("findings", [LOW, HIGH])
@pytest.mark.parametrize(
    ("gp", "texts"),
    [
        (
            EN,
            (
                "⏰ Remind me in 6 months",
                "on 1 Sept 2026. /remind lists and cancels.",
                "Your reminder",
                "Cancelled",
                "No reminder is set.",
            ),
        ),
        (FR, ("⏰ Me le rappeler dans 6 mois", "1er sept. 2026", "Votre rappel", "Annulé", "Aucun rappel")),
    ],
)
async def test_it_is_set_listed_and_cancelled(
    database: Database,
    tmp_path: Path,
    gp: Sender,
    findings: object,
    texts: tuple[str, ...],
) -> None:
    button, is_set, listed, cancelled, nothing = texts
    asked = await ask_for_better(database, tmp_path, gp, findings)
    chat = asked.chat
    keys, _ = await press(chat, ANN, f"v:{TOKEN}:monitor")
    (shown,) = keys.sent
    assert shown.chat_id == GROUP
    months = [key.data for row in shown.keyboard or () for key in row]
    assert {f"v:{TOKEN}:monitor:{count}" for count in (1, 3, 6)} <= set(months)
    said = await answer(chat, "monitor:6:sure")
    assert said.chat_id == gp.user_id
    ((remind,),) = said.keyboard or ()
    assert plain_spaces(remind.text) == button
    assert not await is_flagged(chat, await asked.case()), "the clinic has seen it"
    turn = await chat.take(chat.press(gp, str(remind.data)))
    told, above = turn.sent
    assert is_set in read(turn)
    assert asked.number in (told.text or "")
    assert (above.edit_message_id, above.text, above.keyboard) == (900, None, None), "the answer stays"
    await chat.take(chat.press(gp, str(remind.data)))
    assert await rows(chat, "reminders") == 1, "pressed twice, it is set once"
    page = await chat.take(chat.command(gp, "/remind"))
    assert listed in read(page)
    ((name, cancel),) = buttons(page).items()
    assert asked.number in name
    gone = await chat.take(chat.press(gp, str(cancel)))
    assert cancelled in read(gone)
    assert not gone.sent[0].keyboard
    assert nothing in read(await chat.take(chat.command(gp, "/remind")))
    assert await rows(chat, "reminders") == 0


@pytest.mark.parametrize(
    ("gp", "asks", "yes"),
    [
        (EN, "Was the patient referred? A reminder in months", "✅ Referred: remind me"),
        (FR, "Le patient a-t-il été adressé ?", "✅ Adressé : me le rappeler"),
    ],
)
async def test_the_button_of_an_answer_that_was_corrected_to_urgent_asks_for_the_referral_first(
    database: Database, tmp_path: Path, gp: Sender, asks: str, yes: str
) -> None:
    asked = await ask_for_better(database, tmp_path, gp, LOW)
    chat = asked.chat
    said = await answer(chat, "monitor:3")
    ((remind,),) = said.keyboard or ()
    await answer(chat, "urgent")
    turn = await chat.take(chat.press(gp, str(remind.data)))
    assert asks in read(turn)
    assert await rows(chat, "reminders") == 0
    await chat.take(chat.press(gp, labelled(turn, yes)))
    assert await rows(chat, "reminders") == 1
