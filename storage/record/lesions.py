"""Lesions that are followed: a label and the cases that show it. Functions never commit."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select, update

from storage.database.errors import Conflict
from storage.database.sessions import ReadSession, WriteSession
from storage.record.audit_lesions import note_lesion, note_photos, note_words
from storage.record.followed_photos import follow_photos
from storage.record.sender_tables import LesionCaseRow, LesionRow
from storage.record.tables import CaseRow, PhotoRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesion:
    """One lesion. The words are places in the texts' word lists; `own_words` is sealed.

    `agreed_at` and `photos_until` are None unless the patient agrees that its photos are followed.
    """

    id: int
    subject: str
    first_word: int
    second_word: int
    own_words: bytes | None
    agreed_at: datetime | None
    photos_until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LesionCase:
    """One case of a lesion."""

    id: int
    number: str
    created_at: datetime
    level: str


async def follow_case(session: WriteSession, case_id: int, *, subject: str, words: int, now: datetime) -> int:
    """The id of the lesion that a case shows; created with a random label if it has none.

    Args:
        session: the transaction.
        case_id: a case of this subject.
        subject: the owner.
        words: how many words each of the two lists has.
        now: the current time.

    Raises:
        Conflict: every label is taken.
    """
    known = await session.scalar(select(LesionCaseRow.lesion_id).where(LesionCaseRow.case_id == case_id))
    if known is not None:
        return int(known)
    first, second = await _draw_label(session, subject, words)
    lesion = LesionRow(subject=subject, first_word=first, second_word=second, created_at=now)
    session.add(lesion)
    await session.flush()
    session.add(LesionCaseRow(case_id=case_id, lesion_id=lesion.id))
    await session.flush()
    await note_words(session, lesion.id, subject=subject, own_words=None, now=now)
    await note_photos(session, lesion.id, subject=subject, is_kept=False, now=now)
    await note_lesion(session, case_id, lesion_id=lesion.id, now=now)
    return lesion.id


async def join_lesion(
    session: WriteSession, case_id: int, *, subject: str, lesion_id: int, now: datetime
) -> bool:
    """Assign a case to a lesion and erase lesions without a case. False: the lesion is not theirs.

    A case that shows it already, because its turn is processed again, is noted once.
    """
    mine = select(LesionRow.id).where(LesionRow.id == lesion_id, LesionRow.subject == subject)
    if await session.scalar(mine) is None:
        return False
    shown = select(LesionCaseRow.lesion_id).where(LesionCaseRow.case_id == case_id)
    if await session.scalar(shown) == lesion_id:
        await follow_photos(session, lesion_id, now=now)
        return True
    await _leave(session, case_id, now=now)
    session.add(LesionCaseRow(case_id=case_id, lesion_id=lesion_id))
    await session.flush()
    await note_lesion(session, case_id, lesion_id=lesion_id, now=now)
    await follow_photos(session, lesion_id, now=now)
    await _erase_empty(session, subject)
    return True


async def join_lesion_of(
    session: WriteSession, case_id: int, other_id: int, *, subject: str, now: datetime
) -> None:
    """Assign a case to the lesion that another case shows; nothing if that one is not followed."""
    lesion = await find_lesion(session, other_id, subject=subject)
    if lesion is not None:
        await join_lesion(session, case_id, subject=subject, lesion_id=lesion.id, now=now)


async def leave_lesion(session: WriteSession, case_id: int, *, subject: str, now: datetime) -> None:
    """Remove a case from its lesion, if it shows one, and erase lesions without a case."""
    if await _leave(session, case_id, now=now):
        await note_lesion(session, case_id, lesion_id=None, now=now)
        await _erase_empty(session, subject)


async def set_own_words(
    session: WriteSession, lesion_id: int, *, subject: str, own_words: bytes | None, now: datetime
) -> None:
    """Keep a sender's own words for a lesion, sealed, or erase them."""
    changed = await session.scalars(
        update(LesionRow)
        .where(LesionRow.id == lesion_id, LesionRow.subject == subject)
        .values(own_words=own_words)
        .returning(LesionRow.id)
    )
    if changed.one_or_none() is not None:
        await note_words(session, lesion_id, subject=subject, own_words=own_words, now=now)


async def find_lesion(session: ReadSession | WriteSession, case_id: int, *, subject: str) -> Lesion | None:
    """The lesion that a case shows."""
    found = (
        select(LesionRow)
        .join(LesionCaseRow, LesionCaseRow.lesion_id == LesionRow.id)
        .where(LesionCaseRow.case_id == case_id, LesionRow.subject == subject)
    )
    row = await session.scalar(found)
    return None if row is None else _to_lesion(row)


async def list_lesions(
    session: ReadSession | WriteSession, subject: str, *, limit: int = 500
) -> Sequence[tuple[Lesion, int]]:
    """A subject's lesions and how many cases show each, the one seen last first."""
    newest, count = func.max(LesionCaseRow.case_id), func.count(LesionCaseRow.case_id)
    found = (
        select(LesionRow, count)
        .join(LesionCaseRow, LesionCaseRow.lesion_id == LesionRow.id)
        .where(LesionRow.subject == subject)
        .group_by(LesionRow.id)
        .order_by(newest.desc())
        .limit(limit)
    )
    return [(_to_lesion(row), int(cases)) for row, cases in await session.execute(found)]


async def list_answers_of_lesions(
    session: ReadSession, subject: str
) -> list[list[tuple[str, Mapping[str, object] | None]]]:
    """Numbers and answers of the cases of each lesion of a subject that several cases show, oldest first."""
    several = select(LesionCaseRow.lesion_id).group_by(LesionCaseRow.lesion_id).having(func.count() > 1)
    found = (
        select(LesionCaseRow.lesion_id, CaseRow.number, CaseRow.context)
        .join(CaseRow, CaseRow.id == LesionCaseRow.case_id)
        .join(LesionRow, LesionRow.id == LesionCaseRow.lesion_id)
        .where(LesionRow.subject == subject, CaseRow.split_at.is_(None), LesionRow.id.in_(several))
        .order_by(CaseRow.id)
    )
    lesions: dict[int, list[tuple[str, Mapping[str, object] | None]]] = {}
    for lesion_id, number, context in await session.execute(found):
        lesions.setdefault(lesion_id, []).append((number, context))
    return [*lesions.values()]


async def list_cases_of_lesion(
    session: ReadSession | WriteSession, lesion_id: int, *, subject: str
) -> list[LesionCase]:
    """The cases that show a lesion, the oldest first."""
    found = (
        select(CaseRow.id, CaseRow.number, CaseRow.created_at, CaseRow.level)
        .join(LesionCaseRow, LesionCaseRow.case_id == CaseRow.id)
        .where(LesionCaseRow.lesion_id == lesion_id, CaseRow.subject == subject, CaseRow.split_at.is_(None))
        .order_by(CaseRow.id)
    )
    return [
        LesionCase(id=id_, number=number, created_at=created_at, level=level)
        for id_, number, created_at, level in await session.execute(found)
    ]


async def list_numbers_of_same_lesion(
    session: ReadSession | WriteSession, case_id: int, *, subject: str
) -> list[str]:
    """The numbers of the cases that show a case's lesion, itself included; none if it is not followed."""
    lesion = await find_lesion(session, case_id, subject=subject)
    if lesion is None:
        return []
    return [each.number for each in await list_cases_of_lesion(session, lesion.id, subject=subject)]


async def list_photos_of_lesion(
    session: ReadSession | WriteSession, case_id: int, *, subject: str
) -> frozenset[str]:
    """The keyed hashes of the photos of a case's lesion in its other cases; empty if it is not followed."""
    lesion = await find_lesion(session, case_id, subject=subject)
    if lesion is None:
        return frozenset()
    found = (
        select(PhotoRow.photo_hash)
        .join(CaseRow, CaseRow.id == PhotoRow.case_id)
        .join(LesionCaseRow, LesionCaseRow.case_id == CaseRow.id)
        .where(LesionCaseRow.lesion_id == lesion.id, CaseRow.id != case_id, CaseRow.split_at.is_(None))
    )
    return frozenset(await session.scalars(found))


async def has_photos_to_compare(session: WriteSession, case_id: int, *, subject: str) -> bool:
    """Whether a case shows a lesion of several cases whose patient agrees that its photos are followed."""
    lesion = await find_lesion(session, case_id, subject=subject)
    if lesion is None or lesion.agreed_at is None:
        return False
    return len(await list_cases_of_lesion(session, lesion.id, subject=subject)) > 1


async def _leave(session: WriteSession, case_id: int, *, now: datetime) -> bool:
    """Remove a case from its lesion, with where its photos are; False if it shows none."""
    former = await session.scalar(
        delete(LesionCaseRow).where(LesionCaseRow.case_id == case_id).returning(LesionCaseRow.lesion_id)
    )
    if former is not None:
        await follow_photos(session, former, now=now)
    return former is not None


async def _draw_label(session: WriteSession, subject: str, words: int) -> tuple[int, int]:
    """A random pair of words that no other lesion of this subject has."""
    rows = await session.execute(
        select(LesionRow.first_word, LesionRow.second_word).where(LesionRow.subject == subject)
    )
    taken = {(first, second) for first, second in rows}
    free = [(one, two) for one in range(words) for two in range(words) if (one, two) not in taken]
    if not free:
        raise Conflict("Every label is taken.")
    return secrets.choice(free)


async def _erase_empty(session: WriteSession, subject: str) -> None:
    used = select(LesionCaseRow.lesion_id)
    await session.execute(
        delete(LesionRow)
        .where(LesionRow.subject == subject, LesionRow.id.not_in(used))
        .execution_options(synchronize_session=False)
    )


def _to_lesion(row: LesionRow) -> Lesion:
    return Lesion(
        id=row.id,
        subject=row.subject,
        first_word=row.first_word,
        second_word=row.second_word,
        own_words=row.own_words,
        agreed_at=row.agreed_at,
        photos_until=row.photos_until,
    )
