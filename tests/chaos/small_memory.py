"""Takes a process the memory away: its address space anywhere on Linux, a cgroup where one may be made."""

import os
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Final

GROUPS: Final = Path("/sys/fs/cgroup")
ADDRESS_SPACE: Final = 1 << 20  # less than any process has, so that it gets no more
ROOM: Final = 1 << 20  # bytes of new memory until the kernel kills it

KINDS: Final = (
    (GROUPS / "memory", "memory.limit_in_bytes", ("memory.memsw.limit_in_bytes", ROOM)),
    (GROUPS, "memory.max", ("memory.swap.max", 0)),
)

Starve = Callable[[int], None]


def limit_address_space(process: int) -> None:
    """Every request for more memory fails from now on; what the process makes of that is its own affair."""
    resource.prlimit(process, resource.RLIMIT_AS, (ADDRESS_SPACE, resource.RLIM_INFINITY))


def list_ways() -> list[str]:
    """How memory can be taken away here."""
    with _make_group() as group:
        return ["address space", *(["cgroup"] if group is not None else [])]


@contextmanager
def way(name: str) -> Iterator[Starve]:
    """A way to do it, by its name; what it needs is gone afterwards."""
    if name == "address space":
        yield limit_address_space
        return
    with _make_group() as group:
        assert group is not None
        yield partial(_move_into, group)


def _move_into(group: Path, process: int) -> None:
    (group / "cgroup.procs").write_text(str(process))


@contextmanager
def _make_group() -> Iterator[Path | None]:
    """A control group (version 1 or 2) with `ROOM`, nothing of it swapped; None where none may be made.

    What a process had before it moved in is not counted. One that takes more is killed by the kernel, as a
    container's is at its limit.
    """
    group = next(filter(None, (_try_group(*kind) for kind in KINDS)), None)
    try:
        yield group
    finally:
        if group is not None:
            group.rmdir()


def _try_group(parent: Path, memory: str, swap: tuple[str, int]) -> Path | None:
    group = parent / f"nevus-{os.getpid()}"
    with suppress(OSError):
        group.mkdir()
        try:
            _limit(group, memory, swap)
        except OSError:
            group.rmdir()
            raise
        return group
    return None


def _limit(group: Path, memory: str, swap: tuple[str, int]) -> None:
    (group / memory).write_text(str(ROOM))
    name, most = swap
    if (group / name).exists():
        (group / name).write_text(str(most))
    elif len(Path("/proc/swaps").read_text().splitlines()) > 1:
        raise OSError("a process would be swapped, and live on")
