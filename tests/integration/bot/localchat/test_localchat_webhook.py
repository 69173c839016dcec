"""Delivery to a webhook: secret, order, retries, retention."""

# ruff: noqa: ASYNC110 - the fake is watched, not wired

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from telegram import Bot
from telegram.error import BadRequest

from bot.localchat import LocalChat
from tests.integration.bot.localchat.support import SchemaCheck, make_bot, make_config
from tests.support.localchat_client import PersonSide
from tests.support.schema import SCHEMA_PATH, validate_update


class FakeBot:
    """A webhook that answers with the given statuses and records what it gets."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.secrets: list[str | None] = []
        self.answers: list[int] = []  # next statuses; 200 when empty
        self.hold: asyncio.Event | None = None

    async def serve(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.secrets.append(request.headers.get("X-Telegram-Bot-Api-Secret-Token"))
        if self.hold:
            await self.hold.wait()
        status = self.answers.pop(0) if self.answers else 200
        if status == 200:
            self.got.append(body)
        return web.Response(status=status)

    async def wait_for(self, count: int) -> list[dict[str, Any]]:
        async with asyncio.timeout(10):
            while len(self.got) < count:
                await asyncio.sleep(0.02)
        return self.got

    def texts(self) -> list[str]:
        return [update["message"]["text"] for update in self.got]


@pytest.fixture
async def chat(tmp_path: Path, schema_check: SchemaCheck) -> AsyncIterator[LocalChat]:
    chat = LocalChat(make_config(tmp_path, observer=schema_check, webhook_retry_s=0.3))
    await chat.start()
    yield chat
    await chat.stop()


@pytest.fixture
async def hook() -> AsyncIterator[tuple[FakeBot, str]]:
    fake = FakeBot()
    app = web.Application()
    app.router.add_post("/hook", fake.serve)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield fake, f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    await runner.cleanup()


async def test_updates_arrive_in_order_with_the_secret(
    side: PersonSide, gp: int, bot: Bot, hook: tuple[FakeBot, str]
) -> None:
    fake, url = hook
    await bot.set_webhook(url, secret_token="s3cret_-", drop_pending_updates=True)
    for number in range(5):
        await side.send(gp, text=f"message {number}")
    await fake.wait_for(5)
    assert fake.texts() == [f"message {number}" for number in range(5)]
    assert set(fake.secrets) == {"s3cret_-"}
    if SCHEMA_PATH.exists():
        assert [problem for update in fake.got for problem in validate_update(update)] == []
    info = await bot.get_webhook_info()
    assert (info.url, info.pending_update_count, info.max_connections) == (url, 0, 40)


async def test_a_failed_delivery_is_repeated_in_order(
    side: PersonSide, gp: int, bot: Bot, hook: tuple[FakeBot, str]
) -> None:
    fake, url = hook
    fake.answers = [500, 403]
    await bot.set_webhook(url, drop_pending_updates=True)
    await side.send(gp, text="one")
    await side.send(gp, text="two")
    await fake.wait_for(2)
    assert fake.texts() == ["one", "two"]
    info = await bot.get_webhook_info()
    assert info.last_error_message == "Wrong response from the webhook: 403 Forbidden"


async def test_a_slow_chat_does_not_delay_another(
    side: PersonSide, gp: int, bot: Bot, hook: tuple[FakeBot, str]
) -> None:
    fake, url = hook
    other = await side.add_person("Dr Petit")
    await bot.set_webhook(url, drop_pending_updates=True)
    fake.hold = asyncio.Event()
    await side.send(gp, text="one")
    await side.send(gp, text="two")
    await side.send(other, text="three")
    async with asyncio.timeout(10):
        while len(fake.secrets) < 2:
            await asyncio.sleep(0.02)
    await asyncio.sleep(0.1)
    assert len(fake.secrets) == 2, "the second message of a chat waits for the first"
    fake.hold.set()
    await fake.wait_for(3)
    assert fake.texts().index("one") < fake.texts().index("two")


async def test_pending_updates_move_between_polling_and_webhook(
    side: PersonSide, gp: int, bot: Bot, hook: tuple[FakeBot, str]
) -> None:
    fake, url = hook
    await bot.set_webhook(url)
    assert (await fake.wait_for(1))[0]["message"]["text"] == "/start"
    await bot.delete_webhook()
    await side.send(gp, text="polled")
    await asyncio.sleep(0.1)
    assert [update.message.text for update in await bot.get_updates()] == ["polled"]


async def test_a_new_webhook_is_called_at_once(
    side: PersonSide, gp: int, bot: Bot, hook: tuple[FakeBot, str]
) -> None:
    fake, url = hook
    await bot.set_webhook("http://127.0.0.1:9/hook", drop_pending_updates=True)
    await side.send(gp, text="kept")
    await asyncio.sleep(0.2)
    assert (await bot.get_webhook_info()).pending_update_count == 1
    await bot.set_webhook(url)
    await fake.wait_for(1)
    assert fake.texts() == ["kept"]


async def test_a_webhook_survives_a_restart_of_the_server(tmp_path: Path, hook: tuple[FakeBot, str]) -> None:
    fake, url = hook
    first = LocalChat(make_config(tmp_path / "state"))
    await first.start()
    async with make_bot(first) as bot, PersonSide(first.api_url, first.key) as side:
        await bot.set_webhook("http://127.0.0.1:9/hook", secret_token="abc")
        await side.send(await side.person("Dr Taylor"), text="kept")
        await bot.set_webhook("http://127.0.0.1:9/hook", secret_token="abc")
        first._state.settings["webhook"]["url"] = url  # type: ignore[union-attr]
        first._state.set("webhook", first._state.settings["webhook"])  # type: ignore[union-attr]
    await first.stop()
    fake.got.clear()
    second = LocalChat(make_config(tmp_path / "state"))
    await second.start()
    await asyncio.sleep(0)
    async with make_bot(second) as bot:
        assert (await bot.get_webhook_info()).url == url
    await second.stop()
    assert "kept" in fake.texts() or await fake.wait_for(1)


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("ftp://127.0.0.1/x", "HTTPS url must be provided"),
        ("https://example.org/hook", "loopback addresses only"),
        ("http://10.0.0.1/hook", "loopback addresses only"),
    ],
)
async def test_a_webhook_outside_loopback_is_refused(bot: Bot, url: str, complaint: str) -> None:
    with pytest.raises(BadRequest, match=f"(?i){complaint}"):
        await bot.set_webhook(url)


async def test_a_bad_secret_is_refused(bot: Bot) -> None:
    with pytest.raises(BadRequest, match="unallowed characters"):
        await bot.set_webhook("http://127.0.0.1:9/x", secret_token="not allowed")
