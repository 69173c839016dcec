"""Heavy work steps back behind whoever answers people."""

import contextlib
import os
import sys
import threading
from typing import Final

NICENESS: Final = 5  # a third of the usual share where cores are short; nothing where they are not


def step_back() -> None:
    """Give this thread a lower priority than the rest of the process. Linux keeps one for each thread."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):  # it is only for speed
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)


def count_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
