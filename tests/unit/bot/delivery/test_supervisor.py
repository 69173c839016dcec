"""Services that fail are started again; a process without memory does not linger."""

import asyncio
import logging
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator

import pytest

from bot.delivery import supervisor
from bot.delivery.supervisor import LAST_RESTART_S, NO_MEMORY, STARVED_OFTEN, Supervisor
from storage.database.errors import OutOfMemory, StorageError


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


class FullLog(logging.Handler):
    """Has no memory for a line."""

    def emit(self, _record: logging.LogRecord) -> None:
        raise MemoryError


@pytest.fixture
def full_log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    handler, log = FullLog(), logging.getLogger("bot.delivery.supervisor")
    log.addHandler(handler)
    yield
    log.removeHandler(handler)


@pytest.mark.usefixtures("full_log")
async def test_a_service_whose_failure_cannot_even_be_logged_is_started_again_and_counted() -> None:
    given_up = asyncio.Event()
    supervisor, seen = Supervisor(give_up=given_up.set), list[str]()
    for _ in range(STARVED_OFTEN - 1):
        supervisor.serve(failing(MemoryError(), times=1, seen=[]), name="service")
    await supervisor.serve(failing(MemoryError(), times=1, seen=seen), name="service")
    assert seen == ["failed", "ended"]
    assert given_up.is_set()
    await supervisor.stop()


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
