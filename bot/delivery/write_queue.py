"""A write queue with group commit: steps that wait during a commit share the next transaction.

Each commit costs a write to the disk, whatever its size, so that many small steps share one under load.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, TypeVar

from storage.database.errors import StorageError
from storage.database.sessions import WriteSession

T = TypeVar("T")

LARGEST_BATCH: Final = 32
# The shortest time between the starts of two transactions; steps that arrive meanwhile share the second one.
GROUP_COMMIT_S: Final = 0.01


class WritesDatabase(Protocol):
    """The part of `storage.database.sessions.Database` that is needed here."""

    def write(self) -> Any:
        """A transaction, as an asynchronous context manager."""
        ...


@dataclass(slots=True)
class _Step:
    work: Callable[[WriteSession], Awaitable[Any]]
    done: asyncio.Future[Any] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def resolve(self, result: Any) -> None:
        if not self.done.done():
            self.done.set_result(result)

    def fail(self, error: BaseException) -> None:
        if not self.done.done():
            self.done.set_exception(error)


class WriteQueue:
    """Writes steps in the order of the calls; each one atomically."""

    def __init__(self, database: WritesDatabase) -> None:
        self._database = database
        self._waiting: list[_Step] = []
        self._arrived = asyncio.Event()
        self._begun = float("-inf")  # the last transaction (monotonic)

    async def write(self, work: Callable[[WriteSession], Awaitable[T]]) -> T:
        """Run `work` in a transaction; return when it is committed.

        `work` may be run a second time when another step of the same transaction fails, so it must do nothing
        but write to its session.

        Raises:
            StorageError: what the database refused; nothing of this step was kept.
        """
        step = _Step(work)
        self._waiting.append(step)
        self._arrived.set()
        result: T = await step.done
        return result

    async def run(self) -> None:
        """Commit steps until cancelled."""
        try:
            while True:
                await self._arrived.wait()
                self._arrived.clear()
                while self._waiting:
                    # Group commit: wait a little if a transaction has just begun. A single photo hardly
                    # waits; under load there are half as many transactions.
                    left_s = self._begun + GROUP_COMMIT_S - time.monotonic()
                    if left_s > 0 and len(self._waiting) < LARGEST_BATCH:
                        await asyncio.sleep(left_s)
                    self._begun = time.monotonic()
                    batch, self._waiting = self._waiting[:LARGEST_BATCH], self._waiting[LARGEST_BATCH:]
                    await self._commit([step for step in batch if not step.done.cancelled()])
        finally:
            for step in self._waiting:
                step.fail(StorageError("The database is being closed."))
            self._waiting.clear()

    async def _commit(self, batch: list[_Step]) -> None:
        if not batch:
            return
        try:
            async with self._database.write() as session:
                results = [await step.work(session) for step in batch]
        except asyncio.CancelledError:
            for step in batch:
                step.fail(StorageError("The database is being closed."))
            raise
        except Exception as error:  # noqa: BLE001 - raised to the caller of the step
            if len(batch) == 1:
                batch[0].fail(error)
                return
            for step in batch:
                await self._commit([step])
        else:
            for step, result in zip(batch, results, strict=True):
                step.resolve(result)
