"""An update that the disk does not take stays with Telegram, and its sender is told once an hour."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from telegram.error import NetworkError

from bot.delivery.notices import StorageNotice
from bot.delivery.polling import Polling
from bot.delivery.updates import Raw
from bot.monitor.hooks import MonitorHooks, TelegramCall, TelegramFault
from bot.texts import Texts
from storage.database.errors import DatabaseLocked, DiskFull, ReadOnly, StorageError

UPDATE = {
    "update_id": 5,
    "message": {"chat": {"id": 7, "type": "private"}, "from": {"language_code": "fr"}, "text": "x"},
}


@dataclass
class Telegram:
    """Gives the same update until a higher offset confirms it."""

    asked: list[str] = field(default_factory=list)

    async def post(self, url: str) -> list[dict[str, Any]]:
        self.asked.append(url)
        return [] if "offset=6" in url else [UPDATE]


@dataclass
class Disk:
    """Takes nothing while it is full."""

    error: StorageError | None
    kept: list[Raw] = field(default_factory=list)
    refused: list[Raw] = field(default_factory=list)

    async def take(self, updates: Sequence[Raw]) -> int:
        if self.error is not None:
            raise self.error
        self.kept += updates
        return len(updates)

    async def refuse(self, updates: Sequence[Raw]) -> None:
        self.refused += updates


async def remove_webhook() -> bool:
    return True


@pytest.mark.parametrize("error", [DiskFull, ReadOnly, DatabaseLocked])
async def test_what_cannot_be_kept_is_not_acknowledged_and_is_kept_later(error: type[StorageError]) -> None:
    telegram, disk = Telegram(), Disk(error("full"))
    polling = Polling(
        request=telegram,  # type: ignore[arg-type]
        bot_url="http://x",
        take=disk.take,
        refused=disk.refuse,
        remove_webhook=remove_webhook,
        poll_s=1,
    )
    await polling._poll_once()
    await polling._poll_once()
    assert not any("offset" in url for url in telegram.asked)
    assert disk.refused == [UPDATE, UPDATE]
    disk.error = None
    await polling._poll_once()
    await polling._poll_once()
    assert disk.kept == [UPDATE]
    assert "offset=6" in telegram.asked[-1]


@dataclass
class Calls(MonitorHooks):
    seen: list[tuple[str, str | None]] = field(default_factory=list)

    def called(self, call: TelegramCall, /, *, fault: TelegramFault | None = None) -> None:
        self.seen.append((call, fault))


async def test_polling_waits_longer_while_the_disk_is_full_and_says_so_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Telegram answers at once, with the same updates each time: that is no recovery."""
    caplog.set_level(logging.INFO, logger="bot.delivery.polling")
    disk, calls = Disk(DiskFull("full")), Calls()
    polling = Polling(
        request=Telegram(),  # type: ignore[arg-type]
        bot_url="http://x",
        take=disk.take,
        refused=disk.refuse,
        remove_webhook=remove_webhook,
        poll_s=1,
        monitor=calls,
    )
    waits = []
    for _ in range(9):
        await polling._poll_once()
        waits.append(polling._wait_s)
    assert waits == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0]
    assert len(caplog.records) == 1
    assert set(calls.seen) == {("get_updates", None)}, "the way to Telegram works"
    disk.error = None
    await polling._poll_once()
    assert polling._wait_s == 0.0
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]


@dataclass
class FakeBot:
    said: list[tuple[int, str]] = field(default_factory=list)
    error: Exception | None = None

    async def send_message(self, chat_id: int, text: str) -> None:
        if self.error is not None:
            raise self.error
        self.said.append((chat_id, text))


async def test_the_sender_is_told_once_an_hour_in_their_language_and_groups_never() -> None:
    bot, now, texts = FakeBot(), [0.0], Texts.load()
    notice = StorageNotice(bot, texts, monotonic=lambda: now[0])  # type: ignore[arg-type]
    group = {"update_id": 6, "message": {"chat": {"id": -7, "type": "group"}}}
    await notice([UPDATE, UPDATE, group])
    now[0] = 3_599.0
    await notice([UPDATE])
    assert bot.said == [(7, texts.get("fr", "kept-by-telegram"))]
    now[0] = 3_600.0
    await notice([UPDATE])
    assert len(bot.said) == 2


@pytest.mark.parametrize(
    "message",
    [
        "text",
        {"chat": "text"},
        {"chat": {"id": 7, "type": "private"}, "from": []},
        {"chat": {"id": 7, "type": "private"}, "from": {"language_code": ["fr"]}},
        {"chat": {"id": "7", "type": "private"}},
        {"chat": {"id": 7, "type": ["private"]}},
    ],
)
async def test_fields_of_the_wrong_type_keep_nobody_from_being_told(message: Any) -> None:
    bot, texts = FakeBot(), Texts.load()
    notice = StorageNotice(bot, texts, monotonic=lambda: 0.0)  # type: ignore[arg-type]
    second = {"update_id": 6, "message": {"chat": {"id": 8, "type": "private"}}}
    await notice([{"update_id": 5, "message": message}, second])
    assert (8, texts.get("en", "kept-by-telegram")) in bot.said


async def test_who_could_not_be_told_is_told_when_the_update_comes_again() -> None:
    bot, texts = FakeBot(error=NetworkError("cut")), Texts.load()
    notice = StorageNotice(bot, texts, monotonic=lambda: 0.0)  # type: ignore[arg-type]
    await notice([UPDATE])
    bot.error = None
    await notice([UPDATE])
    await notice([UPDATE])
    assert len(bot.said) == 1
