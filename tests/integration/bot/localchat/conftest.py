from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from telegram import Bot

from bot.localchat import LocalChat
from tests.integration.bot.localchat.support import Inbox, SchemaCheck, draw_photo, make_bot, make_config
from tests.support.localchat_client import PersonSide


@pytest.fixture
def schema_check() -> Iterator[SchemaCheck]:
    """Fails the test if an exchange does not match the published schema."""
    check = SchemaCheck()
    yield check
    assert check.problems == []


@pytest.fixture
async def chat(tmp_path: Path, schema_check: SchemaCheck) -> AsyncIterator[LocalChat]:
    chat = LocalChat(make_config(tmp_path, observer=schema_check))
    await chat.start()
    yield chat
    await chat.stop()


@pytest.fixture
async def bot(chat: LocalChat) -> AsyncIterator[Bot]:
    async with make_bot(chat) as bot:
        yield bot


@pytest.fixture
async def side(chat: LocalChat) -> AsyncIterator[PersonSide]:
    async with PersonSide(chat.api_url, chat.key) as side:
        yield side


@pytest.fixture
async def gp(side: PersonSide) -> int:
    """A person who has started the bot."""
    person = await side.person("Dr Taylor")
    await side.send(person, start="")
    return person


@pytest.fixture
async def leroy(side: PersonSide) -> int:
    return await side.person("Dr Leroy")


@pytest.fixture
async def inbox(bot: Bot, gp: int) -> Inbox:
    """An empty inbox: the updates of the set-up are confirmed."""
    inbox = Inbox(bot)
    await inbox.take()
    await inbox.take()
    return inbox


@pytest.fixture
def photo() -> bytes:
    return draw_photo()
