"""Compares the cases in the record with the audit trail: each case as it was written and changed since."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple, Protocol

from sqlalchemy import bindparam, select
from sqlalchemy.orm import selectinload

from storage.database.errors import AuditBroken
from storage.database.sessions import ReadSession
from storage.record.audit import canonical_json
from storage.record.tables import AuditRow, CaseRow, PhotoRow

CASES_A_READ: Final = 500
_MISSING: Final = (
    select(AuditRow.case_number)
    .where(
        AuditRow.kind == "case",
        ~select(CaseRow.id).where(CaseRow.number == AuditRow.case_number).exists(),
    )
    .order_by(AuditRow.id)
    .limit(1)
)
_CASES: Final = (
    select(CaseRow)
    .options(selectinload(CaseRow.photos).selectinload(PhotoRow.opinions))
    .order_by(CaseRow.id)
    .limit(CASES_A_READ)
)
_PARTS: Final = select(CaseRow.split_from_id, CaseRow.created_at).where(
    CaseRow.split_from_id.in_(bindparam("albums", expanding=True))
)


class NotedEntry(NamedTuple):
    """An entry of the trail about a case."""

    kind: str
    subject: str | None
    at: datetime
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditedPhoto:
    """One photo as the trail has it."""

    photo_hash: str
    probability: float | None
    opinions: dict[str, tuple[float, float]]  # melanoma and malignancy, by classifier
    versions: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditedCase:
    """The scores of a case as the trail has them."""

    number: str
    photos: tuple[AuditedPhoto, ...]


class OpinionFacts(Protocol):
    """What the trail covers of a classifier's opinion."""

    @property
    def classifier(self) -> str: ...  # noqa: D102 - fields, named as in `storage.record.tables`
    @property
    def probability(self) -> float: ...  # noqa: D102
    @property
    def malignant_probability(self) -> float: ...  # noqa: D102


class PhotoFacts(Protocol):
    """What the trail covers of a photo."""

    @property
    def photo_hash(self) -> str: ...  # noqa: D102
    @property
    def level(self) -> str: ...  # noqa: D102
    @property
    def domain(self) -> str: ...  # noqa: D102
    @property
    def probability(self) -> float | None: ...  # noqa: D102
    @property
    def malignant_probability(self) -> float | None: ...  # noqa: D102
    @property
    def lesion_count(self) -> int | None: ...  # noqa: D102
    @property
    def findings(self) -> Mapping[str, object]: ...  # noqa: D102
    @property
    def opinions(self) -> Sequence[OpinionFacts]: ...  # noqa: D102


class CaseFacts(Protocol):
    """What the trail covers of a case: everything that a history, an export or the statistics show."""

    @property
    def level(self) -> str: ...  # noqa: D102
    @property
    def model_level(self) -> str: ...  # noqa: D102
    @property
    def reasons(self) -> Sequence[str]: ...  # noqa: D102
    @property
    def language(self) -> str: ...  # noqa: D102
    @property
    def versions(self) -> Mapping[str, str]: ...  # noqa: D102
    @property
    def context(self) -> Mapping[str, object] | None: ...  # noqa: D102
    @property
    def photos(self) -> Sequence[PhotoFacts]: ...  # noqa: D102


def describe_case(case: CaseFacts) -> dict[str, Any]:
    """Return what the trail keeps of a case. Nothing in it may ever have to be erased.

    Findings (quality, domain and gate figures) enter as a SHA-256, which keeps an entry short.
    """
    return {
        "level": case.level,
        "model_level": case.model_level,
        "reasons": list(case.reasons),
        "language": case.language,
        "versions": dict(case.versions),
        "context": case.context,
        "photos": [describe_photo(photo) for photo in case.photos],
    }


def describe_photo(photo: PhotoFacts) -> dict[str, Any]:
    """Return what the trail keeps of one photo of a case."""
    return {
        "photo_hash": photo.photo_hash,
        "level": photo.level,
        "domain": photo.domain,
        "probability": photo.probability,
        "malignant_probability": photo.malignant_probability,
        "opinions": {
            each.classifier: [each.probability, each.malignant_probability] for each in photo.opinions
        },
        "lesion_count": photo.lesion_count,
        "findings": hash_value(photo.findings),
    }


async def find_audited_case(session: ReadSession, number: str) -> AuditedCase | None:
    """Return the scores that were noted when the case was answered, and when photos were added to it."""
    entries = (await read_entries(session, [number], ("case", "photo"))).get(number)
    if entries is None:
        return None
    noted = [
        (entry.payload, photo)
        for entry in entries
        for photo in (entry.payload["photos"] if "photos" in entry.payload else [entry.payload["photo"]])
    ]
    photos = tuple(
        AuditedPhoto(
            photo_hash=photo["photo_hash"],
            probability=photo["probability"],
            opinions={name: (scores[0], scores[1]) for name, scores in photo["opinions"].items()},
            versions=content["versions"],
        )
        for content, photo in noted
    )
    return AuditedCase(number=number, photos=photos)


async def compare_cases(session: ReadSession) -> int:
    """Compare every case with its entries and return how many cases there are.

    An entry of version 0.1 covers level, reasons, versions, hashes and scores; later ones cover all that
    `describe_case` returns. If a bot may be running, read in a snapshot
    (`storage.record.audit.read_snapshot`).

    Raises:
        AuditBroken: a case is missing, has no entry, or differs from its entries.
    """
    missing = await session.scalar(_MISSING)
    if missing is not None:
        raise AuditBroken(f"Case {missing} is in the audit trail and no longer in the record.")
    count, last_id = 0, 0
    while rows := (await session.scalars(_CASES.where(CaseRow.id > last_id))).all():
        numbers = [row.number for row in rows]
        entries = await read_entries(session, numbers, ("case", "context", "photo", "split"))
        parts: dict[int | None, list[datetime]] = {}  # when the cases of a split album were written
        for album, at in await session.execute(_PARTS, {"albums": [row.id for row in rows]}):
            parts.setdefault(album, []).append(at)
        for row in rows:
            _compare(row, entries.get(row.number, ()), parts.get(row.id, ()))
        count, last_id = count + len(rows), rows[-1].id
    return count


async def read_entries(
    session: ReadSession, numbers: Sequence[str], kinds: Sequence[str]
) -> dict[str, list[NotedEntry]]:
    """Return the entries of these cases and kinds, oldest first, by case number."""
    found = (
        select(AuditRow.case_number, AuditRow.kind, AuditRow.subject, AuditRow.at, AuditRow.payload)
        .where(AuditRow.case_number.in_(numbers), AuditRow.kind.in_(kinds))
        .order_by(AuditRow.id)
    )
    entries: dict[str, list[NotedEntry]] = {}
    for number, kind, subject, at, payload in await session.execute(found):
        entries.setdefault(str(number), []).append(NotedEntry(kind, subject, at, json.loads(payload)))
    return entries


def find_high_at(entries: Sequence[NotedEntry]) -> datetime | None:
    """When the level last became `high`, by the entries of a case; None if it never was."""
    level, high_at = "", None
    for entry in entries:
        before, level = level, entry.payload.get("level", level)
        if level == "high" != before:
            high_at = entry.at
    return high_at


def _compare(row: CaseRow, entries: Sequence[NotedEntry], parts: Sequence[datetime]) -> None:
    written = [entry for entry in entries if entry.kind == "case"]
    if not written:
        raise AuditBroken(f"Case {row.number} has no entry in the audit trail: its end was cut off.")
    if len(written) > 1:
        raise AuditBroken(f"Case {row.number} has two entries in the audit trail.")
    _, subject, at, noted = written[0]
    if (row.subject, row.created_at) != (subject, at):
        raise AuditBroken(f"Case {row.number} does not have the owner or the time in the audit trail.")
    if row.high_at != find_high_at(entries):
        raise AuditBroken(f"Case {row.number} does not match the audit trail: since when it is high.")
    expected = _follow(noted, [entry.payload for entry in entries if entry.kind in ("context", "photo")])
    for name in _find_differences(expected, describe_case(row)):
        raise AuditBroken(f"Case {row.number} does not match the audit trail: {name.replace('_', ' ')}.")
    split = [entry.at for entry in entries if entry.kind == "split"]
    if not split and "language" not in noted:  # version 0.1 left no entry: the parts show it
        split = list(dict.fromkeys(parts))
    if split != ([] if row.split_at is None else [row.split_at]):
        raise AuditBroken(f"Case {row.number} does not match the audit trail: whether it was split.")


def _follow(noted: dict[str, Any], changes: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The expected case: as written, then changed. Facts that the trail does not cover are missing."""
    expected = {**noted, "photos": [dict(photo) for photo in noted["photos"]]}
    for change in changes:
        changed = ("level", "reasons", "context", "model_level", "versions")
        expected |= {name: change[name] for name in changed if name in change}
        if "photo" in change:
            expected["photos"].append(dict(change["photo"]))
        levels = change.get("photo_levels", [None] * len(expected["photos"]))
        for photo, level in zip(expected["photos"], levels, strict=True):
            photo["level"] = level
            if level is None:  # an entry of version 0.1
                del photo["level"]
    return expected


def _find_differences(expected: Mapping[str, Any], found: Mapping[str, Any]) -> Sequence[str]:
    """The names of covered facts that differ."""
    if len(expected["photos"]) != len(found["photos"]):
        return ("number of photos",)
    pairs = [(expected, found), *zip(expected["photos"], found["photos"], strict=True)]
    return [
        name
        for noted, now in pairs
        for name in noted
        if name != "photos" and _normalise(noted[name]) != _normalise(now[name])
    ]


def hash_value(value: object) -> str:
    """SHA-256 (hexadecimal) of a JSON value, the same before and after a database kept it."""
    return hashlib.sha256(canonical_json(_normalise(value)).encode()).hexdigest()


def hash_sealed(sealed: bytes | None) -> str | None:
    """What the trail keeps of sealed bytes: a hash reveals nothing, and shows a change by hand."""
    return None if sealed is None else hash_value(sealed.hex())


def _normalise(value: object) -> object:
    """JSON with every number as a float: `JSONB` returns 1e22 as an integer."""
    if isinstance(value, Mapping):
        return {str(key): _normalise(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_normalise(each) for each in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return value
