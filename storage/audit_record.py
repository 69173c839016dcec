"""The audit trail against the record: what was written of each case then, and what stands there now."""

import json
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from storage.database import ReadSession
from storage.errors import AuditBroken
from storage.tables import AuditRow, CaseRow, PhotoRow

CASES_A_READ: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditedPhoto:
    """One photo as the trail has it."""

    photo_hash: str
    probability: float | None
    opinions: dict[str, tuple[float, float]]  # melanoma and malignancy, by classifier


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditedCase:
    """A case as the trail has it."""

    number: str
    model_level: str
    versions: dict[str, str]
    photos: tuple[AuditedPhoto, ...]


async def find_audited_case(session: ReadSession, number: str) -> AuditedCase | None:
    """What was noted when the case was answered."""
    found = select(AuditRow.payload).where(AuditRow.case_number == number, AuditRow.kind == "case")
    payload = await session.scalar(found.order_by(AuditRow.id).limit(1))
    return None if payload is None else _read(number, payload)


async def compare_cases(session: ReadSession) -> int:
    """Hold every case against its entry; how many there are.

    Raises:
        AuditBroken: a case has no entry, or another one's scores, hashes, versions or level of the networks.
    """
    count, last_id = 0, 0
    while rows := await _read_cases(session, after=last_id):
        entries = await _read_entries(session, [row.number for row in rows])
        for row in rows:
            entry = entries.get(row.number)
            if entry is None:
                raise AuditBroken(f"Case {row.number} has no entry in the audit trail: its end was cut off.")
            if entry != _observe(row):
                raise AuditBroken(f"Case {row.number} is not what the audit trail says.")
        count, last_id = count + len(rows), rows[-1].id
    return count


async def _read_cases(session: ReadSession, *, after: int) -> list[CaseRow]:
    statement = select(CaseRow).options(selectinload(CaseRow.photos).selectinload(PhotoRow.opinions))
    statement = statement.where(CaseRow.id > after).order_by(CaseRow.id).limit(CASES_A_READ)
    return list((await session.scalars(statement)).all())


async def _read_entries(session: ReadSession, numbers: list[str]) -> dict[str, AuditedCase]:
    found = select(AuditRow.case_number, AuditRow.payload).where(
        AuditRow.kind == "case", AuditRow.case_number.in_(numbers)
    )
    rows = await session.execute(found)
    return {number: _read(number, payload) for number, payload in rows if number is not None}


def _read(number: str, payload: str) -> AuditedCase:
    content: dict[str, Any] = json.loads(payload)
    return AuditedCase(
        number=number,
        model_level=content["model_level"],
        versions=content["versions"],
        photos=tuple(
            AuditedPhoto(
                photo_hash=photo["photo_hash"],
                probability=photo["probability"],
                opinions={name: (scores[0], scores[1]) for name, scores in photo["opinions"].items()},
            )
            for photo in content["photos"]
        ),
    )


def _observe(row: CaseRow) -> AuditedCase:
    return AuditedCase(
        number=row.number,
        model_level=row.model_level,
        versions=row.versions,
        photos=tuple(
            AuditedPhoto(
                photo_hash=photo.photo_hash,
                probability=photo.probability,
                opinions={
                    each.classifier: (each.probability, each.malignant_probability) for each in photo.opinions
                },
            )
            for photo in row.photos
        ),
    )
