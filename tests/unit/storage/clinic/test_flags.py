"""A lesion is flagged exactly when the rule says, over all short histories and many long ones."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from storage.clinic.flag_facts import FlaggableCase, Referred
from storage.clinic.flags import judge_flag

START = datetime(2026, 3, 1, tzinfo=UTC)
VERDICTS = ("urgent", "benign", "monitor", "routine", "better_photo")
EVENTS = ("high", "low", "post", *VERDICTS, "benign_about_first", "histology", "mistake", "melanoma")
SHORT, LONG, LONG_ONES = 4, 10, 20_000


@dataclass
class Reason:
    """Something that flags the lesion, and what has closed it."""

    place: int
    closed_by: set[str] = field(default_factory=set)


@dataclass
class Lesion:
    """A lesion's history, event by event: what is recorded of it, and by hand whether it is flagged."""

    cases: list[FlaggableCase] = field(default_factory=list)
    reasons: list[Reason] = field(default_factory=list)
    newest_high: int | None = None
    is_proven: bool = False
    minute: int = 0

    def happen(self, event: str) -> None:
        self.minute += 1
        now = START + timedelta(minutes=self.minute)
        if event in ("high", "low"):
            self._photograph(event, now)
        elif event == "post" and self.cases:
            self._change(-1, referrals=(*self.cases[-1].referrals, Referred(posted_at=now)))
        elif event in (*VERDICTS, "benign_about_first"):
            self._answer(event, now)
        elif event in ("histology", "mistake"):
            for place in range(len(self.cases)):
                self._change(place, closed_at=now)
            for reason in self.reasons:
                reason.closed_by.add("sender")
        elif event == "melanoma" and self.cases:
            self._change(-1, melanoma_at=now)
            self.is_proven = True

    @property
    def is_flagged(self) -> bool:
        return self.is_proven or any(not reason.closed_by for reason in self.reasons)

    def _photograph(self, level: str, now: datetime) -> None:
        number = f"N-{len(self.cases)}"
        self.cases.append(FlaggableCase(number=number, high_at=now if level == "high" else None))
        if level == "high":
            self.newest_high = len(self.cases) - 1
            self.reasons.append(Reason(self.newest_high))

    def _answer(self, event: str, now: datetime) -> None:
        posted = [place for place, case in enumerate(self.cases) if case.referrals]
        if not posted:
            return
        place = posted[0 if event == "benign_about_first" else -1]
        kind = "benign" if event == "benign_about_first" else event
        *others, last = self.cases[place].referrals
        answered = Referred(posted_at=last.posted_at, verdicts=(*last.verdicts, (kind, now)))
        self._change(place, referrals=(*others, answered))
        referral = f"{place}:{len(others)}"
        for reason in self.reasons:  # the answer before this one no longer holds
            reason.closed_by.discard(referral)
        if kind == "urgent":
            self.reasons.append(Reason(place))
        if kind in ("benign", "monitor") and self._has_seen_newest_high(place):
            for reason in self.reasons:
                if reason.place <= place:
                    reason.closed_by.add(referral)

    def _has_seen_newest_high(self, place: int) -> bool:
        newest = self.newest_high
        return newest is None or (place >= newest and bool(self.cases[newest].referrals))

    def _change(self, place: int, **facts: object) -> None:
        from dataclasses import replace

        self.cases[place] = replace(self.cases[place], **facts)


def all_short_histories() -> Iterator[Sequence[str]]:
    for length in range(SHORT + 1):
        yield from product(EVENTS, repeat=length)


def many_long_histories() -> Iterator[Sequence[str]]:
    chance = random.Random(20_260_301)
    for _ in range(LONG_ONES):
        yield chance.choices(EVENTS, k=LONG)


@pytest.mark.parametrize("histories", [all_short_histories, many_long_histories])
def test_a_lesion_is_flagged_exactly_when_the_rule_says(histories) -> None:
    seen = set()
    for history in histories():
        lesion = Lesion()
        for event in history:
            lesion.happen(event)
        flag = judge_flag(lesion.cases)
        assert (flag is not None) == lesion.is_flagged, history
        assert lesion.is_proven == (flag is not None and flag.why == "melanoma"), history
        seen.add(None if flag is None else flag.why)
    assert seen == {None, "high", "urgent", "melanoma"}


def judge(*events: str) -> bool:
    lesion = Lesion()
    for event in events:
        lesion.happen(event)
    return judge_flag(lesion.cases) is not None


@pytest.mark.parametrize(
    ("history", "is_flagged"),
    [
        ("low post benign", False),
        ("high", True),
        ("high low low", True),
        ("low post urgent", True),
        ("high post routine", True),
        ("high post better_photo", True),
        ("high post benign", False),
        ("high post monitor", False),
        ("low post high monitor", True),  # about the older photo
        ("high low post monitor", True),  # the clinic was not asked about the high photo
        ("high post low post monitor", False),
        ("high post monitor high", True),
        ("high post monitor routine", True),  # corrected
        ("high post monitor better_photo", True),
        ("high post urgent benign", False),
        ("high post benign urgent", True),
        ("high histology", False),
        ("high mistake high", True),
        ("low melanoma", True),
        ("high melanoma histology mistake post benign", True),
    ],
)
def test_what_flags_a_lesion_and_what_closes_it(history: str, is_flagged: bool) -> None:
    assert judge(*history.split()) is is_flagged
