"""Rows for research: one per photo, with its case and subject number. Comments are read separately."""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from typing import Any, Final

from sqlalchemy import and_, select
from sqlalchemy.orm import selectinload

from storage.clinic.tables import OutcomeRow, ReferralRow, VerdictRow
from storage.database.sessions import ReadSession
from storage.record.tables import CaseRow, PhotoRow

COLUMNS: Final = (
    "case",
    "subject",
    "created_at",
    "language",
    "level",
    "model_level",
    "reasons",
    "context",
    "pair_version",
    "photo",
    "photo_level",
    "domain",
    "probability",
    "malignant_probability",
    "cnn",
    "vit",
    "asked_at",
    "claimed_at",
    "answered_at",
    "verdict",
    "verdict_months",
    "corrections",
    "outcome",
    "outcome_source",
    "outcome_at",
    "referrals",
    "earlier_verdicts",
)
CASES_A_READ: Final = 500
_CASES: Final = (
    select(CaseRow)
    .options(selectinload(CaseRow.photos).selectinload(PhotoRow.opinions))
    .where(CaseRow.split_at.is_(None))
    .order_by(CaseRow.id)
    .limit(CASES_A_READ)
)


async def read_photos(session: ReadSession) -> AsyncIterator[dict[str, Any]]:
    """One flat row per photo, cases in order of arrival; split albums by their new cases."""
    last_id = 0
    while rows := (await session.scalars(_CASES.where(CaseRow.id > last_id))).all():
        referrals = await _read_referrals(session, [row.number for row in rows])
        numbers = [row.number for row in rows]
        found = await session.scalars(select(OutcomeRow).where(OutcomeRow.case_number.in_(numbers)))
        outcomes = {
            each.case_number: {"outcome": each.kind, "outcome_source": each.source, "outcome_at": each.at}
            for each in found
        }
        for row in rows:
            referral = referrals.get(row.number, {}) | outcomes.get(row.number, {})
            for photo in row.photos:
                yield {**dict.fromkeys(COLUMNS), **_describe_photo(row, photo), **referral}
        last_id = rows[-1].id


async def read_comments(session: ReadSession) -> Sequence[tuple[str, str, bytes]]:
    """Case number, kind of verdict and sealed comment of every comment that was not erased."""
    statement = (
        select(ReferralRow.case_number, VerdictRow.kind, VerdictRow.comment)
        .join(ReferralRow, ReferralRow.id == VerdictRow.referral_id)
        .where(VerdictRow.comment.is_not(None))
        .order_by(VerdictRow.id)
    )
    rows = await session.execute(statement)
    return [(number, kind, comment) for number, kind, comment in rows if comment is not None]


async def _read_referrals(session: ReadSession, numbers: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The latest referral of each case, with its last verdict; one withdrawn unanswered if alone.

    With how many there are, and the verdicts before that one: an open question hides none.
    """
    is_withdrawn = and_(ReferralRow.state == "withdrawn", ReferralRow.answered_at.is_(None))
    of_cases = select(ReferralRow).where(ReferralRow.case_number.in_(numbers))
    found = (await session.scalars(of_cases.order_by(is_withdrawn.desc(), ReferralRow.id))).all()
    latest = {row.case_number: row for row in found}
    counts = Counter(row.case_number for row in found if row.state != "withdrawn" or row.answered_at)
    verdicts = await session.scalars(
        select(VerdictRow)
        .where(VerdictRow.referral_id.in_([row.id for row in found]), VerdictRow.kind != "comment")
        .order_by(VerdictRow.id)
    )
    cases = {row.id: row.case_number for row in found}
    given: dict[str, list[VerdictRow]] = {}
    for verdict in verdicts:
        given.setdefault(cases[verdict.referral_id], []).append(verdict)
    described = {}
    for number, row in latest.items():
        answers = [each for each in given.get(number, []) if each.referral_id == row.id]
        earlier = [each.kind for each in given.get(number, []) if each not in answers[-1:]]
        described[number] = {
            "asked_at": row.asked_at,
            "claimed_at": row.claimed_at,
            "answered_at": row.answered_at,
            "verdict": answers[-1].kind if answers else None,
            "verdict_months": answers[-1].months if answers else None,
            "corrections": sum(verdict.is_correction for verdict in answers),
            "referrals": counts[number],
            "earlier_verdicts": " ".join(earlier) or None,
        }
    return described


def _describe_photo(row: CaseRow, photo: PhotoRow) -> dict[str, Any]:
    return {
        "case": row.number,
        "subject": row.subject,
        "created_at": row.created_at,
        "language": row.language,
        "level": row.level,
        "model_level": row.model_level,
        "reasons": " ".join(row.reasons),
        "context": row.context,
        "pair_version": row.versions.get("pair"),
        "photo": photo.position + 1,
        "photo_level": photo.level,
        "domain": photo.domain,
        "probability": photo.probability,
        "malignant_probability": photo.malignant_probability,
        **{opinion.classifier: opinion.probability for opinion in photo.opinions},
    }
