"""Who calls the webhook, how large, how much at once, how fast: bounded before anything is kept."""

import asyncio
import io
import resource
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest

from bot.delivery.http_server import MOST_CONNECTIONS, find_most_connections
from bot.delivery.webhook import (
    MAX_AT_ONCE,
    MAX_BODY_BYTES,
    MOST_A_SECOND,
    SECRET_HEADER,
    WebhookServer,
)
from bot.settings import Webhook
from storage.database.errors import DiskFull

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
        async with self.http.post(url, data=io.BytesIO(body), headers=headers) as reply:
            return reply.status


@asynccontextmanager
async def open_door(**limits: Any) -> AsyncIterator[Door]:
    disk = Disk()
    disk.open.set()
    settings = Webhook(url="https://example.org/hook", port=0)
    server = WebhookServer(
        bot=None,  # type: ignore[arg-type]
        settings=settings,
        secret=SECRET,
        take=disk.take,
        refused=disk.refuse,
        **limits,
    )
    await server.start()
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as http:
        yield Door(server, disk, http)
    disk.open.set()
    await server.stop()


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    async with open_door() as opened:
        yield opened


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


async def test_callers_without_the_secret_do_not_count_against_the_flood_limit(door: Door) -> None:
    door.server._lately.extend([asyncio.get_running_loop().time()] * (MOST_A_SECOND - 2))
    for _ in range(5):
        assert await door.knock(secret=None) == 403
    assert [await door.knock() for _ in range(3)] == [200, 200, 503]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/healthz", 200), ("POST", "/healthz", 404), ("POST", "/", 404), ("GET", "/hook", 405)],
)
async def test_everything_but_a_call_of_telegrams_gets_a_status_and_a_closed_connection(
    door: Door, method: str, path: str, status: int
) -> None:
    url = f"http://127.0.0.1:{door.server.port}{path}"
    async with door.http.request(method, url, data=UPDATE, headers={SECRET_HEADER: SECRET}) as reply:
        assert (reply.status, reply.headers["Connection"]) == (status, "close")


HEAD = f"POST /hook HTTP/1.1\r\nHost: x\r\n{SECRET_HEADER}: {SECRET}\r\nContent-Length: {len(UPDATE)}\r\n"


@pytest.mark.parametrize(
    "sent", ["", "POST /hook HTTP/1.1\r\n", HEAD, HEAD.replace(SECRET, "guess") + "\r\n"]
)
async def test_a_caller_who_does_not_identify_itself_in_time_is_cut_off(sent: str) -> None:
    async with open_door(headers_s=0.05) as door:
        reader, writer = await asyncio.open_connection("127.0.0.1", door.server.port)
        writer.write(sent.encode())
        async with asyncio.timeout(20):
            try:
                answer = await reader.read()
            except ConnectionResetError:
                answer = b""
        assert answer == b"" or answer.startswith(b"HTTP/1.1 403 ")
        writer.close()
        assert await door.knock() == 200


async def test_a_body_that_does_not_come_is_not_waited_for(door: Door) -> None:
    async with open_door(body_s=0.05) as slow:
        reader, writer = await asyncio.open_connection("127.0.0.1", slow.server.port)
        writer.write(f"{HEAD}\r\n".encode() + UPDATE[:-1])
        async with asyncio.timeout(20):
            answer = await reader.read()
        assert answer.startswith(b"HTTP/1.1 408 ")
        writer.close()
        assert slow.disk.waiting == 0


async def test_a_caller_that_announces_its_body_is_asked_for_it(door: Door) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", door.server.port)
    writer.write(f"{HEAD}Expect: 100-continue\r\n\r\n".encode())
    assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    writer.write(UPDATE)
    assert (await reader.readline()).startswith(b"HTTP/1.1 200 ")
    writer.close()


async def test_idle_strangers_cannot_keep_telegram_out() -> None:
    """The oldest of them are closed; a connection that has shown the secret stays."""
    async with open_door(most_connections=10) as door:
        assert await door.knock() == 200
        address = "127.0.0.1", door.server.port
        strangers = [await asyncio.open_connection(*address) for _ in range(40)]
        async with asyncio.timeout(20):
            ends = await asyncio.gather(*(each.read() for each, _ in strangers[:31]), return_exceptions=True)
        assert all(end == b"" or isinstance(end, ConnectionResetError) for end in ends)
        assert not any(each.at_eof() for each, _ in strangers[31:])
        assert [await door.knock() for _ in range(5)] == [200] * 5
        assert len(door.http.connector._conns) == 1  # type: ignore[union-attr] # never closed in between
        for _, writer in strangers:
            writer.close()


async def test_beyond_the_limit_of_known_callers_a_new_connection_is_closed() -> None:
    async with open_door(most_connections=2) as door:
        door.disk.open.clear()
        door.disk.expected = 2
        async with asyncio.TaskGroup() as callers:
            calls = [callers.create_task(door.knock()) for _ in range(2)]
            await door.disk.arrived.wait()
            with pytest.raises((aiohttp.ClientConnectionError, ConnectionResetError)):
                await door.knock()
            door.disk.open.set()
        assert [call.result() for call in calls] == [200, 200]


async def test_bytes_that_are_not_http_are_not_worth_a_line(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    for junk in (b"\x16\x03\x01 a TLS hello \r\n\r\n", b"GET / HTTP/1.1\r\n\x00: x\r\n\r\n", b"x" * 9_000):
        reader, writer = await asyncio.open_connection("127.0.0.1", door.server.port)
        writer.write(junk)
        async with asyncio.timeout(20):
            assert (await reader.readline()).startswith((b"HTTP/1.1 400 ", b"HTTP/1.0 400 "))
        writer.close()
    assert caplog.records == []


def test_half_of_the_open_files_are_left_to_the_rest_of_the_product() -> None:
    soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = find_most_connections()
    assert 0 < most <= MOST_CONNECTIONS
    assert most <= soft // 2
