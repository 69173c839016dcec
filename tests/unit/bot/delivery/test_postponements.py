"""What is not a turn's fault is tried again soon, then less and less often, and never too early."""

import errno

import pytest
from telegram.error import (
    BadRequest,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from bot.delivery.downloads import UnavailableFileError
from bot.delivery.postponements import LAST_S, LONGEST_AGE_S, Postponements
from inference.engine import BusyError
from storage.database.errors import StorageError


def delays(error: BaseException, *, times: int, age_s: float = 0.0) -> list[float | None]:
    waits = Postponements()
    return [waits.find_delay("a", error, age_s=age_s) for _ in range(times)]


NO_FILES = OSError(errno.EMFILE, "Too many open files")
REPLACED_TOKEN = [
    InvalidToken("Unauthorized"),
    Conflict("another poller"),
    TelegramError("Invalid server response"),
]
NOT_OURS = [BusyError(), StorageError("full"), NetworkError("cut"), TimedOut(), NO_FILES]
NOT_OURS += [*REPLACED_TOKEN, UnavailableFileError("file")]


@pytest.mark.parametrize("error", NOT_OURS)
def test_waits_double_up_to_a_minute(error: BaseException) -> None:
    assert delays(error, times=12) == [0.25, 0.5, 1, 2, 4, 8, 16, 32, *[LAST_S] * 4]


def test_an_old_update_that_meets_one_fault_is_tried_again_at_once() -> None:
    """After an hour without network there is a queue; one more cut connection costs a moment, not minutes."""
    assert delays(NetworkError("cut"), times=1, age_s=3_600.0) == [0.25]


def test_telegrams_wish_is_heeded() -> None:
    assert delays(RetryAfter(30), times=2) == [30.0, 30.0]


@pytest.mark.parametrize(
    "error",
    [ValueError("ours"), BadRequest("wrong"), Forbidden("no"), RuntimeError("x"), OSError(errno.EIO, "")],
)
def test_what_is_a_turns_own_fault_is_not_put_off(error: BaseException) -> None:
    assert delays(error, times=1) == [None]


def test_after_a_day_it_is() -> None:
    assert delays(NetworkError("cut"), times=1, age_s=LONGEST_AGE_S + 1) == [None]


def test_an_end_is_forgotten() -> None:
    waits = Postponements()
    waits.find_delay("a", BusyError(), age_s=0)
    waits.find_delay("b", BusyError(), age_s=0)
    waits.forget("a")
    waits.forget("unknown")
    assert len(waits) == 1
    assert waits.find_delay("a", BusyError(), age_s=0) == 0.25
