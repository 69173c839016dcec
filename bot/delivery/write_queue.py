"""One line of writers: what waits while a transaction commits goes into the next one together (group commit).

A commit costs a write to the disk whatever is in it, so that under load many small steps share one.
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
# Between the beginnings of two transactions that follow on one another: what is asked for meanwhile joins in.
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
    """Writes steps in the order they were asked for; each is kept whole or not at all."""

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
        """Commit what comes, for ever."""
        try:
            while True:
                await self._arrived.wait()
                self._arrived.clear()
                while self._waiting:
                    await self._breathe()
                    batch, self._waiting = self._waiting[:LARGEST_BATCH], self._waiting[LARGEST_BATCH:]
                    await self._commit([step for step in batch if not step.done.cancelled()])
        finally:
            for step in self._waiting:
                step.fail(StorageError("The database is being closed."))
            self._waiting.clear()

    async def _breathe(self) -> None:
        """Wait a little where a transaction was begun just now.

        A lone photo hardly waits; for a crowd of them there are half as many transactions.
        """
        left_s = self._begun + GROUP_COMMIT_S - time.monotonic()
        if left_s > 0 and len(self._waiting) < LARGEST_BATCH:
            await asyncio.sleep(left_s)
        self._begun = time.monotonic()

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
        except Exception as error:  # noqa: BLE001 - it belongs to whoever asked for the step
            if len(batch) == 1:
                batch[0].fail(error)
                return
            for step in batch:
                await self._commit([step])
        else:
            for step, result in zip(batch, results, strict=True):
                step.resolve(result)
