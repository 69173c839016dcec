"""Cases: one row per case, per photo of it, and per opinion on a photo.

None contains a photo, name, user name or chat id.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import select, update

from storage.database.errors import Conflict
from storage.database.sessions import ReadSession, WriteSession
from storage.record import case_statements as statements
from storage.record.audit import AuditEntry, append
from storage.record.audit_record import describe_case
from storage.record.numbers import new_case_number
from storage.record.tables import CaseRow, PhotoRow


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOpinion:
    """One classifier's scores on one photo (calibrated at 50 % prevalence, 0 to 1)."""

    classifier: str
    probability: float
    malignant_probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPhoto:
    """One photo of a case, as numbers."""

    photo_hash: str  # keyed
    level: str
    domain: str
    probability: float | None
    malignant_probability: float | None
    findings: dict[str, object]  # quality, domain probabilities, gate, rules, lesions: JSON
    lesion_count: int | None = None  # found in it; None if the networks read the whole photo
    opinions: tuple[NewOpinion, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCase:
    """A case to write. A replay with the same `turn_key` finds the case instead of writing a second one."""

    turn_key: str
    subject: str
    level: str
    model_level: str
    reasons: tuple[str, ...]
    language: str
    versions: dict[str, str]  # pair, cnn, vit, onnxruntime, pillow, kernel_class
    photos: tuple[NewPhoto, ...]
    context: dict[str, object] | None = None
    elapsed_ms: float = 0.0
    number: str | None = None  # from `new_number`, if it is shown before it is written
    picked_from_id: int | None = None  # the case under whose answer the sender picked one of several lesions


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A stored case."""

    id: int
    number: str  # shown to people, e.g. "N-4F7K2M"; random, no counter
    subject: str
    created_at: datetime
    level: str
    model_level: str
    reasons: tuple[str, ...]
    language: str
    versions: dict[str, str]
    photos: tuple[NewPhoto, ...]
    context: dict[str, object] | None
    turn_key: str


def new_number() -> str:
    """A random case number, to show before the case is written with `NewCase.number`."""
    return new_case_number()


async def add_case(session: WriteSession, case: NewCase, *, now: datetime) -> Case:
    """Write a case, or return the one that the same turn key wrote before.

    Raises:
        LookupError: a level, language, domain or classifier that the tables do not know.
        ValueError: a naive `now`; NaN or infinity in JSON.
        Conflict: `case.number` is taken (1 in 480 among a million cases): draw a new one.
    """
    return await _add(session, case, now=now, split_from_id=None)


async def get_case(
    session: ReadSession | WriteSession, number: str, *, subject: str, also_split: bool = False
) -> Case | None:
    """One case of this subject; None if it is someone else's, does not exist, or was split.

    With `also_split`, a split one, too: a clinic that was asked about it still has to answer.
    """
    found = statements.WHOLE_CASE.where(CaseRow.subject == subject)
    if not also_split:
        found = found.where(CaseRow.split_at.is_(None))  # as in the partial indexes
    row = await session.scalar(found.where(CaseRow.number == number))
    return None if row is None else _to_case(row)


async def find_case_of_turn(session: ReadSession | WriteSession, turn_key: str) -> Case | None:
    """The case that this turn wrote, if it did (also one that was split since)."""
    row = await session.scalar(statements.WHOLE_CASE.where(CaseRow.turn_key == turn_key))
    return None if row is None else _to_case(row)


async def is_turn_answered(session: ReadSession | WriteSession, turn_key: str) -> bool:
    """Whether this turn wrote a case."""
    return await session.scalar(statements.ANSWERED, {"turn": turn_key}) is not None


async def find_case_of_photo(
    session: ReadSession, photo_hashes: Sequence[str], *, subject: str
) -> tuple[str, datetime] | None:
    """Number and time of the subject's newest case with one of these photos (keyed hashes of the files)."""
    found = await session.execute(statements.OF_SAME_PHOTO, {"owner": subject, "hashes": list(photo_hashes)})
    row = found.first()
    return None if row is None else (row.number, row.created_at)


async def find_picked(
    session: ReadSession | WriteSession, case_id: int, *, photo_hash: str, chosen: int
) -> str | None:
    """The number of the case that was made when this lesion of a photo was picked before; None if it was not.

    Args:
        session: the caller's.
        case_id: of the answer that it was picked from.
        photo_hash: keyed, of the photo.
        chosen: the lesion's place in the photo's findings.
    """
    found = statements.WHOLE_CASE.where(CaseRow.picked_from_id == case_id, CaseRow.split_at.is_(None))
    for row in await session.scalars(found.order_by(CaseRow.id)):
        photo = row.photos[0]
        if photo.photo_hash == photo_hash and photo.findings.get("chosen") == chosen:
            return row.number
    return None


async def list_cases(
    session: ReadSession, *, subject: str, limit: int, before_id: int | None = None, level: str | None = None
) -> Sequence[Case]:
    """A subject's cases, newest first. Pass the last id seen as `before_id` for the next page."""
    statement = statements.list_of(is_paged=before_id is not None, is_filtered=level is not None)
    values = {"owner": subject, "most": limit, "before": before_id, "wanted": level}
    return [_to_case(row) for row in await session.scalars(statement, values)]


async def count_cases(session: ReadSession, *, subject: str, level: str | None = None) -> int:
    """The number of cases of a subject."""
    statement = statements.count_of(is_filtered=level is not None)
    return await session.scalar(statement, {"owner": subject, "wanted": level}) or 0


async def find_case_id(session: ReadSession, number: str, *, subject: str) -> int | None:
    """The row of a case of this subject, to page from."""
    values = {"number": number, "owner": subject}
    found: int | None = await session.scalar(statements.CASE_ID, values)
    return found


async def split_case(
    session: WriteSession, number: str, *, subject: str, cases: Sequence[NewCase], now: datetime
) -> Sequence[Case]:
    """Replace an album's case by one case per photo ("different moles").

    The old one is marked as split and leaves the history. A second call returns the cases of the first.

    Returns:
        The new cases in order; empty if the subject has no such case.
    """
    was = select(CaseRow.id, CaseRow.split_at).where(CaseRow.number == number, CaseRow.subject == subject)
    found = (await session.execute(was.with_for_update())).one_or_none()
    if found is None:
        return []
    case_id, split_at = found
    if split_at is not None:
        made = statements.WHOLE_CASE.where(CaseRow.split_from_id == case_id).order_by(CaseRow.id)
        return [_to_case(row) for row in await session.scalars(made)]
    await session.execute(update(CaseRow).where(CaseRow.id == case_id).values(split_at=now))
    parts = [await _add(session, case, now=now, split_from_id=case_id) for case in cases]
    payload = {"into": [part.number for part in parts]}
    await append(
        session, AuditEntry(kind="split", subject=subject, case_number=number, payload=payload), now=now
    )
    return parts


async def _add(session: WriteSession, case: NewCase, *, now: datetime, split_from_id: int | None) -> Case:
    number = await _find_free_number(session, case)
    if number is None:
        known = await session.scalars(statements.WHOLE_CASE.where(CaseRow.turn_key == case.turn_key))
        return _to_case(known.one())
    case_id = await _insert(session, case, number=number, now=now, split_from_id=split_from_id)
    entry = AuditEntry(kind="case", subject=case.subject, case_number=number, payload=describe_case(case))
    await append(session, entry, now=now)
    return Case(
        id=case_id,
        number=number,
        subject=case.subject,
        created_at=now,
        level=case.level,
        model_level=case.model_level,
        reasons=case.reasons,
        language=case.language,
        versions=case.versions,
        photos=case.photos,
        context=case.context,
        turn_key=case.turn_key,
    )


async def _insert(
    session: WriteSession, case: NewCase, *, number: str, now: datetime, split_from_id: int | None
) -> int:
    """Write the rows; the case's id. With Core inserts: the ORM takes four times as long here."""
    row = {name: getattr(case, name) for name in statements.AS_GIVEN}
    row |= {
        "number": number,
        "created_at": now,
        "reasons": list(case.reasons),
        "split_from_id": split_from_id,
        "high_at": now if case.level == "high" else None,
    }
    case_id = int(await session.scalar(statements.NEW_CASE, row) or 0)
    for position, photo in enumerate(case.photos):
        await insert_photo(session, photo, case_id=case_id, position=position)
    return case_id


async def insert_photo(session: WriteSession, photo: NewPhoto, *, case_id: int, position: int) -> None:
    """Write the rows of one photo. `position` is 0 for the first one of its case."""
    line = {name: getattr(photo, name) for name in statements.OF_PHOTO}
    line |= {"case_id": case_id, "position": position}
    photo_id = await session.scalar(statements.NEW_PHOTO, line)
    opinions = [{"photo_id": photo_id, **asdict(opinion)} for opinion in photo.opinions]
    if opinions:
        await session.execute(statements.NEW_OPINION, opinions)


async def _find_free_number(session: WriteSession, case: NewCase) -> str | None:
    """A free number; None if this turn wrote its case before. One query answers both."""
    while True:
        number = case.number or new_case_number()
        turns = (await session.scalars(statements.TAKEN, {"turn": case.turn_key, "wanted": number})).all()
        if case.turn_key in turns:
            return None
        if not turns:
            return number
        if case.number is not None:
            raise Conflict("The case's number is taken: try again with a new one.")


def _to_case(row: CaseRow) -> Case:
    return Case(
        id=row.id,
        number=row.number,
        subject=row.subject,
        created_at=row.created_at,
        level=row.level,
        model_level=row.model_level,
        reasons=tuple(row.reasons),
        language=row.language,
        versions=row.versions,
        photos=tuple(read_photo(photo) for photo in row.photos),
        context=row.context,
        turn_key=row.turn_key,
    )


def read_photo(row: PhotoRow) -> NewPhoto:
    """A photo's row, with its opinions loaded, as a value."""
    return NewPhoto(
        photo_hash=row.photo_hash,
        level=row.level,
        domain=row.domain,
        probability=row.probability,
        malignant_probability=row.malignant_probability,
        findings=row.findings,
        lesion_count=row.lesion_count,
        opinions=tuple(
            NewOpinion(
                classifier=opinion.classifier,
                probability=opinion.probability,
                malignant_probability=opinion.malignant_probability,
            )
            for opinion in row.opinions
        ),
    )
