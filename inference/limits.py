"""What this process may use of the machine: the limits that containers set (cgroups, versions 1 and 2)."""

import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_ROOT: Final = Path("/")
_UNLIMITED: Final = 1 << 60  # version 1 writes a huge number for no limit


def count_cores(root: Path = _ROOT) -> int:
    """Cores that this process may use: by its CPU mask and its CPU quota, the quota rounded up; at least 1.

    Args:
        root: where /proc and /sys lie; another folder in tests.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = find_cpu_quota(root)
    return cores if quota is None else max(1, min(cores, math.ceil(quota)))


def find_cpu_quota(root: Path = _ROOT) -> float | None:
    """The strictest CPU quota, in cores; None without one.

    Sources: Linux kernel, admin-guide/cgroup-v2 (`cpu.max`) and scheduler/sched-bwc (`cpu.cfs_quota_us`).
    """
    quotas = []
    for group in _list_groups(root, "cpu"):
        words = _read(group / "cpu.max").split()
        if not words:
            words = [_read(group / "cpu.cfs_quota_us"), _read(group / "cpu.cfs_period_us")]
        quota, period = (_number(word) for word in (*words, "100000")[:2])
        if quota is not None and quota > 0 and period:
            quotas.append(quota / period)
    return min(quotas, default=None)


def find_memory_limit(root: Path = _ROOT) -> int | None:
    """The least of the memory limits and the machine's memory, in bytes; None if the system shows none."""
    names = ("memory.max", "memory.limit_in_bytes")
    limits = [_number(_read(group / name)) for group in _list_groups(root, "memory") for name in names]
    totals = [line.split()[1] for line in _read(root / "proc/meminfo").splitlines() if "MemTotal:" in line]
    limits.extend((_number(kilobytes) or 0) * 1024 for kilobytes in totals)
    return min((limit for limit in limits if limit is not None and 0 < limit < _UNLIMITED), default=None)


def _list_groups(root: Path, controller: str) -> Iterator[Path]:
    """This process's group and those above it, under each place where a controller may be mounted."""
    for line in _read(root / "proc/self/cgroup").splitlines():
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if controllers and controller not in controllers.split(","):
            continue
        mount = root / "sys/fs/cgroup" / (controller if controllers else "")
        # In a container the path is the host's and does not exist; its own group is then the mount itself.
        group = mount / path.strip().lstrip("/")
        yield from (each for each in (group, *group.parents) if each.is_relative_to(mount))


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""


def _number(word: str) -> int | None:
    try:
        return int(word)
    except ValueError:  # "max", or nothing
        return None
