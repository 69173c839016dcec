"""One poller among several processes: the holder of a lease in the database polls, the others stand by.

Telegram lets one process poll at a time. Two would do no harm: Telegram refuses one of them, and the inbox
recognises repeats. The lease avoids the refusals and makes the change to another process fast.
"""

import asyncio
import logging
import time
from dataclasses import dataclass
from typing import Any, Final

from bot.delivery.polling import Polling
from storage.database.errors import StorageError
from storage.database.sessions import Database
from storage.queues.leases import give_lease_up, take_lease

log = logging.getLogger(__name__)

NEVER: Final = float("-inf")
LOOKS_A_LEASE: Final = 5  # the holder renews and the others try this often per lease


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidacy:
    """The lease that a process competes for. A dead holder blocks the others for `lease_s` seconds."""

    database: Database
    name: str
    owner: str
    lease_s: float


class StandbyPolling:
    """A `bot.delivery.sources.UpdateSource`: polls while it has the lease."""

    def __init__(self, polling: Polling, candidacy: Candidacy) -> None:
        self._polling = polling
        self._candidacy = candidacy
        self._renewed_at = NEVER
        self._looking = asyncio.Lock()
        self._leading: asyncio.Task[Any] | None = None
        self._is_waiting = False  # logged already
        self._stopping = False

    @property
    def is_leading(self) -> bool:
        """Whether this process polls."""
        return self._leading is not None

    async def start(self) -> None:
        """Open the session of the poller."""
        await self._polling.start()

    async def run(self) -> None:
        """Poll while this process has the lease, until cancelled."""
        try:
            while not self._stopping:
                await self._renew()
                await asyncio.sleep(self._candidacy.lease_s / LOOKS_A_LEASE)
        finally:
            await self._step_down()

    async def stop(self) -> None:
        """Stop polling and release the lease, so that another process can poll at once."""
        self._stopping = True
        await self._step_down()
        await self._polling.stop()
        async with self._looking:  # else a renewal in progress could take the lease again
            if self._renewed_at > NEVER:
                mine = self._candidacy
                try:
                    async with mine.database.write() as session:
                        await give_lease_up(session, mine.name, owner=mine.owner)
                except StorageError as error:
                    log.warning("the poller's lease could not be given up (%s)", type(error).__name__)

    async def _renew(self) -> None:
        """Take or renew the lease, and start or stop polling accordingly."""
        async with self._looking:
            if self._stopping:
                return
            mine = self._candidacy
            asked_at = time.monotonic()
            try:
                async with asyncio.timeout(mine.lease_s / 2), mine.database.write() as session:
                    has_lease = await take_lease(session, mine.name, owner=mine.owner, lease_s=mine.lease_s)
            except (StorageError, TimeoutError) as error:
                log.warning("the poller's lease could not be renewed (%s); retrying", type(error).__name__)
                # Until it runs out no other process can have taken it.
                has_lease = self.is_leading and asked_at < self._renewed_at + mine.lease_s
            else:
                self._renewed_at = asked_at if has_lease else NEVER
            if self._stopping:
                return
            if has_lease:
                if self._leading is not None and self._leading.done():
                    # It ended without a stop: raise its error, so that the service is restarted.
                    await self._step_down()
                if self._leading is None:
                    if self._is_waiting:
                        log.info("this process polls from now on")
                    self._is_waiting = False
                    self._leading = asyncio.get_running_loop().create_task(self._polling.run(), name="poller")
            else:
                await self._step_down()
                if not self._is_waiting:
                    log.info("another process polls; this one stands by")
                self._is_waiting = True

    async def _step_down(self) -> None:
        leading = self._leading
        if leading is None:
            return
        leading.cancel()
        await asyncio.wait([leading])
        if self._leading is not leading:
            return  # another call waited for the same end and has raised the error
        self._leading = None  # not before: until the last call to Telegram is over, this process polls
        if not leading.cancelled() and (error := leading.exception()) is not None:
            raise error
