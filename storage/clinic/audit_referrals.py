"""Compares referrals and verdicts with the audit trail."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from typing import Any, Final

from sqlalchemy import select

from storage.clinic.tables import ReferralRow, VerdictRow
from storage.database.errors import AuditBroken
from storage.database.sessions import ReadSession
from storage.record.audit_record import CASES_A_READ, NotedEntry, hash_sealed, read_entries
from storage.record.tables import AuditRow, CaseRow

KINDS: Final = (
    "referral",
    "claim",
    "verdict",
    "referral_level",
    "release",
    "withdrawal",
    "reopen",
    "close",
    "seen",
    "referred",
)


@dataclass(slots=True, kw_only=True)
class _Expected:
    """The expected referral, by its entries. `state` and `level` are None if version 0.1 wrote its entry."""

    subject: str | None
    asked_at: datetime
    token: str | None
    level: str | None
    state: str | None
    claimed_at: datetime | None = None
    answered_at: datetime | None = None
    seen_at: datetime | None = None
    referred_on: str | None = None

    def follow(self, entry: NotedEntry) -> None:
        """Change the referral as the entry says."""
        state, payload = self.state, entry.payload
        match entry.kind:
            case "claim":
                self.claimed_at = entry.at
                state = "answered" if payload.get("answered", False) else "claimed"
            case "release" | "reopen":
                state = "open"
            case "close":
                state = "answered"
            case "withdrawal":
                state = "withdrawn"
            case "referral_level":
                self.level = payload["level"]
            case "seen":
                self.seen_at = entry.at
            case "referred":
                self.referred_on = payload["on"]
            case "verdict" if payload["verdict"] != "comment":
                state = self._follow_verdict(entry)
        if self.token is not None:
            self.state = state

    def _follow_verdict(self, entry: NotedEntry) -> str | None:
        """Change the referral as an answer or a request for a better photo says; its state after that."""
        payload = entry.payload
        asks_photo = payload.get("keeps_open", False)
        if payload["correction"] or not asks_photo:  # an urgent answer and its confirmation hold else
            self.seen_at = self.referred_on = None
        if asks_photo:  # earlier versions left an answered case answered
            return "claimed" if payload.get("claimed", False) else self.state
        self.answered_at = self.answered_at or entry.at
        return "answered"


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
        referrals: dict[str, list[ReferralRow]] = {number: [] for number in numbers}
        verdicts: dict[str, list[VerdictRow]] = {number: [] for number in numbers}
        of_cases = ReferralRow.case_number.in_(numbers)
        for row in await session.scalars(select(ReferralRow).where(of_cases).order_by(ReferralRow.id)):
            referrals[row.case_number].append(row)
        answers = select(ReferralRow.case_number, VerdictRow).join_from(ReferralRow, VerdictRow)
        for number, verdict in await session.execute(answers.where(of_cases).order_by(VerdictRow.id)):
            verdicts[number].append(verdict)
        subjects = {row.subject for rows in referrals.values() for row in rows}
        forgotten = select(AuditRow.subject).where(AuditRow.kind == "erasure", AuditRow.subject.in_(subjects))
        erased = set(await session.scalars(forgotten))
        for number in numbers:
            noted = entries.get(number, ())
            _compare_referrals(number, referrals[number], _expect_referrals(number, noted))
            stated = [entry for entry in noted if entry.kind == "verdict"]
            _compare_verdicts(number, verdicts[number], stated, erased=erased)
            count += len(referrals[number])
        last_number = numbers[-1]
    return count


async def _read_numbers(session: ReadSession, *, after: str) -> list[str]:
    """The next cases that have a referral, in the record or in the trail."""
    in_record = select(ReferralRow.case_number).where(ReferralRow.case_number > after)
    in_trail = select(AuditRow.case_number).where(AuditRow.kind == "referral", AuditRow.case_number > after)
    both = in_record.union(in_trail).subquery()
    found = await session.scalars(select(both.c.case_number).order_by(both.c.case_number).limit(CASES_A_READ))
    return [str(number) for number in found]


def _expect_referrals(number: str, entries: Iterable[NotedEntry]) -> list[_Expected]:
    """The referrals of a case by its entries, oldest first."""
    expected: list[_Expected] = []
    for entry in entries:
        token = entry.payload.get("referral")
        if entry.kind == "referral":
            level, state = (entry.payload["level"], "open") if token else (None, None)
            expected.append(
                _Expected(subject=entry.subject, asked_at=entry.at, token=token, level=level, state=state)
            )
        elif not expected:
            raise AuditBroken(f"Case {number} has a {entry.kind} entry and no referral entry before it.")
        else:
            named = (each for each in expected if each.token == token is not None)
            next(named, expected[-1]).follow(entry)
    return expected


def _compare_referrals(number: str, rows: Sequence[ReferralRow], expected: Sequence[_Expected]) -> None:
    for row, noted in zip_longest(rows, expected):
        if row is None or noted is None:
            raise AuditBroken(f"Case {number} has another number of referrals in the audit trail.")
        referred_on = row.referred_on.isoformat() if row.referred_on is not None else None
        pairs = {
            "sender": (row.subject, noted.subject),
            "time": (row.asked_at, noted.asked_at),
            "time of the claim": (row.claimed_at, noted.claimed_at),
            "time of the answer": (row.answered_at, noted.answered_at),
            "time of the confirmation": (row.seen_at, noted.seen_at),
            "day of the sender's referral": (referred_on, noted.referred_on),
            "token": (row.token, noted.token or row.token),
            "level": (row.level, noted.level or row.level),
            "state": (row.state, noted.state or _find_old_state(row, noted)),
        }
        _check_pairs(f"A referral of case {number}", pairs)


def _compare_verdicts(
    number: str,
    rows: Sequence[VerdictRow],
    entries: Sequence[NotedEntry],
    *,
    erased: set[str | None],
) -> None:
    if len(rows) != len(entries):
        raise AuditBroken(f"Case {number} has another number of verdicts in the audit trail.")
    for row, entry in zip(rows, entries, strict=True):
        noted = entry.payload
        pairs: dict[str, tuple[object, object]] = {
            "kind": (row.kind, noted["verdict"]),
            "months": (row.months, noted["months"]),
            "correction": (row.is_correction, noted["correction"]),
            "level": (row.level, noted["level"]),
            "time": (row.at, entry.at),
        }
        if row.comment is not None or entry.subject not in erased:
            pairs["comment"] = (row.comment is not None, "comment" in noted)
            if sealed := noted.get("sealed"):
                pairs["text of the comment"] = (hash_sealed(row.comment), sealed)
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
