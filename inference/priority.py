"""Threads: how many, how urgent, and started before they are needed."""

import contextlib
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

OOM_SCORE: Final = 1000  # the most: see proc(5)
NICENESS: Final = 5  # a third of the usual share where cores are short; nothing where they are not


def step_back() -> None:
    """Give this thread a lower priority than the rest of the process. Linux keeps one for each thread."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):  # it is only for speed
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)


def offer_to_kernel() -> None:
    """Have the kernel end this process before others when memory runs out. Linux; needs no privilege."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(str(OOM_SCORE), encoding="ascii")


def open_threads(count: int, *, name: str, steps_back: bool = False) -> ThreadPoolExecutor:
    """A pool whose threads have all begun.

    Usually a pool starts a thread when work comes, on the event loop, and waits for its first sign of life:
    forever if there is no memory for it (seen under a limit on the address space).

    Raises:
        RuntimeError: the system gives no more threads; those that had begun end.
    """
    pool = ThreadPoolExecutor(count, thread_name_prefix=name, initializer=step_back if steps_back else None)
    together = threading.Barrier(count)  # as long as one is missing, none is idle and the next one is started
    try:
        for _ in range(count):
            pool.submit(together.wait)
    except BaseException:
        together.abort()  # else they wait for the missing one, and the process for them
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    return pool
