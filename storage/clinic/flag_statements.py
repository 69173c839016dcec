"""The statements by which `flags.py` reads what opens and closes the flag of a lesion; each is built once.

A case that was split from an album, or picked on a photo with several lesions, has an *origin*: the album, or
the case of that photo. What was said about its origin, and about the origin of that one, counts for the case.
"""

from typing import Any, Final, cast

from sqlalchemy import ScalarSelect, Table, and_, bindparam, exists, func, or_, select, union

from storage.clinic.tables import OutcomeRow, ReferralRow, VerdictRow
from storage.database.base import literally
from storage.record.origins import ORIGIN_ID, with_made
from storage.record.sender_tables import FlagClosingRow, LesionCaseRow
from storage.record.tables import CaseRow, PhotoRow

MOST_LISTED: Final = 200  # cases that may be flagged, the newest ones

_CASES, _LESION_CASES, _CLOSINGS = (
    cast("Table", row.__table__) for row in (CaseRow, LesionCaseRow, FlagClosingRow)
)
_PHOTOS: Final = cast("Table", PhotoRow.__table__)
_REFERRALS, _VERDICTS, _OUTCOMES = (
    cast("Table", row.__table__) for row in (ReferralRow, VerdictRow, OutcomeRow)
)
_SUBJECT: Final[Any] = bindparam("subject")
_NUMBER: Final[Any] = bindparam("number")
_NUMBERS: Final[Any] = bindparam("numbers", expanding=True)
_IDS: Final[Any] = bindparam("ids", expanding=True)

_PARTS: Final = _CASES.alias("part")
_HAD_HIGH_PART: Final = exists().where(
    _PARTS.c.split_from_id == _CASES.c.id, _PARTS.c.high_at == _CASES.c.split_at
)
_OWN_FACTS: Final = (
    _CASES.c.id,
    _CASES.c.number,
    _CASES.c.high_at,
    (_CASES.c.model_level == literally("high")).label("is_high_by_networks"),
    ORIGIN_ID.label("origin_id"),
    _CASES.c.split_from_id.is_not(None).label("is_part"),
)
_FACTS: Final = (
    select(*_OWN_FACTS, _LESION_CASES.c.lesion_id, _CLOSINGS.c.at.label("closed_at"))
    .select_from(_CASES)
    .outerjoin(_LESION_CASES, _LESION_CASES.c.case_id == _CASES.c.id)
    .outerjoin(_CLOSINGS, _CLOSINGS.c.case_number == _CASES.c.number)
    .where(_CASES.c.subject == _SUBJECT, _CASES.c.split_at.is_(None))
    .order_by(_CASES.c.id)
)

_PARTS_COUNT: Final = (
    select(func.count()).where(_PARTS.c.split_from_id == _CASES.c.id).correlate(_CASES).scalar_subquery()
)
_GOT_HIGH_PHOTO: Final = exists().where(  # after it was split: it had a photo for each part
    _PHOTOS.c.case_id == _CASES.c.id,
    _PHOTOS.c.level == literally("high"),
    _PHOTOS.c.position >= _PARTS_COUNT,
)
ORIGINS_OF: Final = select(
    *_OWN_FACTS, and_(_HAD_HIGH_PART, ~_GOT_HIGH_PHOTO).label("is_high_of_part")
).where(_CASES.c.id.in_(_IDS))
"""The facts of origins (`ids`). `is_high_of_part`: its high is that of a part, which has it, too."""


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

_SAME_LESION: Final = _LESION_CASES.alias("same_lesion")
_NAMED: Final = with_made(
    select(_CASES.c.id, _CASES.c.split_at).where(_CASES.c.number == _NUMBER), only_of_split=True
)
FACTS_OF_CASE: Final = _FACTS.where(
    _CASES.c.id.in_(
        union(
            select(_NAMED.c.id),
            select(_SAME_LESION.c.case_id).where(_SAME_LESION.c.lesion_id == _lesion_of_number()),
        )
    )
)
"""The facts of all cases of the lesion that a case (`number`) shows; of an album, those of its cases."""

_OF_SUBJECT: Final = select(_CASES.c.id, _CASES.c.split_at).where(_CASES.c.subject == _SUBJECT)
_REASONS: Final = union(
    _OF_SUBJECT.where(_CASES.c.high_at.is_not(None)),
    _OF_SUBJECT.join(_REFERRALS, _REFERRALS.c.case_number == _CASES.c.number)
    .join(_VERDICTS, _VERDICTS.c.referral_id == _REFERRALS.c.id)
    .where(_REFERRALS.c.subject == _SUBJECT, _VERDICTS.c.kind == literally("urgent")),
    _OF_SUBJECT.join(_OUTCOMES, _OUTCOMES.c.case_number == _CASES.c.number).where(
        _OUTCOMES.c.subject == _SUBJECT, _OUTCOMES.c.kind == literally("melanoma")
    ),
).subquery("reason")
_WITH_REASON: Final = with_made(select(_REASONS))
_CANDIDATES: Final = (
    select(_WITH_REASON.c.id)
    .where(_WITH_REASON.c.split_at.is_(None))
    .order_by(_WITH_REASON.c.id.desc())
    .limit(MOST_LISTED)
    .cte("candidate")
)
_CANDIDATE_IDS: Final = select(_CANDIDATES.c.id)
_THEIR_LESIONS: Final = select(_LESION_CASES.c.lesion_id).where(_LESION_CASES.c.case_id.in_(_CANDIDATE_IDS))
FACTS_OF_CANDIDATES: Final = _FACTS.where(
    _CASES.c.id.in_(
        union(
            _CANDIDATE_IDS,
            select(_SAME_LESION.c.case_id).where(_SAME_LESION.c.lesion_id.in_(_THEIR_LESIONS)),
        )
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
    .where(_VERDICTS.c.referral_id.in_(_IDS))
    .where(_VERDICTS.c.kind != literally("comment"))
    .order_by(_VERDICTS.c.id)
)
"""The answers to referrals (`ids`), without comments."""

MELANOMAS_OF: Final = select(_OUTCOMES.c.case_number, _OUTCOMES.c.at).where(
    _OUTCOMES.c.case_number.in_(_NUMBERS), _OUTCOMES.c.kind == literally("melanoma")
)
"""Since when each of the cases (`numbers`) is known to be a melanoma."""
