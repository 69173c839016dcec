"""Whether photos are answered now: phase, database and engine, looked at when someone asks."""

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

    checks: dict[str, str]

    @property
    def is_ready(self) -> bool:
        """Whether all is well."""
        return all(word == "ok" for word in self.checks.values())


async def check_readiness(phase: Phase, database: Database, engine: Any) -> Readiness:
    """Every check, one after the other."""
    return Readiness(
        checks={
            "phase": "ok" if phase == "running" else phase,
            "database": await _check_database(database),
            "engine": await _check_engine(engine) if phase == "running" else "not started",
        }
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


async def _check_engine(engine: Any) -> str:
    """An engine in this process is ready once it has started; one elsewhere may say so by itself."""
    ask: Callable[[], Awaitable[bool]] | None = getattr(engine, "is_ready", None)
    if ask is None:
        return "ok"
    return "ok" if await ask() else "not ready"
