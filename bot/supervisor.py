"""The owner of detached tasks: keeps a reference, logs failures, restarts services, cancels at the end."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final

log = logging.getLogger(__name__)

FIRST_RESTART_S: Final = 0.5
LAST_RESTART_S: Final = 30.0


class Supervisor:
    """Every task of the product that nobody awaits on the spot belongs to one of these."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def spawn(self, work: Coroutine[Any, Any, Any], *, name: str) -> asyncio.Task[Any]:
        """Run something once; a failure is logged by its kind."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._finished)
        return task

    def serve(self, service: Callable[[], Awaitable[None]], *, name: str) -> asyncio.Task[Any]:
        """Run a loop for as long as the product runs; one that fails is started again, later each time."""
        return self.spawn(_serve(service, name), name=name)

    async def stop(self) -> None:
        """Cancel what is left and wait for its end."""
        tasks = [task for task in self._tasks if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _finished(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("%s failed (%s)", task.get_name(), type(error).__name__, exc_info=error)


class Alarm:
    """Wakes the one task that waits for it: by an event at once, or after a delay."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def ring(self) -> None:
        """Wake it now."""
        self._event.set()

    def ring_in(self, delay_s: float) -> None:
        """Wake it after a delay, measured by a clock that nobody sets."""
        asyncio.get_running_loop().call_later(max(delay_s, 0.0), self._event.set)

    async def wait(self, timeout_s: float) -> None:
        """Until it rings, or this long. Rings that came before count."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._event.wait()
        except TimeoutError:
            pass
        self._event.clear()


async def _serve(service: Callable[[], Awaitable[None]], name: str) -> None:
    delay_s = FIRST_RESTART_S
    while True:
        try:
            await service()
        except Exception as error:
            log.exception("%s stopped (%s); again in %.1f s", name, type(error).__name__, delay_s)
        else:
            return
        await asyncio.sleep(delay_s)
        delay_s = min(delay_s * 2, LAST_RESTART_S)
