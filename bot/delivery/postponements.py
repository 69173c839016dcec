"""How long a turn is put off when it failed through no fault of its sender or handler."""

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
    """Counts, in this process only, how often each turn was put off: the waits double from one to the next.

    They do not depend on the age of an update: after an hour without network, the first photo that meets one
    more cut connection is tried again at once.
    """

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    def find_delay(self, turn_key: str, error: BaseException, *, age_s: float) -> float | None:
        """Seconds to wait; None where the turn itself is at fault, or is too old."""
        if not _is_not_its_fault(error) or age_s > LONGEST_AGE_S:
            return None
        count = self._counts.get(turn_key, 0)
        self._counts[turn_key] = count + 1
        return max(min(FIRST_S * 2.0 ** min(count, 16), LAST_S), _read_wish(error))

    def forget(self, turn_key: str) -> None:
        """The turn has ended."""
        self._counts.pop(turn_key, None)

    def __len__(self) -> int:
        """How many turns are put off."""
        return len(self._counts)


def _is_not_its_fault(error: BaseException) -> bool:
    if isinstance(error, (BusyError, StorageError, UnavailableFileError)):
        return True
    if isinstance(error, OSError) and error.errno in SHORT:
        return True  # another turn may have taken them
    # Also a token that is being replaced (401, 404), another poller (409) and a reply that is not JSON.
    return isinstance(error, TelegramError) and not isinstance(error, OWN_FAULTS)


def _read_wish(error: BaseException) -> float:
    """The seconds that Telegram asked to wait."""
    if not isinstance(error, RetryAfter):
        return 0.0
    wait = error.retry_after
    return float(wait if isinstance(wait, int) else wait.total_seconds())
