"""Counts the replicas, which share the rate limits of one bot: each renews a lease."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bot.errors import OperatorError
from storage.database.errors import StorageError
from storage.database.sessions import Database
from storage.queues.leases import count_leases, forget_leases, give_lease_up, take_lease

log = logging.getLogger(__name__)

PREFIX: Final = "process:"
LEASE_S: Final = 15.0
RENEW_EVERY_S: Final = 5.0


class StillRunningError(OperatorError):
    """Other processes work with the database; the text says how many, and what to do."""


async def check_nobody_runs(database: Database) -> None:
    """Check that no process uses the database.

    Raises:
        StillRunningError: a process renewed its lease within `LEASE_S`.
    """
    async with database.read() as session:
        count = await count_leases(session, PREFIX)
    if count:
        raise StillRunningError(
            f"Stop the bot first: {count} of its processes work with this database, or died within the last "
            f"{LEASE_S:.0f} s. Nothing was changed."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Replicas:
    """Counts the processes that are alive. Not used if there can be only one."""

    database: Database
    owner: str
    share: Callable[[int], None]  # called with the number of processes

    async def run(self) -> None:
        """Run until cancelled."""
        while True:
            try:
                self.share(await self.renew())
            except StorageError as error:
                log.warning("replicas could not be counted (%s); retrying", type(error).__name__)
            await asyncio.sleep(RENEW_EVERY_S)

    async def renew(self) -> int:
        """Renew the lease of this process; the number of live processes, with this one."""
        async with self.database.write() as session:
            await take_lease(session, PREFIX + self.owner, owner=self.owner, lease_s=LEASE_S)
            await forget_leases(session, PREFIX)
            return max(await count_leases(session, PREFIX), 1)

    async def leave(self) -> None:
        """Deregister this process, so that the others get its share at once."""
        try:
            async with self.database.write() as session:
                await give_lease_up(session, PREFIX + self.owner, owner=self.owner)
        except StorageError as error:
            log.warning("could not deregister this replica (%s)", type(error).__name__)
