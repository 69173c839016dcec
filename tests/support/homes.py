"""A data directory with a database that knows two people, and what tests do with it."""

import asyncio
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from storage.database.key_marks import check_key_file
from storage.database.keys import Keyring
from storage.database.sessions import Database
from storage.record.people import ensure_person, find_person

NOW = datetime(2026, 3, 1, tzinfo=UTC)
STAYS, LEAVES = 71, 72
HOLD = """
import sys, time
from pathlib import Path
from bot.commands.process_locks import ProcessLock
lock = ProcessLock(Path(sys.argv[1]))
lock.acquire()
print("held", flush=True)
time.sleep(600)
"""


def furnish(home: Path) -> None:
    """Give it a key and two people."""
    check_key_file(f"sqlite:///{home / 'nevus.db'}", home / "nevus.key")
    for person in (STAYS, LEAVES):
        know(home, ref_of(home, person))


def know(home: Path, ref: bytes) -> None:
    use(home, lambda session: ensure_person(session, ref, now=NOW))


def ref_of(home: Path, person: int) -> bytes:
    return Keyring.open(home / "nevus.key").user_ref(person)


def use(home: Path, work: Callable[..., Awaitable[Any]]) -> Any:
    async def run() -> Any:
        database = Database(f"sqlite:///{home / 'nevus.db'}")
        async with database.write() as session:
            result = await work(session)
        await database.erase_traces()
        await database.close()
        return result

    return asyncio.run(run())


def is_known(home: Path, person: int) -> bool:
    ref = ref_of(home, person)
    return use(home, lambda session: find_person(session, ref)) is not None


@contextmanager
def held_by_another(lock: Path) -> Iterator[None]:
    """Locks are a process's own: another one has this one."""
    child = subprocess.Popen([sys.executable, "-c", HOLD, str(lock)], stdout=subprocess.PIPE)
    try:
        assert child.stdout is not None
        assert child.stdout.readline() == b"held\n"
        yield
    finally:
        child.kill()
        child.communicate()
