"""What the monitor reads of the product; imports nothing that monitoring alone needs."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from inference.engine import Engine
from storage.database.sessions import Database

if TYPE_CHECKING:
    from inference.evaluation.drift import DriftReport

JudgeDrift = Callable[[Mapping[str, Any]], Awaitable["DriftReport"]]
"""Compares the newest recorded photos with a pair's reference (`pair.json`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What the monitor reads."""

    database: Database
    engine: Engine
    judge_drift: JudgeDrift
    now: Callable[[], float]  # Unix seconds
