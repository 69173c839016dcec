"""The way to Telegram is checked each minute: a broken one is reported, a quiet one is not."""

import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from telegram import WebhookInfo
from telegram.error import Conflict, InvalidToken, NetworkError, TelegramError, TimedOut

from bot.delivery.telegram_check import RECENT_S, TelegramCheck, classify
from bot.delivery.telegram_json import UnreadableReplyError
from bot.monitor.hooks import MonitorHooks, TelegramCall, TelegramFault

URL = "https://nevus.example.org/telegram"
NOW = 1_780_000_000.0


@dataclass
class Monitor(MonitorHooks):
    calls: list[tuple[str, str | None]] = field(default_factory=list)

    def called(self, call: TelegramCall, /, *, fault: TelegramFault | None = None) -> None:
        self.calls.append((call, fault))


@dataclass
class Telegram:
    info: WebhookInfo | None = None
    error: TelegramError | None = None

    async def get_me(self) -> None:
        if self.error is not None:
            raise self.error

    async def get_webhook_info(self) -> WebhookInfo | None:
        await self.get_me()
        return self.info


def make_info(
    *, url: str = URL, waiting: int = 0, failed_s_ago: float | None = None, why: str | None = None
) -> WebhookInfo:
    failed = None if failed_s_ago is None else datetime.fromtimestamp(NOW - failed_s_ago, UTC)
    return WebhookInfo(url, False, waiting, last_error_date=failed, last_error_message=why)


async def check(telegram: Telegram, *, by_webhook: bool = True) -> list[tuple[str, str | None]]:
    monitor = Monitor()
    url = URL if by_webhook else None
    await TelegramCheck(telegram, monitor, webhook_url=url, now=lambda: NOW).check()  # type: ignore[arg-type]
    return monitor.calls


@pytest.mark.parametrize(
    ("info", "fault"),
    [
        (make_info(), None),  # a quiet night
        (make_info(waiting=3), None),  # they are on their way
        (make_info(failed_s_ago=20.0, why="Connection refused"), None),  # it came at the next try
        (make_info(waiting=3, failed_s_ago=20.0, why="Connection refused"), "webhook_error"),
        (make_info(waiting=3, failed_s_ago=RECENT_S + 1, why="Connection refused"), None),
        (make_info(url=""), "webhook_error"),
        (make_info(url="https://elsewhere.example.org/"), "webhook_error"),
    ],
)
async def test_a_webhook_is_broken_while_updates_wait_because_of_an_error(
    info: WebhookInfo, fault: str | None
) -> None:
    assert await check(Telegram(info)) == [("get_webhook_info", fault)]


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (NetworkError("x"), "unreachable"),
        (TimedOut(), "unreachable"),
        (InvalidToken(), "token_refused"),
        (Conflict("x"), "conflict"),
        (UnreadableReplyError(b"<html>"), "unreadable"),
    ],
)
async def test_a_failed_call_names_its_fault(error: TelegramError, fault: str) -> None:
    assert classify(error) == fault
    assert await check(Telegram(error=error)) == [("get_webhook_info", fault)]
    assert await check(Telegram(error=error), by_webhook=False) == [("get_me", fault)]


async def test_telegrams_sentence_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="bot.delivery.telegram_check")
    telegram = Telegram(make_info(waiting=1, failed_s_ago=5.0, why="SSL error"))
    looking = TelegramCheck(telegram, Monitor(), webhook_url=URL, now=lambda: NOW)  # type: ignore[arg-type]
    await looking.check()
    await looking.check()
    telegram.info = make_info()
    await looking.check()
    assert [record.getMessage() for record in caplog.records] == [
        "Telegram does not deliver to the webhook: SSL error",
        "Telegram delivers to the webhook again",
    ]
