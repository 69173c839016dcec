"""Checks the connection to Telegram each minute, so that a fault differs from a quiet night."""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Final

from telegram import Bot, WebhookInfo
from telegram.error import Conflict, InvalidToken, TelegramError

from bot.delivery.telegram_json import UnreadableReplyError
from bot.monitor.hooks import MonitorHooks, TelegramCall, TelegramFault

log = logging.getLogger(__name__)

CHECK_EVERY_S: Final = 60.0
RECENT_S: Final = 900.0  # Telegram repeats an update that it could not deliver more often than this


class TelegramCheck:
    """Asks `getWebhookInfo` if updates come by webhook, else `getMe`."""

    def __init__(
        self,
        bot: Bot,
        monitor: MonitorHooks,
        *,
        webhook_url: str | None,
        now: Callable[[], float] = time.time,
    ) -> None:
        """`webhook_url` is None for long polling. `now` returns Unix seconds."""
        self._bot = bot
        self._monitor = monitor
        self._webhook_url = webhook_url
        self._now = now
        self._logged: str | None = None

    async def run(self) -> None:
        """Check until cancelled."""
        while True:
            await self.check()
            await asyncio.sleep(CHECK_EVERY_S)

    async def check(self) -> None:
        """Ask once and report to the monitoring."""
        call: TelegramCall = "get_me" if self._webhook_url is None else "get_webhook_info"
        try:
            fault = await self._ask()
        except TelegramError as error:
            fault = classify(error)
        self._monitor.called(call, fault=fault)

    async def _ask(self) -> TelegramFault | None:
        if self._webhook_url is None:
            await self._bot.get_me()
            return None
        problem = self._find_problem(await self._bot.get_webhook_info())
        if problem != self._logged:
            if problem is None:
                log.info("Telegram delivers to the webhook again")
            else:
                log.warning("Telegram does not deliver to the webhook: %s", problem)
        self._logged = problem
        return None if problem is None else "webhook_error"

    def _find_problem(self, info: WebhookInfo) -> str | None:
        """The problem that Telegram reports. A past error counts while updates wait because of it."""
        if info.url != self._webhook_url:
            return "another address is set" if info.url else "no webhook is set"
        failed_at = info.last_error_date.timestamp() if info.last_error_date is not None else 0.0
        if info.pending_update_count and self._now() - failed_at < RECENT_S:
            return info.last_error_message or "unknown error"
        return None


def classify(error: TelegramError) -> TelegramFault:
    """Return the kind of fault of a failed call."""
    if isinstance(error, InvalidToken):
        return "token_refused"
    if isinstance(error, Conflict):
        return "conflict"
    return "unreadable" if isinstance(error, UnreadableReplyError) else "unreachable"
