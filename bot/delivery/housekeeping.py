"""Housekeeping of the queues: expiry, leases, and recovery after dead processes."""

import asyncio
import logging
import time
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Final

from bot.delivery.inbox import DAY_S, Inbox
from bot.delivery.write_queue import WriteQueue
from bot.settings import Work
from storage.database.errors import StorageError
from storage.queues import outbox

log = logging.getLogger(__name__)

EXPIRY_EVERY_S: Final = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Housekeeping:
    """Runs beside the workers."""

    inbox: Inbox
    write_queue: WriteQueue
    work: Work
    alone: bool
    owner: str  # of this process

    async def run(self) -> None:
        """Run until cancelled."""
        next_expiry = time.monotonic()
        while True:
            if time.monotonic() >= next_expiry:
                next_expiry = time.monotonic() + EXPIRY_EVERY_S
                await self._try(self.expire())
            if not self.alone:
                await self._try(self.renew_leases())
            await asyncio.sleep(EXPIRY_EVERY_S if self.alone else self.work.lease_s / 3)

    async def expire(self) -> None:
        """Erase rows that were held, set aside or remembered for too long."""
        count = await self.inbox.expire()
        now, keep_s = self.inbox.now(), self.work.remember_days * DAY_S
        count += await self.write_queue.write(
            lambda session: outbox.expire_messages(session, now=now, keep_s=keep_s)
        )
        if count:
            log.info("%d entries of inbox and outbox erased or forgotten", count)

    async def renew_leases(self) -> None:
        """Extend the leases of this process and requeue the rows of dead processes."""
        await self.inbox.renew_leases()
        until = self.inbox.now() + self.work.lease_s
        await self.write_queue.write(
            lambda session: outbox.renew_leases(session, owner=self.owner, lease_until=until)
        )
        await self.inbox.recover()

    async def _try(self, step: Awaitable[None]) -> None:
        try:
            await step
        except StorageError as error:
            log.warning("housekeeping failed (%s); retrying", type(error).__name__)
