"""How long a turn is postponed after a failure that neither its sender nor its handler caused."""

import errno
from typing import Final

from telegram.error import BadRequest, ChatMigrated, EndPointNotFound, Forbidden, RetryAfter, TelegramError

from bot.delivery.downloads import UnavailableFileError
from inference.engine import BusyError
from storage.database.errors import StorageError

FIRST_S: Final = 0.25
LAST_S: Final = 60.0
LONGEST_AGE_S: Final = 86_400.0  # Telegram keeps an update as long, too
SHORT: Final = (errno.EMFILE, errno.ENFILE, errno.EAGAIN)  # of files and processes
OWN_FAULTS: Final = (BadRequest, Forbidden, ChatMigrated, EndPointNotFound)


class Postponements:
    """Counts in memory how often each turn was postponed; each wait is twice as long as the one before.

    Waits do not depend on the age of an update: after an hour without network, a photo that meets one more
    cut connection is retried at once.
    """

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    def find_delay(self, turn_key: str, error: BaseException, *, age_s: float) -> float | None:
        """Seconds to wait; None if the turn itself is at fault or is too old."""
        if not _is_not_its_fault(error) or age_s > LONGEST_AGE_S:
            return None
        count = self._counts.get(turn_key, 0)
        self._counts[turn_key] = count + 1
        asked_s = 0.0
        if isinstance(error, RetryAfter):
            wait = error.retry_after
            asked_s = float(wait if isinstance(wait, int) else wait.total_seconds())
        return max(min(FIRST_S * 2.0 ** min(count, 16), LAST_S), asked_s)

    def forget(self, turn_key: str) -> None:
        """Forget a turn that has ended."""
        self._counts.pop(turn_key, None)

    def __len__(self) -> int:
        """The number of postponed turns."""
        return len(self._counts)


def _is_not_its_fault(error: BaseException) -> bool:
    if isinstance(error, (BusyError, StorageError, UnavailableFileError)):
        return True
    if isinstance(error, OSError) and error.errno in SHORT:
        return True  # another turn may have taken them
    # Also a token that is being replaced (401, 404), another poller (409) and a reply that is not JSON.
    return isinstance(error, TelegramError) and not isinstance(error, OWN_FAULTS)
