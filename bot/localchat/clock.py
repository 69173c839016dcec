"""The server's time, which a test can move."""

from __future__ import annotations

import time


class Clock:
    """Wall-clock time plus an offset in seconds."""

    def __init__(self, offset_s: float = 0.0) -> None:
        self.offset_s = offset_s

    def now(self) -> float:
        """Unix seconds."""
        return time.time() + self.offset_s

    def date(self) -> int:
        """Whole Unix seconds, as in Telegram's dates."""
        return int(self.now())
