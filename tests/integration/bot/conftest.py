"""What the tests of the bot share."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.settings import Settings
from storage.database.keys import Keyring
from storage.database.sessions import Database
from tests.support.offline import Chat
from tests.support.records import GROUP, clinic_row
from tests.support.senders import GP, GP_FR, accept_terms


@pytest.fixture
def keyring(tmp_path: Path) -> Keyring:
    return Keyring.open(tmp_path / "nevus.key")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """The settings of `chat`."""
    return Settings(data_dir=tmp_path)


@pytest.fixture
async def chat(database: Database, keyring: Keyring, settings: Settings) -> AsyncIterator[Chat]:
    """The bot offline, to which nobody has written."""
    chat = Chat(database, keyring, settings=settings)
    async with chat.application:
        yield chat


@pytest.fixture
async def clinic(database: Database, keyring: Keyring) -> None:
    """A linked clinic, whose chat is `GROUP`."""
    async with database.write() as session:
        session.add(clinic_row(keyring, GROUP))


@pytest.fixture
async def accepted(chat: Chat) -> None:
    """`GP` and `GP_FR` accepted the terms."""
    await accept_terms(chat, GP, GP_FR)
