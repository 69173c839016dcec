"""A start while Telegram is away: the process is ready, takes what it can, and says what is wrong."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp.test_utils import unused_port

from bot.app import build
from bot.delivery.bot_name import BotNameFile
from bot.delivery.webhook import SECRET_HEADER
from bot.lifecycle import Product
from bot.settings import read_settings
from storage.schema import migrate
from tests.support.tiny_release import write_tiny_release

SECRET = "words-that-only-telegram-knows"
MENTION = {"type": "mention", "offset": 0, "length": 10}


@dataclass
class Lonely:
    """A product that has nobody to talk to."""

    product: Product
    webhook: int
    monitor: int
    http: aiohttp.ClientSession
    counted: int = 0

    async def deliver(self, chat: dict[str, Any], text: str, **more: Any) -> int:
        self.counted += 1
        message = {"message_id": 1, "chat": chat, "text": text, **more}
        body = json.dumps({"update_id": self.counted, "message": message})
        url = f"http://127.0.0.1:{self.webhook}/telegram"
        async with self.http.post(url, data=body, headers={SECRET_HEADER: SECRET}) as reply:
            return reply.status

    async def see(self, path: str) -> tuple[int, str]:
        async with self.http.get(f"http://127.0.0.1:{self.monitor}{path}") as reply:
            return reply.status, await reply.text()


@asynccontextmanager
async def start_alone(folder: Path) -> AsyncIterator[Lonely]:
    webhook, monitor = unused_port(), unused_port()
    write_tiny_release(folder / "models")
    settings = read_settings(
        {
            "NEVUS_TELEGRAM_TOKEN": "1234567:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw",
            "NEVUS_TELEGRAM_API_URL": f"http://127.0.0.1:{unused_port()}",
            "NEVUS_WEBHOOK_URL": "https://nevus.example.org/telegram",
            "NEVUS_WEBHOOK_PORT": str(webhook),
            "NEVUS_WEBHOOK_SECRET": SECRET,
            "NEVUS_MONITOR_PORT": str(monitor),
            "NEVUS_DATA_DIR": str(folder / "data"),
            "NEVUS_MODELS_DIR": str(folder / "models"),
            "NEVUS_WORK_GRACE_S": "1",
        }
    )
    settings.data_dir.mkdir(exist_ok=True)
    migrate(settings.sql_url)
    product = build(settings)
    starting = asyncio.get_running_loop().create_task(product.start())
    try:
        async with aiohttp.ClientSession() as http:
            lonely = Lonely(product, webhook, monitor, http)
            async with asyncio.timeout(30):
                while not await _has_asked_telegram(lonely):  # noqa: ASYNC110 - over HTTP
                    await asyncio.sleep(0.05)
            yield lonely
    finally:
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)


async def _has_asked_telegram(lonely: Lonely) -> bool:
    try:
        _, body = await lonely.see("/readyz")
    except aiohttp.ClientConnectionError:
        return False
    return json.loads(body)["checks"]["telegram"] != "unknown"


async def test_a_start_without_telegram_is_ready_and_keeps_updates(tmp_path: Path) -> None:
    private, group = {"id": 7, "type": "private"}, {"id": -7, "type": "supergroup"}
    async with start_alone(tmp_path) as lonely:
        assert await lonely.see("/healthz") == (200, "ok")
        status, body = await lonely.see("/readyz")
        assert status == 200
        assert json.loads(body)["checks"] == {
            "phase": "ok",
            "database": "ok",
            "engine": "away",
            "telegram": "unreachable",
        }
        assert await lonely.deliver(private, "hello") == 200
        assert await lonely.deliver(group, "@nevus_bot", entities=[MENTION]) == 503
        assert (await lonely.product.inbox.counts())["ready"] == 1
        _, metrics = await lonely.see("/metrics")
        assert 'nevus_telegram_last_success_timestamp_seconds{call="get_me"} 0.0' in metrics


async def test_the_name_of_the_last_start_is_enough_for_groups(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    BotNameFile(tmp_path / "data", bot_id=1234567).write("nevus_bot")
    async with start_alone(tmp_path) as lonely:
        group = {"id": -7, "type": "supergroup"}
        assert await lonely.deliver(group, "@nevus_bot", entities=[MENTION]) == 200
        assert await lonely.deliver(group, "@other_bot", entities=[MENTION]) == 200
        assert (await lonely.product.inbox.counts())["ready"] == 1


def test_another_bots_name_is_not_used(tmp_path: Path) -> None:
    BotNameFile(tmp_path, bot_id=1).write("one_bot")
    assert BotNameFile(tmp_path, bot_id=1).read() == "one_bot"
    assert BotNameFile(tmp_path, bot_id=2).read() is None
    (tmp_path / "bot-name.json").write_text("[]")
    assert BotNameFile(tmp_path, bot_id=1).read() is None
