"""The whole product over HTTP against the local chat, with tiny networks: as a person meets it."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from aiohttp.test_utils import unused_port

from bot.app import build
from bot.lifecycle import Product
from bot.localchat import FloodLimits, LocalChat, LocalChatConfig
from bot.settings import read_settings
from storage.schema import migrate
from tests.support.drawn import draw_lesion, draw_object, draw_skin, jpeg_bytes
from tests.support.localchat_client import PersonSide
from tests.support.schema import SCHEMA_PATH, validate_exchange
from tests.support.tiny_release import write_tiny_release

PATIENCE_S = 60.0
Source = Literal["polling", "webhook"]
LESION = jpeg_bytes(draw_lesion(2, kind="melanoma", size_px=300))
SKIN = jpeg_bytes(draw_skin(3, size_px=300))
MUG = jpeg_bytes(draw_object(4, size_px=300))
DAMAGED = LESION[: len(LESION) // 3]


class Judge:
    """Holds every exchange against the published schema."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self.methods: list[str] = []

    def __call__(self, method: str, params: dict[str, Any], envelope: object) -> None:
        self.methods.append(method)
        if SCHEMA_PATH.exists():
            self.problems += validate_exchange(method, params, envelope)


@dataclass(frozen=True)
class Served:
    """A running product and the people who talk to it."""

    side: PersonSide
    judge: Judge
    data_dir: Path
    product: Product

    async def say(self, person: int, text: str) -> dict[str, Any]:
        """Send a text; the bot's answer to it."""
        before = await self._last(person)
        await self.side.send(person, text=text)
        return await self.next(person, after=before)

    async def next(self, person: int, *, after: int, words: str = "") -> dict[str, Any]:
        """The first message of the bot after this one that holds these words."""

        def wanted(message: dict[str, Any]) -> bool:
            told = message["text"] or message["caption"] or ""
            return message["id"] > after and message["from"]["is_bot"] and words in told

        await self.side.wait_for(person, wanted, timeout_s=PATIENCE_S)  # gives the newest; two may be there
        return next(message for message in await self.side.messages(person, limit=200) if wanted(message))

    async def accept(self, person: int, label: str = "✅ I accept") -> None:
        """Start, and accept the terms."""
        terms = await self.start(person)
        await self.side.press(person, terms["id"], label)

    async def start(self, person: int) -> dict[str, Any]:
        """Press "Start"; the bot's first message."""
        await self.side.send(person, start="")
        return await self.next(person, after=0)

    async def see(
        self, person: int, wanted: Callable[[dict[str, Any]], bool], *, chat: int | None = None
    ) -> dict[str, Any]:
        """The newest message that is as wanted; patient, for machines that are busy."""
        return await self.side.wait_for(person, wanted, chat=chat, timeout_s=PATIENCE_S)

    async def send(self, person: int, *files: tuple[str, str, bytes], **fields: Any) -> dict[str, Any]:
        """Send photos or files; the card, or the sentence in its place, past notes on repeated photos."""
        sent = await self.side.send_files(person, *files, **fields)

        def wanted(message: dict[str, Any]) -> bool:
            words = message["text"] or message["caption"] or ""
            is_answer = message["reply_to"] == sent[0]["id"] and message["from"]["is_bot"]
            is_note = words.startswith(("🔎", "ℹ️ You sent"))
            return is_answer and not is_note

        return await self.side.wait_for(person, wanted, timeout_s=PATIENCE_S)

    async def bot_messages(self, person: int) -> list[dict[str, Any]]:
        """Everything that the bot said to this person and that still stands."""
        return [
            m for m in await self.side.messages(person, limit=200) if m["from"]["is_bot"] and not m["deleted"]
        ]

    async def _last(self, person: int) -> int:
        messages = await self.side.messages(person, limit=200)
        return messages[-1]["id"] if messages else 0


@asynccontextmanager
async def serve(
    folder: Path,
    source: Source,
    *,
    admins: tuple[str, ...] = (),
    finder: bool = False,
    **settings_more: str,
) -> AsyncIterator[Served]:
    """Run the product; every exchange must fit the schema. `admins` are people of the local chat."""
    judge = Judge()
    config = LocalChatConfig(state_dir=folder / "chat", limits=FloodLimits(enabled=False), observer=judge)
    chat = LocalChat(config)
    await chat.start()
    try:
        write_tiny_release(folder / "models", finder=finder)
        more = settings_more | {"NEVUS_ADMINS": ",".join(await _find_ids(chat, admins))}
        settings = read_settings(_environment(chat, folder, source) | more)
        settings.data_dir.mkdir(exist_ok=True)
        migrate(settings.sql_url)
        product = build(settings)
        await product.start()
        try:
            async with PersonSide(chat.api_url, chat.key) as side:
                yield Served(side=side, judge=judge, data_dir=settings.data_dir, product=product)
        finally:
            await product.stop()
    finally:
        await chat.stop()
    assert judge.problems == []


async def _find_ids(chat: LocalChat, names: tuple[str, ...]) -> list[str]:
    async with PersonSide(chat.api_url, chat.key) as side:
        return [str(await side.person(name)) for name in names]


def _environment(chat: LocalChat, folder: Path, source: Source) -> dict[str, str]:
    environment = {
        "NEVUS_TELEGRAM_TOKEN": chat.token,
        "NEVUS_TELEGRAM_API_URL": chat.api_url,
        "NEVUS_TELEGRAM_POLL_S": "2",
        "NEVUS_DATA_DIR": str(folder / "data"),
        "NEVUS_MODELS_DIR": str(folder / "models"),
        "NEVUS_WORK_ALBUM_WAIT_S": "3",  # between two items of an album a busy machine may pause
        "NEVUS_WORK_GRACE_S": "5",
        "NEVUS_LIMITS_OVERALL_PER_S": "1000",
        "NEVUS_LIMITS_CHAT_PER_S": "1000",
        "NEVUS_LIMITS_CHAT_BURST": "1000",
    }
    if source == "webhook":
        port = unused_port()
        environment |= {
            "NEVUS_WEBHOOK_URL": f"http://127.0.0.1:{port}/hook",
            "NEVUS_WEBHOOK_PORT": str(port),
        }
    return environment
