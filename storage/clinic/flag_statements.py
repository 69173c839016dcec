"""The statements by which `flags.py` reads what opens and closes the flag of a lesion; each is built once.

A case that was split from an album, or picked on a photo with several lesions, has an *origin*: the album, or
the case of that photo. What was said about the origin counts for the case, too.
"""

from typing import Any, Final, cast

from sqlalchemy import ScalarSelect, Table, and_, bindparam, case, exists, func, or_, select

from storage.clinic.tables import OutcomeRow, ReferralRow, VerdictRow
from storage.database.base import literally
from storage.record.sender_tables import FlagClosingRow, LesionCaseRow
from storage.record.tables import CaseRow

MOST_LISTED: Final = 200  # cases that may be flagged, the newest ones

_CASES, _LESION_CASES, _CLOSINGS = (
    cast("Table", row.__table__) for row in (CaseRow, LesionCaseRow, FlagClosingRow)
)
_REFERRALS, _VERDICTS, _OUTCOMES = (
    cast("Table", row.__table__) for row in (ReferralRow, VerdictRow, OutcomeRow)
)
_ORIGINS: Final = _CASES.alias("origin")
_ORIGIN_ID: Final = func.coalesce(_CASES.c.split_from_id, _CASES.c.picked_from_id)
_SUBJECT: Final[Any] = bindparam("subject")
_NUMBER: Final[Any] = bindparam("number")
_NUMBERS: Final[Any] = bindparam("numbers", expanding=True)

# A `high` of the album counts for each of its cases if none of them had it when the album was split. That of
# a photo with several lesions counts for a picked one if the networks did not rate the photo high: then
# another lesion may have made it so.
_SIBLINGS: Final = _CASES.alias("sibling")
_HAD_HIGH_PART: Final = exists().where(
    _SIBLINGS.c.split_from_id == _ORIGINS.c.id, _SIBLINGS.c.high_at == _ORIGINS.c.split_at
)
_IS_OF_ALL: Final = case(
    (_CASES.c.split_from_id.is_not(None), ~_HAD_HIGH_PART),
    else_=_ORIGINS.c.model_level != literally("high"),
)
_HIGH_AT: Final = func.coalesce(_CASES.c.high_at, case((_IS_OF_ALL, _ORIGINS.c.high_at)))

_FACTS: Final = (
    select(
        _CASES.c.number,
        _HIGH_AT.label("high_at"),
        _LESION_CASES.c.lesion_id,
        _CLOSINGS.c.at.label("closed_at"),
        _ORIGINS.c.number.label("origin_number"),
    )
    .select_from(_CASES)
    .outerjoin(_LESION_CASES, _LESION_CASES.c.case_id == _CASES.c.id)
    .outerjoin(_CLOSINGS, _CLOSINGS.c.case_number == _CASES.c.number)
    .outerjoin(_ORIGINS, _ORIGINS.c.id == _ORIGIN_ID)
    .where(_CASES.c.subject == _SUBJECT, _CASES.c.split_at.is_(None))
    .order_by(_CASES.c.id)
)


def _lesion_of_number() -> ScalarSelect[int]:
    named = _CASES.alias("named")
    return (
        select(_LESION_CASES.c.lesion_id)
        .join(named, named.c.id == _LESION_CASES.c.case_id)
        .where(named.c.number == _NUMBER)
        .scalar_subquery()
    )


LESION_OF: Final = select(_lesion_of_number())
"""The lesion that a case (`number`) is linked to; null if it is not followed."""

FACTS_OF_CASE: Final = _FACTS.where(
    or_(
        _CASES.c.number == _NUMBER,
        and_(_ORIGINS.c.number == _NUMBER, _ORIGINS.c.split_at.is_not(None)),
        _LESION_CASES.c.lesion_id == _lesion_of_number(),
    )
)
"""The facts of all cases of the lesion that a case (`number`) shows; of an album, those of its cases."""

_URGENT: Final = (
    select(_REFERRALS.c.case_number)
    .join(_VERDICTS, _VERDICTS.c.referral_id == _REFERRALS.c.id)
    .where(_REFERRALS.c.subject == _SUBJECT, _VERDICTS.c.kind == literally("urgent"))
)
_MELANOMA: Final = select(_OUTCOMES.c.case_number).where(
    _OUTCOMES.c.subject == _SUBJECT, _OUTCOMES.c.kind == literally("melanoma")
)
_CANDIDATES: Final = (
    select(_CASES.c.id)
    .outerjoin(_ORIGINS, _ORIGINS.c.id == _ORIGIN_ID)
    .where(
        _CASES.c.subject == _SUBJECT,
        _CASES.c.split_at.is_(None),
        or_(
            _CASES.c.high_at.is_not(None),
            _ORIGINS.c.high_at.is_not(None),
            *(table.c.number.in_(named) for table in (_CASES, _ORIGINS) for named in (_URGENT, _MELANOMA)),
        ),
    )
    .order_by(_CASES.c.id.desc())
    .limit(MOST_LISTED)
    .cte("candidate")
)
_CANDIDATE_IDS: Final = select(_CANDIDATES.c.id)
_SAME_LESION: Final = _LESION_CASES.alias("same_lesion")
FACTS_OF_CANDIDATES: Final = _FACTS.where(
    or_(
        _CASES.c.id.in_(_CANDIDATE_IDS),
        _LESION_CASES.c.lesion_id.in_(
            select(_SAME_LESION.c.lesion_id).where(_SAME_LESION.c.case_id.in_(_CANDIDATE_IDS))
        ),
    )
)
"""The facts of a subject's cases that something may have flagged, and of all cases of their lesions."""

REFERRALS_OF: Final = (
    select(_REFERRALS.c.id, _REFERRALS.c.case_number, _REFERRALS.c.asked_at)
    .where(_REFERRALS.c.case_number.in_(_NUMBERS))
    .where(or_(_REFERRALS.c.state != literally("withdrawn"), _REFERRALS.c.answered_at.is_not(None)))
    .order_by(_REFERRALS.c.id)
)
"""The referrals of cases (`numbers`) that were not withdrawn unanswered."""

VERDICTS_OF: Final = (
    select(_VERDICTS.c.referral_id, _VERDICTS.c.kind, _VERDICTS.c.at)
    .where(_VERDICTS.c.referral_id.in_(bindparam("ids", expanding=True)))
    .where(_VERDICTS.c.kind != literally("comment"))
    .order_by(_VERDICTS.c.id)
)
"""The answers to referrals (`ids`), without comments."""

MELANOMAS_OF: Final = select(_OUTCOMES.c.case_number, _OUTCOMES.c.at).where(
    _OUTCOMES.c.case_number.in_(_NUMBERS), _OUTCOMES.c.kind == literally("melanoma")
)
"""Since when each of the cases (`numbers`) is known to be a melanoma."""
