"""A photo that waits for consent, and a consent that comes in the same moment."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from telegram import Update

from bot.conversation.context import NevusContext
from storage.database.sessions import WriteSession
from tests.support.durable import Handlers, Scene, _say, open_scene


@dataclass
class SlowToAccept(Handlers):
    """The consent is a long time in work; a photo is held by what was known when its turn began."""

    accepting: asyncio.Event = field(default_factory=asyncio.Event)
    changes_meanwhile: bool = False

    async def answer(self, update: Update, context: NevusContext) -> None:
        if update.message is not None and update.message.text == "accept":
            await self.accepting.wait()
        await super().answer(update, context)

    async def _answer_photo(self, context: NevusContext, words: str, chat_id: int) -> None:
        if not self.holding:
            await super()._answer_photo(context, words, chat_id)
            return
        if self.changes_meanwhile:
            self.holding = False
        note = _say(f"{context.turn.key}:held", chat_id, f"held {words}")
        await context.turn.hold(note, unless=self._is_needless)

    async def _is_needless(self, _: WriteSession) -> bool:
        return not self.holding


@pytest.fixture
async def scene(tmp_path: Path, database_url: str) -> AsyncIterator[Scene]:
    async with open_scene(tmp_path, database_url) as opened:
        opened.engine.gate.set()
        yield opened


async def test_a_photo_sent_after_the_consent_is_not_asked_for_consent(scene: Scene) -> None:
    """Found by kills around sends: after a restart both are in work at once, and the photo was faster."""
    gp = await scene.side.person("Dr Taylor")
    scene.handlers = handlers = SlowToAccept(holding=True)
    await scene.side.send(gp, text="accept")
    await scene.photo(gp, "mole")
    await scene.start()
    await scene.until(lambda: any(words == "mole" for words, _ in handlers.seen))
    handlers.accepting.set()
    assert await scene.wait_for_text(gp, "answer") == ["accepted", "answer mole x1"]


async def test_a_consent_given_while_the_photo_is_about_to_be_held_loses_no_photo(scene: Scene) -> None:
    """Nobody would release it: the consent is in the record already."""
    gp = await scene.side.person("Dr Taylor")
    scene.handlers = SlowToAccept(holding=True, changes_meanwhile=True)
    product = await scene.start()
    await scene.photo(gp, "mole")
    assert await scene.wait_for_text(gp, "answer") == ["answer mole x1"]
    assert await product.inbox.held_count(gp) == 0
