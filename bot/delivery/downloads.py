"""Recent downloads and their results: distinguishes one faulty file from a fault of Telegram.

Each process keeps its own log in memory. Decisions are stored in the inbox.
"""

import time
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final

MOST_REMEMBERED: Final = 256


class UnavailableFileError(Exception):
    """Telegram did not deliver a file; a retry may work. Nothing of it is logged.

    `is_at_fault`: Telegram's answer was about this file (400).
    """

    def __init__(self, file_id: str, *, is_at_fault: bool = False) -> None:
        super().__init__("a file could not be downloaded")
        self.file_id = file_id
        self.is_at_fault = is_at_fault


class TruncatedDownloadError(UnavailableFileError):
    """Fewer bytes came than Telegram announced."""


@dataclass(frozen=True, slots=True)
class _Attempt:
    file_id: str
    ended_at: float  # monotonic
    is_ok: bool


class DownloadLog:
    """The newest downloads of this process."""

    def __init__(self, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.monotonic = monotonic
        self._attempts: deque[_Attempt] = deque(maxlen=MOST_REMEMBERED)
        self._at_fault: set[str] = set()

    def note(self, file_id: str, *, is_ok: bool) -> None:
        """Note the result of a download."""
        self._attempts.append(_Attempt(file_id, self.monotonic(), is_ok))
        if is_ok:
            self._at_fault.discard(file_id)

    def note_fault(self, file_id: str) -> None:
        """Note that the file itself is at fault: its failures do not count against Telegram."""
        if len(self._at_fault) >= MOST_REMEMBERED:
            self._at_fault.clear()
        self._at_fault.add(file_id)

    def gave_other(self, file_ids: Collection[str], *, after: float, before: float) -> bool:
        """Whether Telegram delivered a file other than these between two moments (monotonic)."""
        return any(
            each.is_ok and after < each.ended_at < before and each.file_id not in file_ids
            for each in self._attempts
        )

    def refuses_others(self, file_ids: Collection[str]) -> bool:
        """Whether the last download of any other file failed, of those that are not at fault themselves."""
        for each in reversed(self._attempts):
            if each.file_id not in file_ids and each.file_id not in self._at_fault:
                return not each.is_ok
        return False
