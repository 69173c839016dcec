"""Cases made from other cases: the parts of a split album, and lesions picked on a photo.

The case that one was made from is its *origin*. An origin can have an origin, and so on: a lesion is picked
on a part of an album, and a part that got a better photo is an album that can be split again.
"""

from collections.abc import Sequence
from typing import Any, Final, cast

from sqlalchemy import CTE, Select, Table, bindparam, func, or_, select

from storage.database.sessions import ReadSession, WriteSession
from storage.record.tables import CaseRow

_CASES: Final = cast("Table", CaseRow.__table__)

ORIGIN_ID: Final = func.coalesce(_CASES.c.split_from_id, _CASES.c.picked_from_id)
"""The row of a case's origin; null if it has none."""


def with_made(first: Select[Any], *, only_of_split: bool = False) -> CTE:
    """The rows (`id`, `split_at`) of these cases and of all cases made from them, however many steps apart.

    Args:
        first: selects `id` and `split_at` of the cases to begin with.
        only_of_split: leave out what was picked on photos of cases that are not split.
    """
    found = first.cte("made", recursive=True)
    made = select(_CASES.c.id, _CASES.c.split_at).where(
        or_(_CASES.c.split_from_id == found.c.id, _CASES.c.picked_from_id == found.c.id)
    )
    return found.union(made.where(found.c.split_at.is_not(None)) if only_of_split else made)


_MADE: Final = with_made(select(_CASES.c.id, _CASES.c.split_at).where(_CASES.c.id == bindparam("case")))
_NUMBERS_OF_MADE: Final = (
    select(_CASES.c.number)
    .join(_MADE, _MADE.c.id == _CASES.c.id)
    .where(_MADE.c.split_at.is_(None), _MADE.c.id != bindparam("case"))
    .order_by(_MADE.c.id)
)


async def list_made(session: ReadSession | WriteSession, case_id: int) -> Sequence[str]:
    """The numbers of the cases made from a case, without those that were split since."""
    return (await session.scalars(_NUMBERS_OF_MADE, {"case": case_id})).all()


async def list_same_origin(session: ReadSession | WriteSession, case_id: int) -> Sequence[str]:
    """The numbers of all cases that come from one photo or album with a case, itself included.

    Albums that were split are left out.
    """
    first = case_id
    while (origin := await session.scalar(select(ORIGIN_ID).where(_CASES.c.id == first))) is not None:
        first = origin
    itself = select(_CASES.c.number).where(_CASES.c.id == first, _CASES.c.split_at.is_(None))
    return [*(await session.scalars(itself)).all(), *await list_made(session, first)]


async def list_origins(session: ReadSession | WriteSession, case_id: int) -> Sequence[str]:
    """The numbers of the cases that a case comes from, nearest first, albums that were split among them."""
    numbers: list[str] = []
    origin: int | None = case_id
    while origin is not None:
        found = select(ORIGIN_ID, _CASES.c.number).where(_CASES.c.id == origin)
        origin, number = (await session.execute(found)).one()
        numbers.append(number)
    return numbers[1:]


async def list_parts(session: ReadSession | WriteSession, case_id: int) -> Sequence[str]:
    """The numbers of the cases that an album was split into; empty for any other case."""
    parts = select(_CASES.c.number).where(_CASES.c.split_from_id == case_id).order_by(_CASES.c.id)
    return (await session.scalars(parts)).all()


async def find_album(session: ReadSession | WriteSession, case_id: int) -> str | None:
    """The number of the album that was split into this case and others; None for any other case."""
    album = select(_CASES.c.split_from_id).where(_CASES.c.id == case_id).scalar_subquery()
    number: str | None = await session.scalar(select(_CASES.c.number).where(_CASES.c.id == album))
    return number


async def list_split(session: ReadSession | WriteSession, subject: str) -> Sequence[str]:
    """The numbers of a subject's albums that were split, oldest first."""
    split = select(_CASES.c.number).where(_CASES.c.subject == subject, _CASES.c.split_at.is_not(None))
    return (await session.scalars(split.order_by(_CASES.c.id))).all()
