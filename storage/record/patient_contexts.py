"""What senders say about the patients of their cases, sealed. Functions take a session and never commit."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select

from storage.database.errors import AuditBroken, Conflict
from storage.database.sessions import ReadSession, WriteSession
from storage.record.audit import AuditEntry, append
from storage.record.audit_record import hash_sealed
from storage.record.sender_tables import PatientContextRow
from storage.record.tables import AuditRow, LinkRow

KIND: Final = "patient"


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedPatient:
    """What is kept of the patient of a case; each part sealed, None if there is none."""

    answers: bytes | None = None
    reference: bytes | None = None
    reference_ref: bytes | None = None  # the keyed hash of the reference, by the key in use when it was given


NOTHING: Final = SealedPatient()


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientRevision:
    """A change of what is kept. `seen` is what it was made from."""

    seen: SealedPatient = NOTHING
    kept: SealedPatient


async def keep_patient(
    session: WriteSession, number: str, *, subject: str, revision: PatientRevision, now: datetime
) -> None:
    """Replace what is known of a case's patient, with an entry in the trail.

    Raises:
        Conflict: it is no longer what was seen: read it again.
    """
    row = await session.get(PatientContextRow, number, with_for_update=True)
    if (NOTHING if row is None else _to_sealed(row)) != revision.seen:
        raise Conflict("What is known of the patient has changed meanwhile: read it again.")
    if row is not None:
        await session.delete(row)
        await session.flush()
    if (kept := revision.kept) != NOTHING:
        new = PatientContextRow(case_number=number, subject=subject, updated_at=now, **asdict(kept))
        session.add(new)
        await session.flush()
    payload = {"answers": hash_sealed(kept.answers), "reference": hash_sealed(kept.reference)}
    entry = AuditEntry(kind=KIND, subject=subject, case_number=number, payload=payload)
    await append(session, entry, now=now)


async def find_patient(session: ReadSession | WriteSession, number: str, *, subject: str) -> SealedPatient:
    """What is kept of the patient of a case."""
    found = await list_patients(session, [number], subject=subject)
    return found.get(number, NOTHING)


async def list_patients(
    session: ReadSession | WriteSession, numbers: Sequence[str] | None = None, *, subject: str
) -> dict[str, SealedPatient]:
    """The same for these cases, or for all cases of a subject, by case number; cases without are missing."""
    found = select(PatientContextRow).where(PatientContextRow.subject == subject)
    if numbers is not None:
        found = found.where(PatientContextRow.case_number.in_(numbers))
    rows = await session.scalars(found.order_by(PatientContextRow.case_number))
    return {row.case_number: _to_sealed(row) for row in rows}


async def list_numbers_of_reference(
    session: ReadSession | WriteSession, refs: Sequence[bytes], *, subject: str
) -> Sequence[str]:
    """The cases of a subject whose reference has one of these keyed hashes (one for each key)."""
    found = select(PatientContextRow.case_number).where(
        PatientContextRow.subject == subject, PatientContextRow.reference_ref.in_(refs)
    )
    return (await session.scalars(found)).all()


async def compare_patient_contexts(session: ReadSession) -> int:
    """Compare what is kept of patients with the audit trail and return for how many cases something is kept.

    It is erased with the link of its owner, so only known people's cases are compared.

    Raises:
        AuditBroken: something was changed, removed or put in.
    """
    entries = await session.execute(
        select(AuditRow.case_number, AuditRow.payload)
        .join(LinkRow, LinkRow.subject == AuditRow.subject)
        .where(AuditRow.kind == KIND)
        .order_by(AuditRow.id)
    )
    nothing = {"answers": None, "reference": None}
    noted = {str(number): json.loads(payload) for number, payload in entries}
    rows = (await session.scalars(select(PatientContextRow))).all()
    found = {
        row.case_number: {"answers": hash_sealed(row.answers), "reference": hash_sealed(row.reference)}
        for row in rows
    }
    for number in sorted(noted.keys() | found.keys()):
        if noted.get(number, nothing) != found.get(number, nothing):
            raise AuditBroken(f"What is kept of the patient of case {number} does not match the audit trail.")
    return len(rows)


def _to_sealed(row: PatientContextRow) -> SealedPatient:
    return SealedPatient(answers=row.answers, reference=row.reference, reference_ref=row.reference_ref)
