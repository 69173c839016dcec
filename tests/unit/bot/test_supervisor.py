"""Services that fail are started again; a process without memory does not linger."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from bot.supervisor import STARVED_OFTEN, Supervisor
from storage.errors import OutOfMemory, StorageError


def failing(error: Exception, *, times: int, seen: list[str]) -> Callable[[], Awaitable[None]]:
    """A service that fails so often, then ends."""

    async def run() -> None:
        if len(seen) < times:
            seen.append("failed")
            raise error
        seen.append("ended")

    return run


async def test_a_service_that_fails_is_started_again() -> None:
    supervisor, seen = Supervisor(), list[str]()
    await supervisor.serve(failing(StorageError("locked"), times=1, seen=seen), name="service")
    assert seen == ["failed", "ended"]


@pytest.mark.parametrize("error", [MemoryError(), OutOfMemory("none")])
async def test_services_without_memory_end_the_process(error: Exception) -> None:
    """Whichever they are: each is started again, once; then enough of them have failed."""
    given_up = asyncio.Event()
    supervisor = Supervisor(give_up=given_up.set)
    logs = [list[str]() for _ in range(STARVED_OFTEN)]
    for seen in logs[:-1]:
        supervisor.serve(failing(error, times=1, seen=seen), name="service")
    await asyncio.sleep(0)
    assert not given_up.is_set()
    supervisor.serve(failing(error, times=1, seen=logs[-1]), name="service")
    await asyncio.wait_for(given_up.wait(), 30)
    await supervisor.stop()


async def test_other_failures_do_not() -> None:
    given_up = asyncio.Event()
    supervisor = Supervisor(give_up=given_up.set)
    for _ in range(STARVED_OFTEN):
        supervisor.serve(failing(ValueError("ours"), times=1, seen=[]), name="service")
    await asyncio.sleep(0)
    await supervisor.stop()
    assert not given_up.is_set()
