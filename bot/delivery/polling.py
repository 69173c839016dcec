"""Long polling. The offset moves after updates are in the inbox: a crash repeats updates, never loses them.

If a reply cannot be parsed, its updates are fetched one at a time. The faulty one is skipped
by its number, which is read from the raw bytes.
"""

import asyncio
import json
import logging
import math
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError
from telegram.request import BaseRequest

from bot.delivery.telegram_check import classify
from bot.delivery.telegram_json import UnreadableReplyError, find_update_id
from bot.delivery.updates import ALLOWED_UPDATES, LARGEST_UPDATE_ID, Raw, as_mapping, has_usable_id
from bot.monitor.hooks import NULL_MONITOR, MonitorHooks
from storage.database.errors import StorageError

log = logging.getLogger(__name__)

FIRST_WAIT_S: Final = 0.5
LAST_WAIT_S: Final = 30.0
PER_CALL: Final = 100  # the most that Telegram returns at once
PAUSE_S: Final = 1.0  # between calls while an update that cannot be confirmed heads every reply

Take = Callable[[Sequence[Raw]], Awaitable[int]]
Refused = Callable[[Sequence[Raw]], Awaitable[None]]


@dataclass(kw_only=True, eq=False)
class Polling:
    """A loop of getUpdates calls."""

    request: BaseRequest
    bot_url: str  # with the token: never logged
    take: Take  # returns when the updates are on the disk
    refused: Refused  # called with updates that could not be stored
    remove_webhook: Callable[[], Awaitable[Any]]
    poll_s: int
    monitor: MonitorHooks = NULL_MONITOR

    def __post_init__(self) -> None:
        self._offset: int | None = None
        self._limit = PER_CALL
        self._past: int | None = None  # an offset for one call: past a number that cannot be stored
        self._last_past: int | None = None
        self._wait_s = 0.0  # after a failure
        self._pause_s = 0.0
        self._is_stopping = False
        self.first_poll = asyncio.Event()  # set when the first call leaves

    async def start(self) -> None:
        """Open the session."""
        await self.request.initialize()

    async def run(self) -> None:
        """Poll until cancelled. Each run begins with the earliest update that is not confirmed."""
        self._offset = None
        while True:
            await self._poll_once()
            await asyncio.sleep(max(self._wait_s, self._pause_s))

    async def stop(self) -> None:
        """Close the connection; Telegram repeats updates that it was sending."""
        self._is_stopping = True
        await self.request.shutdown()

    async def _poll_once(self) -> None:
        self._pause_s = 0.0
        try:
            updates = await self._fetch()
        except UnreadableReplyError as error:
            self._report(error)
            self._narrow_down(error.payload)
        except Conflict as error:
            self._report(error)
            await self._meet_conflict(error)
        except RetryAfter as error:
            wait = error.retry_after
            self._back_off("Telegram asks to wait", float(wait if isinstance(wait, int) else wait.seconds))
        except InvalidToken as error:
            self._report(error)
            self._back_off("Telegram refuses the token", LAST_WAIT_S)
        except TelegramError as error:
            self._report(error)
            self._back_off(f"Telegram cannot be reached ({type(error).__name__})")
        else:
            self.monitor.called("get_updates")
            await self._keep(updates)

    async def _fetch(self) -> list[dict[str, Any]]:
        past, self._past = self._past, None
        offset = self._offset if past is None else past
        parameters: dict[str, Any] = {
            "timeout": self.poll_s if past is None else 0,
            "limit": self._limit,
            "allowed_updates": json.dumps(ALLOWED_UPDATES),
        }
        if offset is not None:
            parameters["offset"] = offset
        self.first_poll.set()
        url = f"{self.bot_url}/getUpdates?{urlencode(parameters)}"
        try:
            reply = await self.request.post(url)
        except (
            LookupError,
            TypeError,
            ValueError,
            AttributeError,
        ):  # JSON that PTB does not expect
            raise UnreadableReplyError(b"") from None
        if not isinstance(reply, list):
            raise UnreadableReplyError(b"")
        return reply

    async def _keep(self, updates: list[Any]) -> None:
        if not updates:
            # Everything before the offset is confirmed. Numbers restart after a week without updates or with
            # another server: an old offset would then skip new updates.
            self._offset, self._limit = None, PER_CALL
            self._recover()
            return
        usable = [update for update in updates if has_usable_id(update)]
        if not usable:
            self._pass_over(updates)
            return
        try:
            await self.take(usable)
        except StorageError as error:
            self._back_off(f"updates cannot be kept ({type(error).__name__}); Telegram keeps them")
            await self.refused(usable)
        else:
            self._offset = max(update["update_id"] for update in usable) + 1
            self._recover()

    def _narrow_down(self, payload: bytes) -> None:
        """Fetch one update at a time until the reply that cannot be parsed holds only the one at fault."""
        update_id = find_update_id(payload)
        if update_id is None or update_id < (self._offset or 0):
            self._limit = PER_CALL
            self._back_off("Telegram's reply cannot be read")
        elif self._limit > 1:
            self._limit = 1
        elif update_id > LARGEST_UPDATE_ID:
            self._pass_over([{"update_id": update_id}])
        else:
            self._limit, self._offset = PER_CALL, update_id + 1
            self.monitor.stepped_over()
            log.warning("update %d cannot be read; stepped over", update_id)

    def _pass_over(self, updates: list[Any]) -> None:
        """Confirm updates whose numbers cannot be stored, by one call; the next begins where polling was.

        Numbers of other updates need not be larger, so that such an offset must not stay. Without a positive
        number nothing can be confirmed: the server repeats these updates until it drops them.
        """
        self._recover()
        self._limit, self._pause_s = PER_CALL, PAUSE_S
        largest = max(_find_large_id(update) for update in updates)
        if largest == self._last_past:
            return
        self._last_past = largest
        self._past = largest + 1 if largest > LARGEST_UPDATE_ID else None
        self.monitor.stepped_over()
        log.warning("an update without a usable number was stepped over")

    async def _meet_conflict(self, error: Conflict) -> None:
        if "webhook" not in error.message.lower():
            self._back_off("another process polls with the same token")
            return
        log.info("a webhook was set; it is removed, so that updates can be fetched")
        try:
            await self.remove_webhook()
        except TelegramError:
            self._back_off("the webhook cannot be removed yet")

    def _report(self, error: TelegramError) -> None:
        if not self._is_stopping:
            self.monitor.called("get_updates", fault=classify(error))

    def _recover(self) -> None:
        """Reset the wait after a failure."""
        if self._wait_s:
            log.info("updates are received again")
        self._wait_s = 0.0

    def _back_off(self, what: str, wait_s: float | None = None) -> None:
        """Log a failure once and double the wait; a call cut off by `stop` is not logged."""
        if not self._wait_s and not self._is_stopping:
            log.warning("%s; trying again", what)
        doubled = min(max(self._wait_s * 2, FIRST_WAIT_S), LAST_WAIT_S)
        self._wait_s = doubled if wait_s is None else max(wait_s, FIRST_WAIT_S)


def _find_large_id(update: Any) -> int:
    """An update's number, 0 if none. Beyond 64 bits it was read as a float: then the next larger one."""
    number = as_mapping(update).get("update_id")
    if isinstance(number, float) and math.isfinite(number):
        return math.ceil(math.nextafter(number, math.inf))
    return number if isinstance(number, int) else 0
