"""Notes changes of referrals in the audit trail."""

from datetime import datetime
from typing import Final

from sqlalchemy import Row

from storage.clinic.tables import ReferralRow
from storage.database.sessions import WriteSession
from storage.record.audit import AuditEntry, append

REFERRAL_FACTS: Final = ReferralRow.token, ReferralRow.subject, ReferralRow.case_number  # for `note_change`


async def note_change(
    session: WriteSession,
    row: Row[str, str, str],
    kind: str,
    *,
    now: datetime,
    level: str | None = None,
) -> None:
    """Add an entry for a change of a referral.

    `kind` is "referral_level", "release", "reopen", "withdrawal" or "close": the sender of a reopened one
    was forgotten.
    """
    token, subject, case_number = row
    payload = {"referral": token} | ({} if level is None else {"level": level})
    await append(
        session, AuditEntry(kind=kind, subject=subject, case_number=case_number, payload=payload), now=now
    )
