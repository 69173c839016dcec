"""The facts by which `flags.py` judges whether a lesion is flagged, and what is about to change them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Referred:
    """One referral of a case. `verdicts` are (kind, time) without comments, oldest first."""

    posted_at: datetime
    verdicts: tuple[tuple[str, datetime], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FlaggableCase:
    """The facts of a case that can open or close the flag of its lesion."""

    number: str
    high_at: datetime | None = None  # since when it is rated `high`, or was last
    closed_at: datetime | None = None  # by the sender's statement
    referrals: tuple[Referred, ...] = ()
    melanoma_at: datetime | None = None  # since when it is known to be one
    is_high_by_networks: bool = False  # its photos, whatever was answered about them
    is_high_of_part: bool = False  # of an album that was split: one of its parts was high then


Change = Callable[[FlaggableCase], FlaggableCase]
"""What is about to be recorded, in the same transaction as the messages that show it.

It changes the facts of the case that it is about. Cases made from that one get what counts for them, too.
"""


def after_high(number: str, at: datetime, *, by_networks: bool = False) -> Change:
    """This case is rated `high` from now on. `by_networks`: a photo that was added made it so."""

    def change(case: FlaggableCase) -> FlaggableCase:
        if case.number != number:
            return case
        is_by_networks = by_networks or case.is_high_by_networks
        return replace(case, high_at=at, is_high_by_networks=is_by_networks)

    return change


def after_high_photo(number: str) -> Change:
    """This case, `high` already, gets a photo that is rated `high`. Any of its moles may be the one."""

    def change(case: FlaggableCase) -> FlaggableCase:
        if case.number != number:
            return case
        return replace(case, is_high_by_networks=True, is_high_of_part=False)

    return change


def after_split(number: str, *, into: str | None, high_at: datetime | None, is_high_of_part: bool) -> Change:
    """This album is split: its lesion keeps the part `into`, or none of its parts.

    Args:
        number: of the album.
        into: number of the part.
        high_at: now, if that part is rated `high`.
        is_high_of_part: some part is; then the others have no `high` of the album.
    """

    def change(case: FlaggableCase) -> FlaggableCase:
        if case.number != number:
            return case
        if into is None:
            return FlaggableCase(number=number)
        return replace(case, number=into, high_at=high_at or (None if is_high_of_part else case.high_at))

    return change


def after_answer(number: str, kind: str, at: datetime, *, asked_at: datetime) -> Change:
    """The clinic has answered the referral of this case that was asked at this time."""

    def change(case: FlaggableCase) -> FlaggableCase:
        if case.number != number:
            return case
        answered = [
            replace(each, verdicts=(*each.verdicts, (kind, at))) if each.posted_at == asked_at else each
            for each in case.referrals
        ]
        return replace(case, referrals=tuple(answered))

    return change


def after_outcome(number: str, kind: str, at: datetime) -> Change:
    """Histology or diagnosis of this case is known, or was corrected."""
    melanoma_at = at if kind == "melanoma" else None
    return lambda case: replace(case, melanoma_at=melanoma_at) if case.number == number else case
