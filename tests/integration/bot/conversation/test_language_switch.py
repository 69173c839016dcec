"""A new language holds for everything that is sent from then on, also for what was asked for before."""

from datetime import datetime
from pathlib import Path

import pytest

from bot.settings import Settings
from storage.clinic.referrals import get_referral
from storage.database.keys import Keyring
from storage.database.sessions import Database
from storage.record.comparisons import Comparison, ask_comparison, list_due_comparisons
from storage.record.reminders import list_reminders
from tests.integration.bot.cases.test_flags_offline import send
from tests.integration.bot.clinic.test_better_photo import TOKEN, claim_case
from tests.support.builders import readable
from tests.support.offline import Chat, Sender
from tests.support.senders import GP, GP_FR, LOW, OTHER, accept_terms, own_cases, plain_spaces

# The conversations know no database: once is enough.
pytestmark = pytest.mark.backends("sqlite")


@pytest.mark.usefixtures("accepted")
async def test_reminders_and_pictures_change_their_language(chat: Chat) -> None:
    await accept_terms(chat, OTHER)
    for who in (GP, OTHER):
        case, _ = await send(chat, LOW, who)
        await chat.take(chat.press(who, f"r:{case.number}:m:3"))
    mine, theirs = (await own_cases(chat, GP))[0], (await own_cases(chat, OTHER))[0]
    now = datetime.fromisoformat("2026-03-01T00:00:00+00:00")
    async with chat.database.write() as session:
        asked = Comparison(
            key="k", case_number=mine.number, subject=mine.subject, chat=b"", language="en", asked_at=now
        )
        await ask_comparison(session, asked)
    await chat.take(chat.press(GP, "l:fr:set"))
    async with chat.database.read() as session:
        languages = [(await list_reminders(session, each.subject))[0].language for each in (mine, theirs)]
        (due,) = await list_due_comparisons(session, now=now)
    assert languages == ["fr", "en"]
    assert due.language == "fr"


async def test_the_answer_of_a_clinic_comes_in_the_new_language(database: Database, tmp_path: Path) -> None:
    keyring = Keyring.open(tmp_path / "nevus.key")
    chat, gp = Chat(database, keyring, settings=Settings(data_dir=tmp_path)), Sender(7_311_001)
    await claim_case(chat, keyring, gp, readable(0.05, 0.05))
    await chat.take(chat.press(gp, "l:fr:set"))
    async with database.read() as session:
        referral = await get_referral(session, TOKEN)
    assert referral is not None
    assert referral.language == "fr"


@pytest.mark.parametrize(
    ("who", "language", "waits"),
    [(GP, "fr", "Votre photo est en attente"), (GP_FR, "en", "Your photo waits")],
)
async def test_the_terms_in_another_language_say_that_a_photo_waits(
    chat: Chat, who: Sender, language: str, waits: str
) -> None:
    turn = await chat.take(chat.press(who, f"l:{language}:start"))
    assert waits not in plain_spaces(turn.text)
    chat.inbox.held[who.user_id] = 1
    turn = await chat.take(chat.press(who, f"l:{language}:start"))
    assert waits in plain_spaces(turn.text)
