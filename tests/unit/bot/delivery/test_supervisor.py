"""Services that fail are started again; a process without memory does not linger."""

import asyncio
import errno
import logging
import subprocess
import sys
from collections.abc import Awaitable, Callable

import pytest

from bot.delivery import supervisor
from bot.delivery.supervisor import LAST_RESTART_S, NO_MEMORY, Supervisor
from storage.database.errors import StorageError


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


NO_MEMORY_LEFT = [
    MemoryError(),
    OSError(errno.ENOMEM, "Cannot allocate memory"),
    RuntimeError("can't start new thread"),
]


@pytest.mark.parametrize("error", NO_MEMORY_LEFT)
@pytest.mark.parametrize("is_service", [True, False])
async def test_a_task_without_memory_ends_the_process(error: Exception, is_service: bool) -> None:
    """Before a line is logged, for which there may be no memory either."""
    given_up = asyncio.Event()
    supervisor, seen = Supervisor(give_up=given_up.set), list[str]()
    run = failing(error, times=9, seen=seen)
    if is_service:
        await supervisor.serve(run, name="service")
    else:
        await asyncio.gather(supervisor.spawn(run(), name="task"), return_exceptions=True)  # type: ignore[arg-type]
        await asyncio.sleep(0)
    assert given_up.is_set()
    assert seen == ["failed"]


@pytest.mark.parametrize("error", [ValueError("ours"), StorageError("full"), OSError(errno.EMFILE, "")])
async def test_other_failures_do_not(error: Exception) -> None:
    given_up = asyncio.Event()
    supervisor = Supervisor(give_up=given_up.set)
    supervisor.serve(failing(error, times=1, seen=[]), name="service")
    await asyncio.sleep(0)
    await supervisor.stop()
    assert not given_up.is_set()


END = """
import logging
from bot.delivery.supervisor import end_at_once
class FullLog(logging.Handler):
    def emit(self, record):
        raise MemoryError
logging.getLogger("bot.delivery.supervisor").addHandler(FullLog())
try:
    end_at_once()
finally:
    print("it goes on")
"""


def test_a_process_ends_although_its_last_word_cannot_be_logged() -> None:
    ended = subprocess.run([sys.executable, "-c", END], capture_output=True, check=False)
    assert ended.returncode == NO_MEMORY
    assert ended.stdout == b""


async def test_a_service_that_ran_for_long_is_started_again_soon(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its failures of days ago do not count."""
    monkeypatch.setattr(supervisor, "FIRST_RESTART_S", 0.01)
    seen, now = list[str](), [0.0]
    fail = failing(StorageError("locked"), times=3, seen=seen)

    async def work() -> None:
        if len(seen) != 1:  # the second time it fails at once
            now[0] += LAST_RESTART_S + 1
        await fail()

    with caplog.at_level(logging.ERROR):
        await Supervisor(monotonic=lambda: now[0]).serve(work, name="service")
    waits = [record.args[2] for record in caplog.records if isinstance(record.args, tuple)]
    assert waits == [0.01, 0.02, 0.01]
