"""Lesions that stay flagged: once rated `high`, or answered *Urgent*, until something closes it.

An unfollowed case counts as a separate lesion. What a clinic said about an album that was split since
counts for each of its cases: which of them was meant is not known. So does a `high` of the album that none
of its cases had when it was split, and a photo of it that was rated `high` after that. The same holds for a
lesion that was picked on a photo with several, if the photo was not `high` by the networks: then another
lesion may have made it so. Each of these rules also holds over several steps: a lesion picked on a part of
an album has what was said about the album. What closes a flag:

- benign histology of the whole lesion, or "by mistake" with a reason, as the sender says (`FlagClosingRow`);
- the clinic's *No suspicious feature* or *Monitor*, given after the newest `high` photo was posted to the
  clinic, about that photo or a later one. The last answer of a referral counts: a corrected one closes
  nothing.

Nothing closes the flag of a proven melanoma. *Routine*, *Better photo* and comments close nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from storage.clinic.flag_facts import Change, FlaggableCase, Referred
from storage.clinic.flag_statements import (
    FACTS_OF_CANDIDATES,
    FACTS_OF_CASE,
    LESION_OF,
    MELANOMAS_OF,
    ORIGINS_OF,
    REFERRALS_OF,
    VERDICTS_OF,
)
from storage.database.sessions import ReadSession, WriteSession

CLOSING_VERDICTS: Final = ("benign", "monitor")
Session = ReadSession | WriteSession


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """Why a lesion is flagged: the newest reason that nothing has closed."""

    why: str  # "melanoma", "urgent" or "high"
    number: str  # of the case
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FlaggedLesion:
    """A flagged lesion, or a flagged case that is not followed (`lesion_id` is None)."""

    flag: Flag
    lesion_id: int | None
    numbers: tuple[str, ...]  # of its cases, oldest first


def judge_flag(cases: Sequence[FlaggableCase]) -> Flag | None:
    """The flag of one lesion by its cases, oldest first; None if it is not flagged."""
    opened = [
        (place, Flag(why=why, number=case.number, at=at))
        for place, case in enumerate(cases)
        for why, at in _list_reasons(case)
    ]
    proven = [flag for _, flag in opened if flag.why == "melanoma"]
    if proven:
        return proven[-1]
    answers = list(_closing_answers(cases))
    still_open = [
        flag
        for place, flag in opened
        if not any(about >= place and at > flag.at for about, at in answers)
        and not ((closed_at := cases[place].closed_at) is not None and closed_at > flag.at)
    ]
    return max(still_open, key=lambda flag: (flag.at, flag.why == "urgent"), default=None)


async def find_flag(
    session: Session, number: str, *, subject: str, change: Change | None = None
) -> Flag | None:
    """The flag of the lesion that a case of this subject shows; with `change`, as it will be.

    Of an album that was split, the newest flag of its cases.
    """
    lesions = await _read(session, FACTS_OF_CASE, {"number": number, "subject": subject}, change)
    flags = [judge_flag(cases) for cases in lesions.values()]
    return max((flag for flag in flags if flag is not None), key=lambda flag: flag.at, default=None)


async def list_flagged(session: Session, *, subject: str) -> list[FlaggedLesion]:
    """The flagged lesions of a subject, the newest reason first; of very many the newest cases count."""
    lesions = await _read(session, FACTS_OF_CANDIDATES, {"subject": subject})
    found = [
        FlaggedLesion(
            flag=flag,
            lesion_id=key if isinstance(key, int) else None,
            numbers=tuple(case.number for case in cases),
        )
        for key, cases in lesions.items()
        if (flag := judge_flag(cases)) is not None
    ]
    return sorted(found, key=lambda each: each.flag.at, reverse=True)


async def list_candidates(session: Session, number: str, *, subject: str) -> list[FlaggedLesion]:
    """The flagged lesions that an unfollowed case may show; empty if the case is followed."""
    flagged = await list_flagged(session, subject=subject)
    if not flagged or await session.scalar(LESION_OF, {"number": number}) is not None:
        return []
    return [each for each in flagged if number not in each.numbers]


def _list_reasons(case: FlaggableCase) -> Iterator[tuple[str, datetime]]:
    """What flags the lesion of this case, and since when."""
    if case.high_at is not None:
        yield "high", case.high_at
    for referral in case.referrals:
        yield from ((kind, at) for kind, at in referral.verdicts if kind == "urgent")
    if case.melanoma_at is not None:
        yield "melanoma", case.melanoma_at


def _closing_answers(cases: Sequence[FlaggableCase]) -> Iterator[tuple[int, datetime]]:
    """Answers that close what was opened before them: the place of the case that they are about, and when."""
    high = [place for place, case in enumerate(cases) if case.high_at is not None]
    newest = high[-1] if high else 0
    posted = [referral.posted_at for place in high[-1:] for referral in cases[place].referrals]
    if high and not posted:
        return  # no clinic has seen the newest `high` photo
    for place, case in enumerate(cases):
        for referral in case.referrals:
            kind, at = referral.verdicts[-1] if referral.verdicts else ("", None)
            if (
                place >= newest
                and kind in CLOSING_VERDICTS
                and at is not None
                and (not posted or at > min(posted))
                and not _is_urgent_since(case, referral)
            ):
                yield place, at


def _is_urgent_since(case: FlaggableCase, referral: Referred) -> bool:
    """Whether a newer referral of the case holds "urgent": a correction of this one does not undo it."""
    newer = [each.verdicts for each in case.referrals if each.posted_at > referral.posted_at]
    kinds = [[kind for kind, _ in verdicts if kind != "better_photo"] for verdicts in newer]
    return any(each[-1:] == ["urgent"] for each in kinds)


async def _read(
    session: Session, statement: Any, parameters: dict[str, str], change: Change | None = None
) -> dict[int | str, list[FlaggableCase]]:
    """The facts that a statement finds, by lesion or by the number of a case that is not followed.

    Oldest first; with what counts of the origins of each case.
    """
    rows = (await session.execute(statement, parameters)).all()
    if not rows:
        return {}
    above: dict[int, Any] = {}
    found = rows
    while ids := {row.origin_id for row in found} - {None}:
        found = (await session.execute(ORIGINS_OF, {"ids": sorted(ids)})).all()
        above |= {row.id: row for row in found}
    numbers = sorted({row.number for row in (*rows, *above.values())})
    referrals = await _read_referrals(session, numbers)
    proven = {row.case_number: row.at for row in await session.execute(MELANOMAS_OF, {"numbers": numbers})}

    def recorded(row: Any, *, is_high_of_part: bool = False) -> FlaggableCase:
        facts = FlaggableCase(
            number=row.number,
            high_at=row.high_at,
            referrals=tuple(referrals.get(row.number, ())),
            melanoma_at=proven.get(row.number),
            is_high_by_networks=row.is_high_by_networks,
            is_high_of_part=is_high_of_part,
        )
        return facts if change is None else change(facts)

    origins = {id_: (row, recorded(row, is_high_of_part=row.is_high_of_part)) for id_, row in above.items()}
    lesions: dict[int | str, list[FlaggableCase]] = {}
    for row in rows:
        facts, made = replace(recorded(row), closed_at=row.closed_at), row
        while made.origin_id in origins:
            origin, of_origin = origins[made.origin_id]
            is_of_another = of_origin.is_high_of_part if made.is_part else of_origin.is_high_by_networks
            facts = _inherit(facts, of_origin, with_high=not is_of_another)
            made = origin
        lesions.setdefault(row.number if row.lesion_id is None else row.lesion_id, []).append(facts)
    return lesions


def _inherit(facts: FlaggableCase, origin: FlaggableCase, *, with_high: bool) -> FlaggableCase:
    """The facts of a case with those of an origin that count for it; the newer `high` holds."""
    high = [at for at in (facts.high_at, origin.high_at if with_high else None) if at is not None]
    return replace(
        facts,
        high_at=max(high, default=None),
        referrals=(*origin.referrals, *facts.referrals),
        melanoma_at=facts.melanoma_at or origin.melanoma_at,
    )


async def _read_referrals(session: Session, numbers: Sequence[str]) -> dict[str, list[Referred]]:
    """The referrals of these cases that were not withdrawn unanswered, with their answers."""
    posted = (await session.execute(REFERRALS_OF, {"numbers": numbers})).all()
    if not posted:
        return {}
    answers: dict[int, list[tuple[str, datetime]]] = {}
    for referral_id, kind, at in await session.execute(VERDICTS_OF, {"ids": [id_ for id_, *_ in posted]}):
        answers.setdefault(referral_id, []).append((kind, at))
    referrals: dict[str, list[Referred]] = {}
    for id_, number, asked_at in posted:
        referral = Referred(posted_at=asked_at, verdicts=tuple(answers.get(id_, ())))
        referrals.setdefault(number, []).append(referral)
    return referrals
