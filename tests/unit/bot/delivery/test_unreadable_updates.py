"""One update that cannot be read or stored never stops polling, and takes no other update with it."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from telegram.error import BadRequest

from bot.delivery.http import HttpRequest
from bot.delivery.polling import PAUSE_S, Polling
from bot.delivery.updates import Raw
from bot.monitor.hooks import MonitorHooks

RAW_DATA = b'{"update_id":%d,"callback_query":{"id":"1","from":{"id":9},"data":"\xff\xfe\xfd"}}'
BROKEN = b'{"update_id":%d,"callback_query":{"data":"an unescaped "quotation mark"}}'
TOO_DEEP = b'{"update_id":%d,"message":' + b"[" * 5_000 + b"]" * 5_000 + b"}"
GOOD = b'{"update_id":%d,"message":{"message_id":1,"chat":{"id":7,"type":"private"},"text":"x"}}'


@dataclass
class Telegram:
    """Gives the updates that no offset has confirmed, in order, as bytes."""

    queue: list[tuple[int | None, bytes]]
    largest_offset: int = 10**200
    asked: list[dict[str, str]] = field(default_factory=list)

    async def post(self, url: str) -> Any:
        query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        self.asked.append(query)
        if (offset := int(query.get("offset", 0))) > self.largest_offset:
            raise BadRequest("wrong offset")
        self.queue = [(number, raw) for number, raw in self.queue if number is None or number >= offset]
        items = b",".join(raw for _number, raw in self.queue[: int(query["limit"])])
        return HttpRequest.parse_json_payload(b'{"ok":true,"result":[' + items + b"]}")["result"]


@dataclass
class Disk:
    kept: list[Raw] = field(default_factory=list)

    @property
    def numbers(self) -> list[int]:
        return [update["update_id"] for update in self.kept]

    async def take(self, updates: Sequence[Raw]) -> int:
        known = self.numbers
        new = [update for update in updates if update["update_id"] not in known]
        self.kept += new
        return len(new)

    async def refuse(self, updates: Sequence[Raw]) -> None:
        raise AssertionError(updates)


class CountingWatch(MonitorHooks):
    def __init__(self) -> None:
        self.count = 0

    def stepped_over(self) -> None:
        self.count += 1


async def remove_webhook() -> bool:
    return True


@dataclass
class Scene:
    telegram: Telegram
    disk: Disk = field(default_factory=Disk)
    monitor: CountingWatch = field(default_factory=CountingWatch)

    def __post_init__(self) -> None:
        self.polling = Polling(
            request=self.telegram,  # type: ignore[arg-type]
            bot_url="http://x",
            take=self.disk.take,
            refused=self.disk.refuse,
            remove_webhook=remove_webhook,
            poll_s=50,
            monitor=self.monitor,
        )

    async def poll(self, times: int) -> None:
        for _ in range(times):
            await self.polling._poll_once()


def number_all(*raws: bytes) -> list[tuple[int | None, bytes]]:
    return [(number, raw % number) for number, raw in enumerate(raws, start=1)]


async def test_a_button_with_bytes_that_are_not_utf_8_is_kept_with_replacements() -> None:
    scene = Scene(Telegram(number_all(GOOD, RAW_DATA, GOOD)))
    await scene.poll(1)
    assert scene.disk.numbers == [1, 2, 3]
    assert scene.disk.kept[1]["callback_query"]["data"] == "\ufffd\ufffd\ufffd"
    assert scene.monitor.count == 0


@pytest.mark.parametrize("bad", [BROKEN, TOO_DEEP])
async def test_what_cannot_be_read_is_stepped_over_by_its_number(
    bad: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    scene = Scene(Telegram(number_all(GOOD, bad, GOOD, bad, bad, GOOD)))
    await scene.poll(12)
    assert scene.disk.numbers == [1, 3, 6]
    assert scene.telegram.queue == []
    assert scene.monitor.count == 3
    said = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert said == [f"update {number} cannot be read; stepped over" for number in (2, 4, 5)]
    assert "quotation" not in caplog.text
    assert scene.telegram.asked[-1]["limit"] == "100"
    assert "offset" not in scene.telegram.asked[-1]


@pytest.mark.parametrize(
    ("number", "raw"),
    [
        *((number, GOOD) for number in (2**63 - 1, 2**63, 2**64, 2**64 + 12_345, 10**100)),
        *((number, BROKEN) for number in (2**63 - 1, 2**63, 2**64, 2**64 + 12_345)),
    ],
)
async def test_a_number_that_cannot_be_stored_is_confirmed_and_polling_goes_on(
    number: int, raw: bytes
) -> None:
    scene = Scene(Telegram([*number_all(GOOD), (number, raw % number)]))
    await scene.poll(6)
    assert scene.disk.numbers == [1]
    assert scene.telegram.queue == []
    assert scene.monitor.count == 1
    scene.telegram.queue = [(5, GOOD % 5)]
    await scene.poll(1)
    assert scene.disk.numbers == [1, 5]
    confirming = next(query for query in scene.telegram.asked if int(query.get("offset", 0)) > number)
    assert confirming["timeout"] == "0"


@pytest.mark.parametrize(
    "bad",
    [
        b'{"update_id":-5,"message":{}}',
        b'{"update_id":"1","message":{}}',
        b'{"update_id":1.5}',
        b'{"update_id":true}',
        b'{"update_id":null}',
        b'{"message":{}}',
        b"[]",
        b"null",
        b'"text"',
    ],
)
async def test_an_update_that_cannot_be_confirmed_does_not_keep_others_out(
    bad: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    scene = Scene(Telegram([(None, bad), *number_all(GOOD)]))
    await scene.poll(3)
    assert scene.disk.numbers == [1]
    assert scene.polling._pause_s == PAUSE_S
    scene.telegram.queue.append((2, GOOD % 2))
    await scene.poll(3)
    assert scene.disk.numbers == [1, 2]
    assert all(int(query.get("offset", 0)) >= 0 for query in scene.telegram.asked)
    assert caplog.text.count("without a usable number") == 1


async def test_a_server_that_refuses_so_large_an_offset_is_polled_on_as_before() -> None:
    scene = Scene(Telegram([(2**63, GOOD % 2**63)], largest_offset=2**32))
    await scene.poll(3)
    scene.telegram.queue.insert(0, (1, GOOD % 1))
    await scene.poll(3)
    assert scene.disk.numbers == [1]
    assert [query for query in scene.telegram.asked if int(query.get("offset", 0)) > 2**32] == [
        scene.telegram.asked[1]
    ]


@dataclass
class Portal:
    """Answers every call with a page, or with JSON of another shape."""

    reply: bytes
    limits: list[str] = field(default_factory=list)

    async def post(self, url: str) -> Any:
        self.limits.append(parse_qs(urlsplit(url).query)["limit"][0])
        return HttpRequest.parse_json_payload(self.reply)["result"]


@pytest.mark.parametrize(
    "reply", [b"<html>", b"", b"[]", b"{}", b'{"ok":true}', b'{"ok":true,"result":{}}', b'{"result":null}']
)
async def test_a_reply_without_any_update_is_waited_out(
    reply: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    scene = Scene(Telegram([]))
    polling = Polling(
        request=Portal(reply),  # type: ignore[arg-type]
        bot_url="http://x",
        take=scene.disk.take,
        refused=scene.disk.refuse,
        remove_webhook=remove_webhook,
        poll_s=50,
    )
    for _ in range(3):
        await polling._poll_once()
    assert polling._wait_s == 2.0
    assert caplog.text.count("Telegram's reply cannot be read") == 1
