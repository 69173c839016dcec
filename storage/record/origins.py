"""Cases made from other cases: the parts of a split album, and lesions picked on a photo.

The case that one was made from is its *origin*. An origin can have an origin, and so on: a lesion is picked
on a part of an album, and a part that got a better photo is an album that can be split again.
"""

from typing import Any, Final, cast

from sqlalchemy import CTE, Select, Table, func, or_, select

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
