"""Turns whose files Telegram does not deliver: when to notify the sender, let later turns pass, and give up.

A turn *stalls* from its first failed download. After a minute its sender is notified. It is *blamed* once
Telegram delivered another file between two failed tries of it: later photos of the chat then overtake it, and
it is given up after an hour. If no other file comes either, Telegram is at fault: all turns wait, for a day.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from bot.delivery.downloads import DownloadLog, UnavailableFileError
from bot.delivery.inbox import ClaimedTurn
from storage.queues.unfinished import Stall

NOTIFY_AFTER_S: Final = 60.0
GIVE_UP_AFTER_S: Final = 3_600.0
LONGEST_AGE_S: Final = 86_400.0  # Telegram keeps an update as long, too
AT_ONCE_S: Final = 0.25

Probe = Callable[[ClaimedTurn], Awaitable[None]]
"""Downloads another photo that waits in the chat of a turn; the download log shows whether it worked."""


@dataclass(slots=True)
class _Try:
    """The newest try of a turn in this process."""

    began_at: float  # monotonic
    before_began_at: float | None  # the try before it
    began_unix: float
    file_ids: set[str]


class Stalls:
    """Judges failed downloads. Decisions are stored in the turn's rows, evidence only in memory."""

    def __init__(self, log: DownloadLog, probe: Probe, *, now: Callable[[], float]) -> None:
        """Args: log: what was downloaded. probe: tries another file. now: Unix seconds."""
        self._log = log
        self._probe = probe
        self._now = now
        self._tries: dict[str, _Try] = {}

    def begin(self, turn: ClaimedTurn) -> None:
        """Note that a try begins."""
        earlier = self._tries.get(turn.key)
        self._tries[turn.key] = _Try(
            began_at=self._log.monotonic(),
            before_began_at=None if earlier is None else earlier.began_at,
            began_unix=self._now(),
            file_ids=set() if earlier is None else earlier.file_ids,
        )

    def forget(self, turn_key: str) -> None:
        """Forget a turn that has ended or that failed for another reason."""
        self._tries.pop(turn_key, None)

    def is_last_try(self, turn: ClaimedTurn) -> bool:
        """Whether the file is given up if it fails once more."""
        stall = turn.stall
        if stall is None:
            return False
        now = self._now()
        if now - turn.rows[0].received_at >= LONGEST_AGE_S:
            return True
        known = self._tries.get(turn.key)
        is_blamed = stall.blamed_at is not None and now - stall.blamed_at >= GIVE_UP_AFTER_S
        return is_blamed and not self._log.refuses_others(known.file_ids if known else ())

    async def judge(self, turn: ClaimedTurn, error: UnavailableFileError) -> Stall:
        """The state of the turn after its newest try has failed."""
        known = self._tries[turn.key]
        known.file_ids.add(error.file_id)
        before = turn.stall or Stall(stalled_at=known.began_unix)
        is_blamed = before.blamed_at is not None
        if not is_blamed and self.is_due(before):
            is_blamed = error.is_at_fault or self._has_evidence(known)
            if not is_blamed:
                await self._probe(turn)
        if is_blamed:
            self._log.note_fault(error.file_id)
        if before.blamed_at is not None or not is_blamed:
            return before
        return Stall(stalled_at=before.stalled_at, blamed_at=self._now())

    def is_due(self, stall: Stall) -> bool:
        """Whether its sender has to be notified."""
        return self._now() - stall.stalled_at >= NOTIFY_AFTER_S

    def find_delay(self, turn: ClaimedTurn, stall: Stall, delay_s: float) -> float:
        """Seconds until the next try: short once a probe worked, or when the sender has to be notified."""
        if not self.is_due(stall):
            return min(delay_s, max(stall.stalled_at + NOTIFY_AFTER_S - self._now(), AT_ONCE_S))
        known = self._tries[turn.key]
        is_proven = self._log.gave_other(known.file_ids, after=known.began_at, before=float("inf"))
        return AT_ONCE_S if is_proven and stall.blamed_at is None else delay_s

    def _has_evidence(self, known: _Try) -> bool:
        """Whether another file came after the try before this one began, and before this one did."""
        if known.before_began_at is None:
            return False
        return self._log.gave_other(known.file_ids, after=known.before_began_at, before=known.began_at)
