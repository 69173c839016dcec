"""The frequent statements of cases, each built once; see `storage.queues.inbox_statements`."""

from functools import cache
from typing import cast

from sqlalchemy import Select, Table, bindparam, func, insert, or_, select
from sqlalchemy.orm import selectinload

from storage.record.tables import CaseRow, OpinionRow, PhotoRow

WHOLE_CASE = select(CaseRow).options(selectinload(CaseRow.photos).selectinload(PhotoRow.opinions))
_CASES, _PHOTOS, _OPINIONS = (cast("Table", row.__table__) for row in (CaseRow, PhotoRow, OpinionRow))
NEW_CASE = insert(_CASES).returning(_CASES.c.id)
NEW_PHOTO = insert(_PHOTOS).returning(_PHOTOS.c.id)
NEW_OPINION = insert(_OPINIONS)
AS_GIVEN = (
    "subject",
    "level",
    "model_level",
    "language",
    "versions",
    "context",
    "turn_key",
    "elapsed_ms",
    "picked_from_id",
)
OF_PHOTO = (
    *("photo_hash", "level", "domain", "probability", "malignant_probability", "findings"),
    "lesion_count",
)
TAKEN = select(_CASES.c.turn_key).where(
    or_(_CASES.c.turn_key == bindparam("turn"), _CASES.c.number == bindparam("wanted"))
)
CASE_ID = select(_CASES.c.id).where(
    _CASES.c.number == bindparam("number"),
    _CASES.c.subject == bindparam("owner"),
    _CASES.c.split_at.is_(None),
)
OF_SAME_PHOTO = (
    select(_CASES.c.number, _CASES.c.created_at)
    .join(_PHOTOS, _PHOTOS.c.case_id == _CASES.c.id)
    .where(
        _CASES.c.subject == bindparam("owner"),
        _CASES.c.split_at.is_(None),
        _CASES.c.picked_from_id.is_(None),
        _PHOTOS.c.photo_hash.in_(bindparam("hashes", expanding=True)),
    )
    .order_by(_CASES.c.id.desc())
    .limit(1)
)
ANSWERED = select(_CASES.c.id).where(_CASES.c.turn_key == bindparam("turn"))


@cache
def list_of(*, is_paged: bool, is_filtered: bool) -> Select[CaseRow]:
    """Cases of `owner`, newest first, `most` of them: before the row `before`, of the level `wanted`."""
    statement = WHOLE_CASE.where(CaseRow.subject == bindparam("owner"), CaseRow.split_at.is_(None))
    if is_paged:
        statement = statement.where(CaseRow.id < bindparam("before"))
    if is_filtered:
        statement = statement.where(CaseRow.level == bindparam("wanted"))
    return statement.order_by(CaseRow.id.desc()).limit(bindparam("most"))


@cache
def count_of(*, is_filtered: bool) -> Select[int]:
    """How many cases `owner` has, of the level `wanted` or of all."""
    mine = _CASES.c.subject == bindparam("owner"), _CASES.c.split_at.is_(None)
    statement = select(func.count()).select_from(_CASES).where(*mine)
    return statement.where(_CASES.c.level == bindparam("wanted")) if is_filtered else statement
