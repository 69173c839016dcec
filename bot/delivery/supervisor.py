"""The owner of detached tasks: keeps a reference, logs failures, restarts services, cancels at the end."""

import asyncio
import errno
import logging
import os
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final

from storage.database.errors import NO_THREAD

log = logging.getLogger(__name__)

FIRST_RESTART_S: Final = 0.5
LAST_RESTART_S: Final = 30.0
NO_MEMORY: Final = 71  # the exit code: EX_OSERR of sysexits.h


def end_at_once() -> None:
    """End this process as `kill -9` would: without memory it can neither work nor stop in good order.

    Observed under RLIMIT_AS: the process hung at exit, waiting for a thread that never started. The database
    contains everything that is being processed, and the service manager restarts the process.
    """
    try:
        log.critical("no memory is left: this process ends at once; nothing is lost, start it again")
    finally:
        os._exit(NO_MEMORY)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error means that the machine gave no more memory, also for a thread."""
    if isinstance(error, OSError):
        return error.errno == errno.ENOMEM
    return isinstance(error, MemoryError) or (isinstance(error, RuntimeError) and NO_THREAD in str(error))


class Supervisor:
    """Owns the product's background tasks.

    A task that ends for lack of memory ends the process, by `give_up`: no other place handles that.
    `monotonic` returns seconds.
    """

    def __init__(
        self,
        *,
        give_up: Callable[[], None] = end_at_once,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()
        self._give_up = give_up
        self._monotonic = monotonic

    def spawn(self, work: Coroutine[Any, Any, Any], *, name: str) -> asyncio.Task[Any]:
        """Run something once; a failure is logged by its kind."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._finished)
        return task

    def serve(self, service: Callable[[], Awaitable[None]], *, name: str) -> asyncio.Task[Any]:
        """Run a service for as long as the product runs; restart it after a failure, with growing delays.

        The delay is reset if the service ran for longer than the longest delay.
        """
        return self.spawn(self._serve(service, name), name=name)

    async def stop(self) -> None:
        """Cancel the remaining tasks and wait for their end."""
        tasks = [task for task in self._tasks if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, service: Callable[[], Awaitable[None]], name: str) -> None:
        wait_s, delay_s = 0.0, FIRST_RESTART_S
        while True:
            began = self._monotonic()
            try:
                if wait_s:
                    await asyncio.sleep(wait_s)
                    began = self._monotonic()
                await service()
            except Exception as error:
                if is_out_of_memory(error):
                    self._give_up()  # before the log, which may need memory, too
                    return
                if self._monotonic() - began > LAST_RESTART_S:
                    delay_s = FIRST_RESTART_S
                wait_s, delay_s = delay_s, min(delay_s * 2, LAST_RESTART_S)
                log.exception("%s stopped (%s); restarting in %.1f s", name, type(error).__name__, wait_s)
            else:
                return

    def _finished(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            if is_out_of_memory(error):
                self._give_up()
                return
            log.error("%s failed (%s)", task.get_name(), type(error).__name__, exc_info=error)


class Alarm:
    """Wakes the task that waits for it, at once or after a delay."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def ring(self) -> None:
        """Wake it now."""
        self._event.set()

    def ring_in(self, delay_s: float) -> None:
        """Wake it after a delay by the monotonic clock."""
        asyncio.get_running_loop().call_later(max(delay_s, 0.0), self._event.set)

    async def wait(self, timeout_s: float) -> None:
        """Wait until it rings or the time is over. An earlier ring counts."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._event.wait()
        except TimeoutError:
            pass
        self._event.clear()
