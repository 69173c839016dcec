"""Memory: given back to the system when it is no longer needed, and shared out among the decoders."""

import ctypes
import sys
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from inference.limits import find_memory_limit
from inference.photo_errors import TooLargeHereError

# Bot and networks take up to 425 MB (docs/performance.md), which is less than the rest of 900 MB.
_DECODERS_SHARE: Final = 0.45
_MOST_BYTES: Final = 1 << 30
_FEWEST_BYTES: Final = 100_000_000  # one photo of a phone as JPEG in any case
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # from glibc's malloc.h


def give_memory_back() -> None:
    """Return what the C library keeps free: 90 MB after loading two networks (measured 2026-11, glibc)."""
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # only glibc has it
        if trim is not None:
            trim(0)


def keep_freed_memory() -> None:
    """Have the C library keep freed pieces of up to 8 MB for the next photo, at most 16 MB in each thread.

    Left to itself it returned a card's 10 MB to the system after each card, and asked for them again with
    1,400 page faults a photo: 3.5 ms of system time. It costs 35 MB (measured 2026-12, glibc).
    """
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # not in every C library
        if mallopt is not None:
            mallopt(_M_MMAP_THRESHOLD, 8 << 20)
            mallopt(_M_TRIM_THRESHOLD, 16 << 20)


class MemoryBudget:
    """Bytes that photos being decoded may take together. First come, first served; for many threads."""

    def __init__(self, total: int | None = None) -> None:
        """All of it is free.

        Args:
            total: in bytes; by the memory that this process may use if None.
        """
        self.total = total if total is not None else choose_budget(find_memory_limit())
        self._free = self.total
        self._turn = threading.Condition()
        self._waiting: deque[object] = deque()

    @contextmanager
    def hold(self, count: int) -> Iterator[None]:
        """Take so many bytes for a while; waits until they are free.

        Raises:
            TooLargeHereError: they never will be.
        """
        if count > self.total:
            raise TooLargeHereError
        ticket = object()
        with self._turn:
            self._waiting.append(ticket)
            self._turn.wait_for(lambda: self._waiting[0] is ticket and self._free >= count)
            self._waiting.popleft()
            self._free -= count
            self._turn.notify_all()
        try:
            yield
        finally:
            with self._turn:
                self._free += count
                self._turn.notify_all()


def choose_budget(limit: int | None) -> int:
    """The decoders' part of the memory that this process may use; `limit` in bytes, None if unknown."""
    share = _MOST_BYTES if limit is None else int(limit * _DECODERS_SHARE)
    return max(_FEWEST_BYTES, min(share, _MOST_BYTES))
