"""Compares referrals and verdicts with the audit trail, and notes what changes a referral beside them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from typing import Any, Final

from sqlalchemy import Row, select

from storage.clinic.tables import ReferralRow, VerdictRow
from storage.database.errors import AuditBroken
from storage.database.sessions import ReadSession, WriteSession
from storage.record.audit import AuditEntry, append
from storage.record.audit_record import CASES_A_READ, hash_value, read_entries
from storage.record.tables import AuditRow, CaseRow

KINDS: Final = (
    "referral",
    "claim",
    "verdict",
    "referral_level",
    "release",
    "withdrawal",
    "reopen",
    "seen",
    "referred",
)
STATE_AFTER: Final = {"claim": "claimed", "release": "open", "reopen": "open", "withdrawal": "withdrawn"}
IN_WORK: Final = ("open", "claimed")
REFERRAL_FACTS: Final = ReferralRow.token, ReferralRow.subject, ReferralRow.case_number  # for `note_change`


@dataclass(slots=True, kw_only=True)
class _Expected:
    """What a referral must be now. `state` and `level` are None if version 0.1 wrote its entry."""

    subject: str | None
    asked_at: datetime
    token: str | None
    level: str | None
    state: str | None
    claimed_at: datetime | None = None
    answered_at: datetime | None = None
    seen_at: datetime | None = None
    referred_on: str | None = None


async def note_change(
    session: WriteSession,
    row: Row[str, str, str],
    kind: str,
    *,
    now: datetime,
    level: str | None = None,
) -> None:
    """Add an entry for a change of a referral: "referral_level", "release", "reopen" or "withdrawal"."""
    token, subject, case_number = row
    payload = {"referral": token} | ({} if level is None else {"level": level})
    await append(
        session, AuditEntry(kind=kind, subject=subject, case_number=case_number, payload=payload), now=now
    )


def hash_sealed(comment: bytes | None) -> str | None:
    """What the trail keeps of a sealed comment: its random nonce makes the hash reveal nothing."""
    return None if comment is None else hash_value(comment.hex())


async def compare_referrals(session: ReadSession) -> int:
    """Compare every referral and verdict with its entries and return how many referrals there are.

    Raises:
        AuditBroken: one is missing, has no entry, or differs from its entries.
    """
    known = select(CaseRow.id).where(CaseRow.number == ReferralRow.case_number)
    unknown = await session.scalar(select(ReferralRow.case_number).where(~known.exists()).limit(1))
    if unknown is not None:
        raise AuditBroken(f"A referral names case {unknown}, which is not in the record.")
    count, last_number = 0, ""
    while numbers := await _read_numbers(session, after=last_number):
        entries = await read_entries(session, numbers, KINDS)
        found = select(ReferralRow).where(ReferralRow.case_number.in_(numbers)).order_by(ReferralRow.id)
        referrals = (await session.scalars(found)).all()
        of_them = VerdictRow.referral_id.in_([row.id for row in referrals])
        verdicts = (await session.scalars(select(VerdictRow).where(of_them).order_by(VerdictRow.id))).all()
        subjects = AuditRow.subject.in_({row.subject for row in referrals})
        forgotten = select(AuditRow.subject).where(AuditRow.kind == "erasure", subjects)
        erased = frozenset((await session.scalars(forgotten)).all())
        for number in numbers:
            noted = entries.get(number, ())
            rows = [row for row in referrals if row.case_number == number]
            said = [row for row in verdicts if row.referral_id in {each.id for each in rows}]
            _compare_referrals(number, rows, _follow(number, noted))
            _compare_verdicts(
                number, said, [entry for entry in noted if entry[0] == "verdict"], erased=erased
            )
            count += len(rows)
        last_number = numbers[-1]
    return count


async def _read_numbers(session: ReadSession, *, after: str) -> list[str]:
    """The next cases that have a referral, in the record or in the trail."""
    in_record = select(ReferralRow.case_number).where(ReferralRow.case_number > after)
    in_trail = select(AuditRow.case_number).where(AuditRow.kind == "referral", AuditRow.case_number > after)
    both = in_record.union(in_trail).subquery()
    found = await session.scalars(select(both.c.case_number).order_by(both.c.case_number).limit(CASES_A_READ))
    return [str(number) for number in found]


def _follow(
    number: str, entries: Iterable[tuple[str, str | None, datetime, dict[str, Any]]]
) -> list[_Expected]:
    """The referrals of a case as the trail has them, oldest first."""
    expected: list[_Expected] = []
    for kind, subject, at, payload in entries:
        if kind == "referral":
            token = payload.get("referral")
            level, state = (payload["level"], "open") if token else (None, None)
            new = _Expected(subject=subject, asked_at=at, token=token, level=level, state=state)
            expected.append(new)
            continue
        if not expected:
            raise AuditBroken(f"Case {number} has a {kind} entry and no referral entry before it.")
        token = payload.get("referral")
        meant = next((each for each in expected if each.token == token is not None), expected[-1])
        _apply(meant, kind, at, payload)
    return expected


def _apply(meant: _Expected, kind: str, at: datetime, payload: dict[str, Any]) -> None:
    """Change what a referral must be by one entry."""
    if kind == "claim":
        meant.claimed_at = at
    if kind == "referral_level":
        meant.level = payload["level"]
    if kind == "seen":
        meant.seen_at = at
    if kind == "referred":
        meant.referred_on = payload["on"]
    is_answer = kind == "verdict" and payload["verdict"] != "comment"
    if is_answer:
        meant.seen_at = meant.referred_on = None
    closes = is_answer and not payload.get("keeps_open", False)
    if closes:
        meant.answered_at = meant.answered_at or at
    if meant.token is not None:
        meant.state = "answered" if closes else STATE_AFTER.get(kind, meant.state)


def _compare_referrals(number: str, rows: Sequence[ReferralRow], expected: Sequence[_Expected]) -> None:
    for row, noted in zip_longest(rows, expected):
        if row is None or noted is None:
            raise AuditBroken(f"Case {number} has another number of referrals in the audit trail.")
        pairs = {
            "sender": (row.subject, noted.subject),
            "time": (row.asked_at, noted.asked_at),
            "time of the claim": (row.claimed_at, noted.claimed_at),
            "time of the answer": (row.answered_at, noted.answered_at),
            "time of the confirmation": (row.seen_at, noted.seen_at),
            "day of the sender's referral": (
                row.referred_on and row.referred_on.isoformat(),
                noted.referred_on,
            ),
            "token": (row.token, noted.token or row.token),
            "level": (row.level, noted.level or row.level),
            "state": (row.state, noted.state or _find_old_state(row, noted)),
        }
        _check_pairs(f"A referral of case {number}", pairs)


def _compare_verdicts(
    number: str,
    rows: Sequence[VerdictRow],
    entries: Sequence[tuple[str, str | None, datetime, dict[str, Any]]],
    *,
    erased: frozenset[str | None],
) -> None:
    if len(rows) != len(entries):
        raise AuditBroken(f"Case {number} has another number of verdicts in the audit trail.")
    for row, (_, subject, at, noted) in zip(rows, entries, strict=True):
        sealed = noted.get("sealed")
        is_erased = row.comment is None and subject in erased
        had_comment = (row.comment is not None, "comment" in noted)
        pairs: dict[str, tuple[object, object]] = {
            "kind": (row.kind, noted["verdict"]),
            "months": (row.months, noted["months"]),
            "correction": (row.is_correction, noted["correction"]),
            "level": (row.level, noted["level"]),
            "time": (row.at, at),
            "comment": (None, None) if is_erased else had_comment,
            "text of the comment": (None, None)
            if is_erased or not sealed
            else (hash_sealed(row.comment), sealed),
        }
        _check_pairs(f"A verdict on case {number}", pairs)


def _find_old_state(row: ReferralRow, noted: _Expected) -> str:
    """The state of a referral whose entries version 0.1 wrote: answered since its first verdict."""
    if noted.answered_at is not None:
        return "answered"
    return row.state if row.state != "answered" else "claimed"


def _check_pairs(what: str, pairs: dict[str, tuple[Any, Any]]) -> None:
    for name, (found, noted) in pairs.items():
        if found != noted:
            raise AuditBroken(f"{what} does not match the audit trail: {name}.")
