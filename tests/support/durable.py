"""The real product with small handlers of its own, against a real local chat: for the durable path."""

import asyncio
import io
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from PIL import Image
from telegram import Update
from telegram.ext import TypeHandler

from bot.app import Overrides, build
from bot.commands.run import point_at
from bot.conversation.context import NevusApplication, NevusContext
from bot.conversation.request import CONSENT_VERSION
from bot.delivery.outgoing import Outgoing, acknowledgement_key
from bot.delivery.sealing import seal_message
from bot.lifecycle import Product
from bot.localchat import FloodLimits, LocalChat, LocalChatConfig
from bot.settings import Settings, read_settings
from storage.database.keys import Keyring
from storage.database.sessions import Database, WriteSession
from storage.queues.outbox import PendingMessage, put_message
from storage.record.people import record_consent
from storage.schema import migrate
from tests.support.localchat_client import PersonSide


def draw_square(color: str = "peru") -> bytes:
    """A small JPEG."""
    out = io.BytesIO()
    Image.new("RGB", (64, 64), color).save(out, "JPEG")
    return out.getvalue()


@dataclass
class FakeEngine:
    """Reads nothing; a photo waits until the gate is open. Until it is loaded no turn begins."""

    gate: asyncio.Event = field(default_factory=asyncio.Event)
    loaded: asyncio.Event = field(default_factory=asyncio.Event)
    in_work: int = 0

    def __post_init__(self) -> None:
        self.loaded.set()

    async def start(self) -> None:
        await self.loaded.wait()

    async def stop(self) -> None:
        """Nothing to free."""

    async def read(self, data: bytes = b"", *, gate: bool = True) -> Any:
        self.in_work += 1
        try:
            await self.gate.wait()
        finally:
            self.in_work -= 1


@dataclass
class Handlers:
    """Answers a photo with a picture that names it and words with words; "boom" raises."""

    holding: bool = False
    seen: list[tuple[str, int]] = field(default_factory=list)

    def register(self, application: NevusApplication) -> None:
        application.add_handler(TypeHandler(Update, self.answer))

    async def answer(self, update: Update, context: NevusContext) -> None:
        turn, message = context.turn, update.message
        if message is None:
            await turn.finish()
            return
        words = message.text or message.caption or ""
        self.seen.append((words, turn.attempt))
        if words == "boom":
            raise ValueError("a handler that cannot do it: SECRET-IN-AN-EXCEPTION")
        if message.photo:
            await self._answer_photo(context, words, message.chat_id)
        elif words == "accept":
            self.holding = False
            record = context.services.inbox.release_held(message.chat_id)
            await turn.finish(_say(turn.key, message.chat_id, "accepted"), record=[record])
        else:
            await turn.finish(_say(turn.key, message.chat_id, f"re {words}"))

    async def _answer_photo(self, context: NevusContext, words: str, chat_id: int) -> None:
        turn = context.turn
        if self.holding:
            await turn.hold(_say(f"{turn.key}:held", chat_id, f"held {words}"))
            return
        await context.services.engine.read(b"")
        text = f"answer {words} x{len(turn.updates)}"
        await turn.finish(
            Outgoing(
                key=f"{turn.key}:answer",
                chat_id=chat_id,
                text=text,
                photo=draw_square(),
                replaces=acknowledgement_key(turn.key),
            )
        )


def _say(key: str, chat_id: int, text: str) -> Outgoing:
    return Outgoing(key=f"{key}:say", chat_id=chat_id, text=text)


@dataclass
class Scene:
    """A local chat, its people, and the bot that may be started, stopped and killed."""

    chat: LocalChat
    side: PersonSide
    settings: Settings
    engine: FakeEngine = field(default_factory=FakeEngine)
    handlers: Handlers = field(default_factory=Handlers)
    product: Product | None = None
    _consented: set[int] = field(default_factory=set)

    async def start(self) -> Product:
        product = self.build()
        await product.start()
        return product

    def build(self) -> Product:
        self.product = build(
            self.settings,
            Overrides(engine=self.engine, register=self.handlers.register),  # type: ignore[arg-type]
        )
        return self.product

    async def stop(self) -> None:
        product, self.product = self.product, None
        if product is not None:
            await product.stop()

    async def crash(self) -> None:
        """Everything ends at once: nothing is finished, handed back or said."""
        product, self.product = self.product, None
        assert product is not None
        await product.supervisor.stop()
        await product.source.stop()
        await product.services.database.close()
        await product.application.shutdown()

    async def until(self, condition: Any, *, timeout_s: float = 20.0) -> Any:
        """Wait until it is true; what it gave."""
        async with asyncio.timeout(timeout_s):
            while True:
                result = condition()
                result = await result if asyncio.iscoroutine(result) else result
                if result:
                    return result
                await asyncio.sleep(0.05)

    async def said(self, person: int) -> list[str]:
        """What the bot's messages in the person's private chat say now, oldest first."""
        messages = await self.side.messages(person, limit=200)
        return [
            message["text"] or message["caption"] or ""
            for message in messages
            if message["from"] and message["from"]["is_bot"] and not message["deleted"]
        ]

    async def consent(self, person: int) -> None:
        """Record that the person accepted the terms: before, no photo is acknowledged."""
        if person in self._consented:
            return
        self._consented.add(person)
        database, keyring = Database(self.settings.sql_url), Keyring.open(self.settings.key_path)
        async with database.write() as session:
            ref = keyring.user_ref(person)
            await record_consent(session, ref, version=CONSENT_VERSION, now=datetime.now(UTC))
        await database.close()

    async def photo(self, person: int, caption: str) -> None:
        """Send a photo of a person who accepted the terms, unless the handlers ask for that."""
        if not self.handlers.holding:
            await self.consent(person)
        await self.side.send_files(person, ("photo", "a.jpg", draw_square()), caption=caption)

    async def put(self, *outgoing: Outgoing) -> None:
        """Put messages of no turn into the outbox, in one transaction."""
        assert self.product is not None
        product = self.product
        sealed = [seal_message(each, product.services.keyring) for each in outgoing]

        async def work(session: WriteSession) -> list[PendingMessage | None]:
            return [await put_message(session, each, now=time.time()) for each in sealed]

        product.sender.notify([each for each in await product.write_queue.write(work) if each is not None])

    async def wait_for_text(self, person: int, text: str, *, timeout_s: float = 20.0) -> list[str]:
        """Everything said, once a message begins so."""

        async def find() -> list[str] | None:
            said = await self.said(person)
            return said if any(each.startswith(text) for each in said) else None

        found: list[str] = await self.until(find, timeout_s=timeout_s)
        return found


@asynccontextmanager
async def open_scene(folder: Path, database_url: str, **environment: str) -> AsyncIterator[Scene]:
    """A scene with Telegram's limits off and ours so wide that they never matter."""
    config = LocalChatConfig(
        state_dir=folder / "chat", limits=FloodLimits(enabled=False), webhook_retry_s=0.3
    )
    chat = LocalChat(config)
    await chat.start()
    fast = {
        "NEVUS_DATA_DIR": str(folder),
        "NEVUS_DATABASE_URL": database_url,
        "NEVUS_LIMITS_OVERALL_PER_S": "1000",
        "NEVUS_LIMITS_CHAT_PER_S": "1000",
        "NEVUS_LIMITS_CHAT_BURST": "100",
        "NEVUS_ACKNOWLEDGE_AFTER_S": "0",
        "NEVUS_WORK_ALBUM_WAIT_S": "3",  # between two items of an album a busy machine may pause
        "NEVUS_WORK_GRACE_S": "4",
        "NEVUS_TELEGRAM_POLL_S": "2",
    }
    settings = point_at(read_settings(fast | environment), api_url=chat.api_url, token=chat.token)
    migrate(settings.sql_url)
    async with PersonSide(chat.api_url, chat.key) as side:
        scene = Scene(chat, side, settings)
        try:
            yield scene
        finally:
            await scene.stop()
            await chat.stop()
