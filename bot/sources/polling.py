"""Long polling. The offset moves only after updates are in the inbox: a crash repeats, and never loses."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError
from telegram.request import BaseRequest

from bot.addressing import ALLOWED_UPDATES, Raw
from storage.errors import StorageError

log = logging.getLogger(__name__)

FIRST_WAIT_S: Final = 0.5
LAST_WAIT_S: Final = 30.0
PER_CALL: Final = 100  # the most that Telegram gives at once

Take = Callable[[Sequence[Raw]], Awaitable[int]]
Refused = Callable[[Sequence[Raw]], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PollingParts:
    """What polling is built from."""

    request: BaseRequest
    bot_url: str  # with the token: never logged
    take: Take  # returns when the updates are on the disk
    refused: Refused  # told of updates that the disk did not take
    remove_webhook: Callable[[], Awaitable[Any]]
    poll_s: int


class Polling:
    """A loop of getUpdates calls."""

    def __init__(self, parts: PollingParts) -> None:
        self._parts = parts
        self._offset: int | None = None
        self._wait_s = 0.0
        self._is_stopping = False
        self.first_poll = asyncio.Event()  # set when the first call leaves

    async def start(self) -> None:
        """Be ready to connect."""
        await self._parts.request.initialize()

    async def run(self) -> None:
        """Until cancelled; run again, it begins with the earliest update that is not confirmed."""
        self._offset = None
        while True:
            await self._poll_once()
            await asyncio.sleep(self._wait_s)

    async def stop(self) -> None:
        """Close the connection; what Telegram had begun to send comes again."""
        self._is_stopping = True
        await self._parts.request.shutdown()

    async def _poll_once(self) -> None:
        try:
            updates = await self._fetch()
            if self._wait_s:
                log.info("Telegram answers again")
        except Conflict as error:
            await self._meet_conflict(error)
        except RetryAfter as error:
            wait = error.retry_after
            self._back_off("Telegram asks to wait", float(wait if isinstance(wait, int) else wait.seconds))
        except InvalidToken:
            self._back_off("Telegram refuses the token", LAST_WAIT_S)
        except TelegramError as error:
            self._back_off(f"Telegram cannot be reached ({type(error).__name__})")
        else:
            self._wait_s = 0.0
            await self._keep(updates)

    async def _fetch(self) -> list[dict[str, Any]]:
        parameters: dict[str, Any] = {
            "timeout": self._parts.poll_s,
            "limit": PER_CALL,
            "allowed_updates": json.dumps(ALLOWED_UPDATES),
        }
        if self._offset is not None:
            parameters["offset"] = self._offset
        self.first_poll.set()
        reply = await self._parts.request.post(f"{self._parts.bot_url}/getUpdates?{urlencode(parameters)}")
        if not isinstance(reply, list):
            raise TelegramError("Invalid server response")
        return reply

    async def _keep(self, updates: list[dict[str, Any]]) -> None:
        if not updates:
            # Everything before the offset is confirmed now. Numbers start anew after a quiet week or with
            # another server: an old offset would then pass over new updates.
            self._offset = None
            return
        try:
            await self._parts.take(updates)
        except StorageError as error:
            self._back_off(f"updates cannot be kept ({type(error).__name__}); Telegram keeps them")
            await self._parts.refused(updates)
        else:
            self._offset = max(int(update["update_id"]) for update in updates) + 1

    async def _meet_conflict(self, error: Conflict) -> None:
        if "webhook" not in error.message.lower():
            self._back_off("another process polls with the same token")
            return
        log.info("a webhook was set; it is removed, so that updates can be fetched")
        try:
            await self._parts.remove_webhook()
        except TelegramError:
            self._back_off("the webhook cannot be removed yet")

    def _back_off(self, what: str, wait_s: float | None = None) -> None:
        """Say it once, then wait longer each time; a call that our own stop cut off is no news."""
        if not self._wait_s and not self._is_stopping:
            log.warning("%s; trying again", what)
        doubled = min(max(self._wait_s * 2, FIRST_WAIT_S), LAST_WAIT_S)
        self._wait_s = doubled if wait_s is None else max(wait_s, FIRST_WAIT_S)
