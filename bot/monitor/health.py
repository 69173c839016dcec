"""Whether updates should come to this process: phase and database; and, told beside them, the engine.

While inference servers are away, commands and buttons are answered and photos wait in the inbox, which is
better than to turn Telegram away: so the engine alone makes nobody unready.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

from sqlalchemy import text

from storage.database import Database
from storage.errors import StorageError

Phase = Literal["starting", "running", "stopping"]
DATABASE_S: Final = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """What `/readyz` says: nothing but words."""

    phase: str
    database: str
    engine: str

    @property
    def is_ready(self) -> bool:
        """Whether updates are taken and worked on."""
        return (self.phase, self.database) == ("ok", "ok")


async def check_readiness(phase: Phase, database: Database, engine: Any) -> Readiness:
    """Every check, one after the other."""
    return Readiness(
        phase="ok" if phase == "running" else phase,
        database=await _check_database(database),
        engine="ok" if phase == "running" and await is_up(engine) else "away",
    )


async def _check_database(database: Database) -> str:
    try:
        async with asyncio.timeout(DATABASE_S), database.read() as session:
            await session.execute(text("SELECT 1"))
    except StorageError as error:
        return type(error).__name__
    except TimeoutError:
        return "too slow"
    return "ok"


async def is_up(engine: Any) -> bool:
    """Whether it can read photos, once it was started: one in this process can, one elsewhere says so."""
    ask: Callable[[], Awaitable[bool]] | None = getattr(engine, "is_ready", None)
    return ask is None or await ask()
