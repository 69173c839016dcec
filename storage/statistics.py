"""Counts over all cases: levels, referrals, times and verdicts, without personal data."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import func, select

from storage.clinic.tables import OutcomeRow, ReferralRow, VerdictRow
from storage.database.sessions import ReadSession
from storage.record.tables import CaseRow

# The urgency of levels and verdicts, to compare them; others are not compared.
LEVEL_URGENCY: Final = {"low": 0, "moderate": 1, "high": 2}
VERDICT_URGENCY: Final = {"benign": 0, "monitor": 1, "routine": 1, "urgent": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How often the dermatologist's last verdict was as urgent as the level, more, or less."""

    same: int
    more_urgent: int
    less_urgent: int

    @property
    def compared(self) -> int:
        """Referrals with a level and a verdict that can be compared."""
        return self.same + self.more_urgent + self.less_urgent


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """All counts. Times in seconds, sorted, one for each referral that was claimed or answered."""

    cases: Mapping[str, int]  # by level
    senders: int
    referrals: Mapping[str, int]  # by state
    to_claim_s: Sequence[float]
    to_answer_s: Sequence[float]
    verdicts: Mapping[tuple[str, str], int]  # by the bot's level and the last verdict
    outcomes: Mapping[tuple[str, str], int] = field(default_factory=dict)  # by level and what it proved to be

    def count_outcomes(self, level: str) -> tuple[int, int]:
        """Melanomas, and all referred cases of this level whose outcome is known."""
        known = {kind: n for (of, kind), n in self.outcomes.items() if of == level and kind != "unknown"}
        return known.get("melanoma", 0), sum(known.values())

    @property
    def agreement(self) -> Agreement:
        """Level and verdict compared by urgency."""
        sides: Counter[int] = Counter()
        for (level, verdict), count in self.verdicts.items():
            if level in LEVEL_URGENCY and verdict in VERDICT_URGENCY:
                gap = VERDICT_URGENCY[verdict] - LEVEL_URGENCY[level]
                sides[(gap > 0) - (gap < 0)] += count
        return Agreement(same=sides[0], more_urgent=sides[1], less_urgent=sides[-1])


async def count_everything(session: ReadSession) -> Statistics:
    """The current figures. Albums that were split count by their new cases."""
    shown = CaseRow.split_at.is_(None)
    levels = await session.execute(select(CaseRow.level, func.count()).where(shown).group_by(CaseRow.level))
    senders = await session.scalar(select(func.count(CaseRow.subject.distinct())).where(shown))
    states = await session.execute(select(ReferralRow.state, func.count()).group_by(ReferralRow.state))
    times = (
        await session.execute(
            select(ReferralRow.asked_at, ReferralRow.claimed_at, ReferralRow.answered_at).where(
                ReferralRow.claimed_at.is_not(None)
            )
        )
    ).all()
    last = (
        select(func.max(VerdictRow.id)).where(VerdictRow.kind != "comment").group_by(VerdictRow.referral_id)
    )
    verdicts = await session.execute(
        select(VerdictRow.level, VerdictRow.kind).where(VerdictRow.id.in_(last.scalar_subquery()))
    )
    of_outcome = OutcomeRow.level, OutcomeRow.kind
    outcomes = await session.execute(select(*of_outcome, func.count()).group_by(*of_outcome))
    return Statistics(
        cases={str(level): count for level, count in levels},
        senders=senders or 0,
        referrals={str(state): count for state, count in states},
        to_claim_s=_seconds([(asked, claimed) for asked, claimed, _ in times]),
        to_answer_s=_seconds([(asked, answered) for asked, _, answered in times]),
        verdicts=Counter((level, kind) for level, kind in verdicts),
        outcomes={(str(level), str(kind)): count for level, kind, count in outcomes},
    )


def _seconds(pairs: Sequence[tuple[datetime, datetime | None]]) -> Sequence[float]:
    return sorted((end - start).total_seconds() for start, end in pairs if end is not None)


def find_quantile(values: Sequence[float], share: float) -> float | None:
    """The value that this share (0 to 1) of the sorted values does not exceed; None without values."""
    return values[min(int(len(values) * share), len(values) - 1)] if values else None
