"""A photo that replies to an answer about a flagged lesion: nothing reassures, and no other case is meant."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.conversation.request import CONSENT_VERSION
from bot.settings import Settings
from inference.readings import RiskLevel
from storage.clinic.flags import find_flag
from storage.database.keys import Keyring
from storage.database.sessions import Database
from storage.record.cases import Case, list_cases
from storage.record.people import find_person
from tests.integration.bot.cases.test_flags_offline import (
    GP,
    GP_FR,
    HIGH,
    LOW,
    is_flagged,
    send,
)
from tests.integration.bot.cases.test_record_offline import buttons, plain_spaces
from tests.support.offline import BOT, Chat, FakeTurn, Sender


@pytest.fixture
def backend() -> str:
    return "sqlite"


@pytest.fixture
async def chat(database: Database, keyring: Keyring, tmp_path: Path):
    chat = Chat(database, keyring, settings=Settings(data_dir=tmp_path))
    async with chat.application:
        for who in (GP, GP_FR):
            await chat.take(chat.press(who, f"a:{CONSENT_VERSION}"))
        yield chat


CALM = ("No sign of melanoma", "Aucun signe de mélanome")


async def reply(chat: Chat, text: str, findings: Any = LOW, *, who: Sender = GP) -> tuple[Case, FakeTurn]:
    """A new photo that replies to what the bot said; its case and its answer."""
    shown = {"message_id": 900, "date": 1, "chat": who.chat, "from": BOT, "caption": text}
    turn = await chat.take(chat.photo(who, chat.add_photo(findings), reply_to_message=shown))
    keyring = chat.application.bot_data["services"].keyring
    async with chat.database.read() as session:
        person = await find_person(session, keyring.user_ref(who.user_id))
        assert person is not None
        (case, *_) = await list_cases(session, subject=person.subject, limit=1)
    return case, turn


@pytest.mark.parametrize(
    ("who", "flagged"), [(GP, "Flagged: rated high"), (GP_FR, "Signalée : niveau élevé")]
)
@pytest.mark.parametrize("hours", [0, 1_000])
async def test_the_flag_stays_with_a_photo_that_replies_to_the_flagged_case(
    chat: Chat,
    who: Sender,
    flagged: str,
    hours: int,
) -> None:
    first, answer = await send(chat, HIGH, who)
    chat._now += timedelta(hours=hours)  # with the photos that are read together, and long after
    case, turn = await reply(chat, answer.text, who=who)
    assert case.number != first.number
    said = plain_spaces(turn.sent[0].text or "")
    if case.level != RiskLevel.HIGH:
        assert flagged in said
    assert not [each for each in CALM if each in said]
    assert "which" not in str(buttons(turn).values()), "nobody asks what the reply says"
    assert await is_flagged(chat, case)


@pytest.mark.parametrize("who", [GP, GP_FR])
async def test_a_red_flag_of_the_case_holds_for_the_photo_read_with_it(chat: Chat, who: Sender) -> None:
    first, answer = await send(chat, LOW, who)
    await chat.take(chat.press(who, f"k:{first.number}:7:r0:1", on_card=True))
    case, turn = await reply(chat, answer.sent[0].text or "", who=who)
    assert case.level == RiskLevel.HIGH
    assert not [each for each in CALM if each in (turn.sent[0].text or "")]
    assert case.context is not None


async def test_the_flags_own_case_is_not_what_the_reply_is_about(chat: Chat) -> None:
    high, _ = await send(chat, HIGH)
    low, _ = await send(chat, LOW)
    await chat.take(chat.press(GP, f"o:{low.number}:same:{high.number}"))
    async with chat.database.read() as session:
        flag = await find_flag(session, low.number, subject=low.subject)
    assert flag is not None
    assert flag.number == high.number
    shown = await chat.take(chat.command(GP, f"/history {low.number}"))
    head = f"🚩 Flagged: rated high on 1 Mar 2026 ({high.number}). Was the patient referred?\n{low.number}"
    case, _ = await reply(chat, head)
    assert high.number in shown.text
    assert case.photos[0].photo_hash == low.photos[0].photo_hash


async def test_a_reply_to_a_list_of_cases_is_about_none_of_them(chat: Chat) -> None:
    await send(chat, HIGH)
    await send(chat, LOW)
    listed = await chat.take(chat.command(GP, "/history"))
    case, _ = await reply(chat, listed.text)
    assert len(case.photos) == 1
    assert not await is_flagged(chat, case)


async def test_a_reply_that_names_anothers_flagged_case_links_nothing(chat: Chat) -> None:
    _, answer = await send(chat, HIGH, GP_FR)
    case, _ = await reply(chat, answer.text)
    assert len(case.photos) == 1
    assert not await is_flagged(chat, case)
