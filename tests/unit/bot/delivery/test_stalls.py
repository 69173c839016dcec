"""When a file that does not come is its own fault, and when Telegram's: told, passed, given up."""

from typing import Any

import pytest

from bot.delivery.downloads import DownloadLog, TruncatedDownloadError, UnavailableFileError
from bot.delivery.inbox import ClaimedTurn
from bot.delivery.stalls import AT_ONCE_S, Stalls
from storage.queues.inbox import ClaimedRow
from storage.queues.unfinished import Stall

ERROR = UnavailableFileError("mine")


class Play:
    """A turn whose file `mine` fails at each try, in played time."""

    def __init__(self, **row: Any) -> None:
        self.now = 1_000.0
        self.log = DownloadLog(monotonic=lambda: self.now)
        self.probed = 0
        self.others_work = False
        self.stalls = Stalls(self.log, self.probe, now=lambda: self.now)
        self.row: dict[str, Any] = {"stalled_at": None, "blamed_at": None, "received_at": 1_000.0} | row

    async def probe(self, _turn: ClaimedTurn) -> None:
        self.probed += 1
        self.now += 0.1
        self.log.note("behind", is_ok=self.others_work)

    @property
    def turn(self) -> ClaimedTurn:
        row = ClaimedRow(
            id=1,
            turn_key="turn",
            lane_ref=b"lane",
            album_ref=None,
            payload=b"",
            attempts=0,
            crashes=0,
            **self.row,
        )
        return ClaimedTurn("photo", (row,))

    async def fail(self, *, at: float, error: UnavailableFileError = ERROR) -> Stall:
        """A try that begins so many seconds after the first one."""
        self.now = 1_000.0 + at
        self.stalls.begin(self.turn)
        self.now += 0.1
        self.log.note("mine", is_ok=False)
        stall = await self.stalls.judge(self.turn, error)
        self.row |= {"stalled_at": stall.stalled_at, "blamed_at": stall.blamed_at}
        return stall

    def give_other(self, *, at: float, is_ok: bool = True) -> None:
        self.now = 1_000.0 + at
        self.log.note("other", is_ok=is_ok)


async def test_for_a_minute_nobody_is_told_and_nothing_passes() -> None:
    play = Play()
    stall = await play.fail(at=0)
    play.give_other(at=10)
    stall = await play.fail(at=30)
    assert stall == Stall(stalled_at=1_000.0)
    assert not play.stalls.is_due(stall)
    assert play.stalls.find_delay(play.turn, stall, 64.0) == pytest.approx(29.9)  # just when it is due
    assert play.probed == 0


async def test_another_file_between_two_tries_puts_the_blame_on_this_one() -> None:
    play = Play()
    await play.fail(at=0)
    await play.fail(at=32)
    play.give_other(at=40)
    stall = await play.fail(at=60)
    assert stall.blamed_at == pytest.approx(1_060.1)
    assert play.probed == 0


async def test_what_came_before_the_last_try_proves_nothing() -> None:
    """The outage may have begun since."""
    play = Play()
    await play.fail(at=0)
    play.give_other(at=10)
    await play.fail(at=32)
    stall = await play.fail(at=60)
    assert stall.blamed_at is None
    assert play.stalls.is_due(stall)


async def test_a_probe_that_works_is_followed_by_one_more_try_before_anyone_passes() -> None:
    """At the end of an outage the probe may come first: then this file comes, too, and stays in order."""
    play = Play()
    play.others_work = True
    await play.fail(at=0)
    stall = await play.fail(at=60)
    assert (stall.blamed_at, play.probed) == (None, 1)
    assert play.stalls.find_delay(play.turn, stall, 60.0) == AT_ONCE_S
    assert (await play.fail(at=61)).blamed_at is not None
    assert play.probed == 1


async def test_where_no_file_comes_nothing_is_blamed_for_a_day() -> None:
    play = Play()
    await play.fail(at=0)
    for minute in range(1, 24 * 60, 60):
        stall = await play.fail(at=60.0 * minute)
        assert stall.blamed_at is None
        assert not play.stalls.is_last_try(play.turn)
        assert play.stalls.find_delay(play.turn, stall, 60.0) == 60.0
    play.now = 1_000.0 + 86_400
    assert play.stalls.is_last_try(play.turn)


async def test_a_file_that_telegram_refuses_by_name_needs_no_other_proof() -> None:
    play = Play()
    await play.fail(at=0)
    refused = UnavailableFileError("mine", is_at_fault=True)
    assert (await play.fail(at=60, error=refused)).blamed_at is not None


async def test_a_blamed_file_is_given_up_after_an_hour() -> None:
    play = Play(stalled_at=1_000.0, blamed_at=1_060.0)
    await play.fail(at=3_600)
    assert not play.stalls.is_last_try(play.turn)
    play.now = 1_060.0 + 3_600
    assert play.stalls.is_last_try(play.turn)


async def test_nothing_is_given_up_while_telegram_gives_no_file_at_all() -> None:
    play = Play(stalled_at=1_000.0, blamed_at=1_060.0)
    await play.fail(at=100)
    play.give_other(at=3_700, is_ok=False)
    play.now = 1_000.0 + 7_300
    assert not play.stalls.is_last_try(play.turn)
    play.give_other(at=7_400)
    assert play.stalls.is_last_try(play.turn)


async def test_two_faulty_files_do_not_keep_each_other_waiting() -> None:
    play = Play(stalled_at=1_000.0, blamed_at=1_060.0)
    await play.fail(at=3_000)
    play.log.note("as faulty", is_ok=False)
    play.log.note_fault("as faulty")
    play.now = 1_000.0 + 3_700
    assert play.stalls.is_last_try(play.turn)


async def test_what_was_decided_holds_after_a_start() -> None:
    """The rows keep it; the evidence was in memory only."""
    play = Play(stalled_at=400.0, blamed_at=460.0)
    stall = await play.fail(at=0, error=TruncatedDownloadError("mine"))
    assert stall == Stall(stalled_at=400.0, blamed_at=460.0)
    assert play.stalls.is_due(stall)


async def test_a_turn_that_never_stalled_has_no_last_try() -> None:
    play = Play(received_at=-1e6)
    assert not play.stalls.is_last_try(play.turn)
