"""Rows for a researcher: one a photo, with its case, by subject number. Comments only where asked for."""

from collections.abc import AsyncIterator, Sequence
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from storage.clinic.tables import ReferralRow, VerdictRow
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
)
CASES_A_READ: Final = 500


async def read_photos(session: ReadSession) -> AsyncIterator[dict[str, Any]]:
    """One flat row a photo, cases in the order in which they came; split albums by their new cases."""
    last_id = 0
    while rows := await _read_cases(session, after=last_id):
        referrals = await _read_referrals(session, [row.number for row in rows])
        for row in rows:
            told = referrals.get(row.number, {})
            for photo in row.photos:
                yield {**dict.fromkeys(COLUMNS), **_case(row), **_photo(photo), **told}
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


async def _read_cases(session: ReadSession, *, after: int) -> Sequence[CaseRow]:
    statement = (
        select(CaseRow)
        .options(selectinload(CaseRow.photos).selectinload(PhotoRow.opinions))
        .where(CaseRow.id > after, CaseRow.split_at.is_(None))
        .order_by(CaseRow.id)
        .limit(CASES_A_READ)
    )
    return (await session.scalars(statement)).all()


async def _read_referrals(session: ReadSession, numbers: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The latest referral of each case, with its last verdict."""
    found = await session.scalars(
        select(ReferralRow).where(ReferralRow.case_number.in_(numbers)).order_by(ReferralRow.id)
    )
    latest = {row.case_number: row for row in found}
    verdicts = await session.scalars(
        select(VerdictRow)
        .where(VerdictRow.referral_id.in_([row.id for row in latest.values()]), VerdictRow.kind != "comment")
        .order_by(VerdictRow.id)
    )
    given: dict[int, list[VerdictRow]] = {}
    for verdict in verdicts:
        given.setdefault(verdict.referral_id, []).append(verdict)
    return {number: _referral(row, given.get(row.id, [])) for number, row in latest.items()}


def _case(row: CaseRow) -> dict[str, Any]:
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
    }


def _photo(photo: PhotoRow) -> dict[str, Any]:
    return {
        "photo": photo.position + 1,
        "photo_level": photo.level,
        "domain": photo.domain,
        "probability": photo.probability,
        "malignant_probability": photo.malignant_probability,
        **{opinion.classifier: opinion.probability for opinion in photo.opinions},
    }


def _referral(row: ReferralRow, verdicts: Sequence[VerdictRow]) -> dict[str, Any]:
    last = verdicts[-1] if verdicts else None
    return {
        "asked_at": row.asked_at,
        "claimed_at": row.claimed_at,
        "answered_at": row.answered_at,
        "verdict": last.kind if last else None,
        "verdict_months": last.months if last else None,
        "corrections": sum(verdict.is_correction for verdict in verdicts),
    }
