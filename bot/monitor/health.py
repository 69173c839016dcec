"""Readiness: can this process take an update? It can if it listens and its database can be written.

The states of the engine and of the way to Telegram are reported beside it and do not count. While inference
servers or Telegram are away, updates are kept in the inbox, and a restart would help nobody.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

from storage.database.errors import StorageError
from storage.database.sessions import Database

Phase = Literal["starting", "taking", "running", "stopping"]  # taking: updates are kept, not answered yet
DATABASE_S: Final = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """What `/readyz` says: nothing but words."""

    phase: str
    database: str
    engine: str
    telegram: str

    @property
    def is_ready(self) -> bool:
        """Whether updates can be taken."""
        return (self.phase, self.database) == ("ok", "ok")


async def check_readiness(phase: Phase, database: Database, engine: Any, *, telegram: str) -> Readiness:
    """Run every check. `telegram` is the state of the way there as the last calls showed it."""
    try:
        async with asyncio.timeout(DATABASE_S):
            await database.check_writable()
        state = "ok"
    except StorageError as error:
        state = type(error).__name__
    except TimeoutError:
        state = "too slow"
    return Readiness(
        phase="ok" if phase in ("taking", "running") else phase,
        database=state,
        engine="ok" if phase == "running" and await is_up(engine) else "away",
        telegram=telegram,
    )


async def is_up(engine: Any) -> bool:
    """Whether it can read photos, once it was started: one in this process can, a remote one is asked."""
    ask: Callable[[], Awaitable[bool]] | None = getattr(engine, "is_ready", None)
    return ask is None or await ask()
