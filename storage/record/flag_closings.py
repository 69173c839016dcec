"""Statements of senders that close the flag of a lesion, each in the audit trail. Functions never commit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select

from storage.database.errors import AuditBroken
from storage.database.sessions import ReadSession, WriteSession
from storage.record.audit import AuditEntry, append
from storage.record.audit_record import read_entries
from storage.record.sender_tables import FlagClosingRow

OF_CLOSING: Final = "flag_closed"
CASES_A_READ: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """Why a flag was closed: "histology" (benign, of the whole lesion) or "mistake" with a reason."""

    why: str
    reason: str | None = None


async def close_flag(
    session: WriteSession, numbers: Sequence[str], closing: Closing, *, subject: str, now: datetime
) -> None:
    """Write that what flagged these cases until now is closed; an earlier statement is replaced."""
    for number in numbers:
        row = await session.get(FlagClosingRow, number)
        if row is None:
            row = FlagClosingRow(case_number=number, subject=subject)
            session.add(row)
        row.why, row.reason, row.at = closing.why, closing.reason, now
        await session.flush()
        payload = {"why": closing.why, "reason": closing.reason}
        entry = AuditEntry(kind=OF_CLOSING, subject=subject, case_number=number, payload=payload)
        await append(session, entry, now=now)


async def list_closings(
    session: ReadSession | WriteSession, subject: str
) -> list[tuple[str, Closing, datetime]]:
    """Case number, statement and time of each closing of a subject."""
    found = select(FlagClosingRow).where(FlagClosingRow.subject == subject).order_by(FlagClosingRow.at)
    return [
        (row.case_number, Closing(why=row.why, reason=row.reason), row.at)
        for row in await session.scalars(found)
    ]


async def compare_closings(session: ReadSession) -> None:
    """Compare every statement with its last entry in the trail.

    Raises:
        AuditBroken: one has no entry, or differs from it.
    """
    last = ""
    found = select(FlagClosingRow).order_by(FlagClosingRow.case_number).limit(CASES_A_READ)
    while rows := (await session.scalars(found.where(FlagClosingRow.case_number > last))).all():
        entries = await read_entries(session, [row.case_number for row in rows], (OF_CLOSING,))
        for row in rows:
            noted = entries.get(row.case_number, ())
            stated = (row.subject, row.at, {"why": row.why, "reason": row.reason})
            if not noted or noted[-1][1:] != stated:
                raise AuditBroken(
                    f"The closed flag of case {row.case_number} does not match the audit trail."
                )
        last = rows[-1].case_number
