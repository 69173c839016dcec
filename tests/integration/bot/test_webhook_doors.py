"""Who calls the webhook, how large, how much at once, how fast: bounded before anything is kept."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest

from bot.settings import Webhook
from bot.sources.webhook import (
    MAX_AT_ONCE,
    MAX_BODY_BYTES,
    MOST_A_SECOND,
    SECRET_HEADER,
    WebhookParts,
    WebhookServer,
)
from storage.errors import DiskFull

SECRET = "words-that-only-telegram-knows"
UPDATE = b'{"update_id": 1, "message": {"message_id": 1, "chat": {"id": 7, "type": "private"}, "text": "x"}}'


@dataclass
class Disk:
    """Keeps updates, when it is let."""

    open: asyncio.Event = field(default_factory=asyncio.Event)
    kept: list[Any] = field(default_factory=list)
    waiting: int = 0
    expected: int = 1  # callers until `arrived`
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    refused: list[Any] = field(default_factory=list)
    error: Exception | None = None

    async def take(self, updates: Sequence[Any]) -> int:
        self.waiting += 1
        if self.waiting >= self.expected:
            self.arrived.set()
        await self.open.wait()
        if self.error is not None:
            raise self.error
        self.kept += updates
        return len(updates)

    async def refuse(self, updates: Sequence[Any]) -> None:
        self.refused += updates


@dataclass
class Door:
    server: WebhookServer
    disk: Disk
    http: aiohttp.ClientSession

    async def knock(self, body: bytes = UPDATE, *, secret: str | None = SECRET) -> int:
        headers = {} if secret is None else {SECRET_HEADER: secret}
        url = f"http://127.0.0.1:{self.server.port}/hook"
        async with self.http.post(url, data=body, headers=headers) as reply:
            return reply.status


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    disk = Disk()
    disk.open.set()
    settings = Webhook(url="https://example.org/hook", port=0)
    parts = WebhookParts(bot=None, settings=settings, secret=SECRET, take=disk.take, refused=disk.refuse)  # type: ignore[arg-type]
    server = WebhookServer(parts)
    await server.start()
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as http:
        yield Door(server, disk, http)
    disk.open.set()
    await server.stop()


async def test_an_update_is_kept_before_it_is_acknowledged(door: Door) -> None:
    door.disk.open.clear()
    async with asyncio.TaskGroup() as callers:
        call = callers.create_task(door.knock())
        await door.disk.arrived.wait()
        assert not call.done()
        door.disk.open.set()
    assert call.result() == 200
    assert len(door.disk.kept) == 1


@pytest.mark.parametrize("secret", [None, "", "words-that-only-telegram-know", SECRET + "s", "\u00e9" * 9])
async def test_without_the_secret_nothing_is_read(door: Door, secret: str | None) -> None:
    assert await door.knock(secret=secret) == 403
    assert door.disk.waiting == 0


@pytest.mark.parametrize(
    ("body", "number"),
    [
        (b"", "?"),
        (b"{", "?"),
        (b"[]", "?"),
        (b'"text"', "?"),
        (b'{"update_id": "1"}', "?"),
        (b'{"update_id": -1}', "?"),
        (b'{"update_id": 9223372036854775808}', "9223372036854775808"),
        (b'{"update_id": 5, "message": ' + b"[" * 5_000, "5"),
        (b'{"update_id": 6, "message": {"text": "PRIVATE" "}}', "6"),
        (bytes(MAX_BODY_BYTES + 1), "?"),
    ],
)
async def test_what_can_never_be_kept_is_acknowledged_so_that_it_is_not_repeated_for_a_day(
    door: Door, body: bytes, number: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert await door.knock(body) == 200
    assert door.disk.waiting == 0
    assert f"update {number} cannot be read; stepped over" in caplog.text
    assert "PRIVATE" not in caplog.text
    assert await door.knock() == 200
    assert len(door.disk.kept) == 1


@pytest.mark.parametrize("data", [b"\xff\xfe\xfd", b"\\ud83d", b"\\u0000", b"\x00"])
async def test_bytes_that_cannot_be_stored_are_replaced(door: Door, data: bytes) -> None:
    assert await door.knock(b'{"update_id": 1, "callback_query": {"data": "' + data + b'"}}') == 200
    assert set(door.disk.kept[0]["callback_query"]["data"]) == {"\ufffd"}


async def test_what_the_disk_does_not_take_is_not_acknowledged(door: Door) -> None:
    door.disk.error = DiskFull("full")
    assert await door.knock() == 503
    assert len(door.disk.refused) == 1


async def test_so_many_at_once_and_no_more(door: Door) -> None:
    door.disk.open.clear()
    door.disk.expected = MAX_AT_ONCE
    async with asyncio.TaskGroup() as callers:
        calls = [callers.create_task(door.knock()) for _ in range(MAX_AT_ONCE)]
        await door.disk.arrived.wait()
        assert await door.knock() == 503
        door.disk.open.set()
    assert {call.result() for call in calls} == {200}
    assert await door.knock() == 200


async def test_so_many_a_second_and_no_more(door: Door) -> None:
    """Counted, not timed: as many moments as are allowed within a second lie just behind."""
    now = asyncio.get_running_loop().time()
    door.server._lately.extend([now] * MOST_A_SECOND)
    assert await door.knock() == 503
    door.server._lately.extend([now - 2.0] * MOST_A_SECOND)
    assert await door.knock() == 200
