"""Senders who write to the bot offline, and what the record holds of them."""

import re
from typing import Any

from sqlalchemy import text

from bot.conversation.request import CONSENT_VERSION
from inference.readings import PhotoFindings
from storage.record.cases import Case, list_cases
from storage.record.people import find_person
from tests.support.builders import readable
from tests.support.offline import Chat, FakeTurn, Sender

GP, GP_FR, OTHER = Sender(7_311_001), Sender(7_311_002, "fr-CA"), Sender(7_311_003)
HIGH, LOW = readable(0.95, 0.95), readable(0.05, 0.05)


async def accept_terms(chat: Chat, *senders: Sender) -> None:
    for who in senders:
        await chat.take(chat.press(who, f"a:{CONSENT_VERSION}"))


async def own_cases(chat: Chat, who: Sender = GP) -> list[Case]:
    """The sender's cases, newest first."""
    keyring = chat.application.bot_data["services"].keyring
    async with chat.database.read() as session:
        person = await find_person(session, keyring.user_ref(who.user_id))
        return list(await list_cases(session, subject=person.subject, limit=99)) if person else []


async def send_photo(
    chat: Chat, findings: PhotoFindings, who: Sender = GP, **content: Any
) -> tuple[Case, FakeTurn]:
    """A new photo of a sender who accepted the terms: its case and its answer."""
    turn = await chat.take(chat.photo(who, chat.add_photo(findings), **content))
    return (await own_cases(chat, who))[0], turn


def buttons(turn: FakeTurn) -> dict[str, str | None]:
    """The data of the buttons under the first message, by their text."""
    return {button.text: button.data for row in turn.sent[0].keyboard or () for button in row}


def labelled(turn: FakeTurn, label: str) -> str:
    """The data of the button of this name."""
    (data,) = [data for name, data in buttons(turn).items() if plain_spaces(name) == label]
    assert data is not None
    return data


def plain_spaces(said: str) -> str:
    return re.sub(r"[\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}]", " ", said)


async def rows(chat: Chat, table: str) -> int:
    """How many rows a table has."""
    async with chat.database.read() as session:
        return int(await session.scalar(text(f"SELECT count(*) FROM {table}")) or 0)
