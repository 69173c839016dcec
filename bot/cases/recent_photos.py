"""Recorded photos set against the pair's reference: for `nevus drift` and for the monitor."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from bot.cases.view import seen_photo
from inference.evaluation.drift import DriftReport, compare
from inference.evaluation.drift_reference import measure_photo, read_reference
from storage.database.sessions import Database
from storage.record.cases import NewPhoto
from storage.record.recent import list_recent_photos

CASES: Final = 500  # the newest; enough to see a shift of a tenth of them, few enough to be of this month


async def judge_recent(
    database: Database, pair: Mapping[str, Any], *, cases: int = CASES, since: datetime | None = None
) -> DriftReport:
    """The newest cases that this pair read.

    Raises:
        StorageError: the database cannot be read.
        DriftReferenceError: the pair's reference cannot be used.
    """
    version = str(pair.get("version", "unknown"))
    async with database.read() as session:
        photos = await list_recent_photos(session, cases=cases, pair=version, since=since)
    return await asyncio.to_thread(judge, photos, pair)


def judge(photos: Sequence[NewPhoto], pair: Mapping[str, Any]) -> DriftReport:
    """Recorded photos against the pair's reference."""
    measured = [measure_photo(seen_photo(photo, place=1).findings) for photo in photos]
    return compare(read_reference(pair), measured)
