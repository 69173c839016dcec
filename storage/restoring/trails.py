"""What the present trail says about lesions and patients that the restored one does not."""

import json
from dataclasses import dataclass
from typing import Any, Final, Self

from sqlalchemy import select

from storage.database.sessions import WriteSession
from storage.record.audit_lesions import OF_CASE, OF_PHOTOS, OF_WORDS
from storage.record.patient_contexts import KIND as OF_PATIENT
from storage.record.tables import AuditRow
from storage.restoring.tables import Present, Session

_KINDS: Final = (OF_CASE, OF_PATIENT, OF_PHOTOS, OF_WORDS)
_ENTRIES: Final = select(
    AuditRow.kind, AuditRow.subject, AuditRow.case_number, AuditRow.payload, AuditRow.at
).where(AuditRow.kind.in_(_KINDS))


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailChanges:
    """What changed in the present record.

    Of a present record that continues the backup, whatever it lacks was taken back. One that went another
    way, as after a restore that is undone, may never have had it: there an entry has to say so.
    """

    words: frozenset[tuple[Any, ...]]  # lesions by subject and label
    photos: frozenset[tuple[Any, ...]]
    cases: frozenset[str]  # that show another lesion, or none
    patients: frozenset[str]  # by case
    is_complete: bool

    @classmethod
    async def find(cls, present: Present, new: WriteSession) -> Self:
        """Compare both trails."""
        entries = set[tuple[Any, ...]]()
        if not present.is_complete:
            entries = await _read(present.session) - await _read(new)
        labels: dict[str, set[tuple[Any, ...]]] = {OF_PHOTOS: set(), OF_WORDS: set()}
        numbers: dict[str, set[str]] = {OF_CASE: set(), OF_PATIENT: set()}
        for kind, subject, number, payload, _ in entries:
            if kind in numbers:
                numbers[kind].add(number)
            else:
                labels[kind].add((subject, *json.loads(payload)["lesion"]))
        return cls(
            words=frozenset(labels[OF_WORDS]),
            photos=frozenset(labels[OF_PHOTOS]),
            cases=frozenset(numbers[OF_CASE]),
            patients=frozenset(numbers[OF_PATIENT]),
            is_complete=present.is_complete,
        )


async def _read(session: Session) -> set[tuple[Any, ...]]:
    return {tuple(row) for row in await session.execute(_ENTRIES)}
