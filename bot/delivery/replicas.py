"""Several processes share what Telegram allows one bot: each tells the others that it lives."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from storage.database.errors import StorageError
from storage.database.sessions import Database
from storage.queues.leases import count_leases, forget_leases, give_lease_up, take_lease

log = logging.getLogger(__name__)

PREFIX: Final = "process:"
LEASE_S: Final = 15.0
TELL_EVERY_S: Final = 5.0


class StillRunningError(Exception):
    """Other processes work with the database; the text says how many, and what to do."""


async def check_nobody_runs(database: Database) -> None:
    """Do nothing where no process has told within `LEASE_S` that it lives.

    Raises:
        StillRunningError: one has.
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
    """Counts the processes that are alive. Not run where only one can be."""

    database: Database
    owner: str
    share: Callable[[int], None]  # told how many there are

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                self.share(await self.tell())
            except StorageError as error:
                log.warning("the other processes cannot be counted now (%s)", type(error).__name__)
            await asyncio.sleep(TELL_EVERY_S)

    async def tell(self) -> int:
        """Say that this process lives; how many do, this one among them."""
        async with self.database.write() as session:
            await take_lease(session, PREFIX + self.owner, owner=self.owner, lease_s=LEASE_S)
            await forget_leases(session, PREFIX)
            return max(await count_leases(session, PREFIX), 1)

    async def leave(self) -> None:
        """Leave the others their share at once."""
        try:
            async with self.database.write() as session:
                await give_lease_up(session, PREFIX + self.owner, owner=self.owner)
        except StorageError as error:
            log.warning("this process could not take its leave (%s)", type(error).__name__)
