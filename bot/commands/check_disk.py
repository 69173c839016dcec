"""What `nevus check` finds out about the disks that hold the data."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from bot.settings import Settings

MEGABYTE: Final = 1_000_000
FULL_BYTES: Final = 20 * MEGABYTE  # tables, the log of writes, and one photo being read
LOW_BYTES: Final = 500 * MEGABYTE


@dataclass(frozen=True, slots=True)
class DiskFinding:
    """One line of the table."""

    mark: Literal["ok", "warn", "FAIL"]
    text: str


def check_disks(
    settings: Settings, *, measure_free: Callable[[Path], int] = lambda place: shutil.disk_usage(place).free
) -> Iterator[DiskFinding]:
    """Whether the disk of the data directory has room, and that of an SQLite database elsewhere.

    `measure_free` returns the free bytes of the disk that a folder is on.
    """
    from sqlalchemy import make_url

    places = [("the data directory", settings.data_dir)]
    database = make_url(settings.sql_url).database if settings.one_process else None
    if database:
        places.append(("the database", Path(os.path.realpath(database)).parent))  # a link may lead elsewhere
    seen = set[int]()
    for name, place in places:
        folder = _find_existing(place)
        device = folder.stat().st_dev
        if device in seen:
            continue
        seen.add(device)
        try:
            yield _judge(name, measure_free(folder))
        except OSError as error:
            yield DiskFinding("warn", f"the disk of {name} cannot be measured ({error.strerror})")


def _judge(name: str, free: int) -> DiskFinding:
    room = f"{free // MEGABYTE} MB free on the disk of {name}"
    if free < FULL_BYTES:
        return DiskFinding("FAIL", f"{room}: free some space, nothing can be stored.")
    if free < LOW_BYTES:
        return DiskFinding("warn", f"{room}: free some space soon.")
    return DiskFinding("ok", room)


def _find_existing(place: Path) -> Path:
    """The folder itself or, before the first start, the nearest one above it."""
    wanted = Path(os.path.realpath(place))
    entered = (each for each in (wanted, *wanted.parents) if os.access(each, os.F_OK))
    return next(each for each in entered if each.is_dir())
