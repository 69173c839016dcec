"""Outcomes of referred cases, one per case: a later one replaces it, with an entry in the trail.

Functions never commit.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import exists, select, update

from storage.clinic.referrals import Referral, Session, list_referrals
from storage.clinic.tables import OutcomeRow, ReferralRow
from storage.database.errors import AuditBroken
from storage.database.sessions import ReadSession, WriteSession
from storage.record.audit import AuditEntry, append
from storage.record.audit_record import read_entries

ASK_AFTER: Final = timedelta(weeks=8)
ASK_WITHIN: Final = timedelta(weeks=12)  # older questions are left alone
ASKED_AT_ONCE: Final = 10
CASES_A_READ: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Histology or final diagnosis of a case."""

    kind: str  # "melanoma", "other_cancer", "benign_histology", "benign_diagnosis" or "unknown"
    source: str  # "clinic" or "sender"


async def keep_outcome(
    session: WriteSession, token: str, outcome: Outcome, *, level: str, now: datetime
) -> None:
    """Write the outcome of a referral's case; `level` is the case's level now."""
    found = select(ReferralRow.case_number, ReferralRow.subject).where(ReferralRow.token == token)
    number, subject = (await session.execute(found)).one()
    row = await session.get(OutcomeRow, number, with_for_update=True)
    if row is None:
        row = OutcomeRow(case_number=number, subject=subject)
        session.add(row)
    row.kind, row.source, row.level, row.at = outcome.kind, outcome.source, level, now
    await session.execute(
        update(ReferralRow)
        .where(ReferralRow.case_number == number)
        .values(outcome_chat=None)
        .execution_options(synchronize_session=False)
    )
    await session.flush()
    payload = {"outcome": outcome.kind, "source": outcome.source, "level": level}
    entry = AuditEntry(kind="outcome", subject=subject, case_number=number, payload=payload)
    await append(session, entry, now=now)


async def find_outcome(session: Session, case_number: str) -> Outcome | None:
    """The outcome of a case, if it is known."""
    row = await session.get(OutcomeRow, case_number)
    return None if row is None else Outcome(kind=row.kind, source=row.source)


async def list_unasked(session: Session, *, now: datetime) -> list[Referral]:
    """Some of the cases referred 8 weeks ago whose outcome nobody has noted or asked for."""
    known = exists().where(OutcomeRow.case_number == ReferralRow.case_number)
    found = select(ReferralRow).where(
        ReferralRow.asked_at <= now - ASK_AFTER,
        ReferralRow.asked_at > now - ASK_WITHIN,
        ReferralRow.outcome_asked_at.is_(None),
        ReferralRow.state != "withdrawn",
        ~known,
    )
    return await list_referrals(session, found.order_by(ReferralRow.id).limit(ASKED_AT_ONCE))


async def note_outcome_asked(session: WriteSession, case_number: str, *, now: datetime) -> None:
    """Note that the outcome was asked for, and erase the address that was kept for it."""
    await session.execute(
        update(ReferralRow)
        .where(ReferralRow.case_number == case_number)
        .values(outcome_asked_at=now, outcome_chat=None)
    )


async def compare_outcomes(session: ReadSession) -> int:
    """Compare every outcome with its last entry in the trail and return how many outcomes there are.

    Raises:
        AuditBroken: one has no entry, or differs from it.
    """
    count, last = 0, ""
    found = select(OutcomeRow).order_by(OutcomeRow.case_number).limit(CASES_A_READ)
    while rows := (await session.scalars(found.where(OutcomeRow.case_number > last))).all():
        numbers = [row.case_number for row in rows]
        entries = await read_entries(session, numbers, ("outcome",))
        for row in rows:
            noted = entries.get(row.case_number, ())
            stated = (row.subject, row.at, {"outcome": row.kind, "source": row.source, "level": row.level})
            if not noted or noted[-1][1:] != stated:
                raise AuditBroken(f"The outcome of case {row.case_number} does not match the audit trail.")
        count, last = count + len(rows), numbers[-1]
    return count
