"""Cases that a clinic was asked about since the backup, or answered, with their rows and trail entries.

Such a case is copied as a whole, so that its card in the clinic's chat stays known: it can be answered, and
`/forget` reaches it. Its entries are appended to the restored trail with their original times. This is
sound only if the present entries of the case continue those of the backup; other cases are left, and named.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import delete, insert, or_, select, update

from storage.clinic.tables import UNANSWERED, GroupMessageRow, OutcomeRow, ReferralRow, VerdictRow
from storage.database.base import RowBase
from storage.database.sessions import ReadSession, WriteSession
from storage.record.audit import AuditEntry, append
from storage.record.audit_lesions import OF_CASE
from storage.record.sender_tables import CaseMessageRow, FlagClosingRow, PatientContextRow, PhotoFilesRow
from storage.record.tables import AuditRow, CaseRow, LinkRow, OpinionRow, PhotoRow
from storage.restoring.tables import Present, Session, Values, read_rows, table_of, without

NUMBERS_AT_ONCE: Final = 500
_OF_PERSON: Final = (FlagClosingRow, PatientContextRow, PhotoFilesRow, CaseMessageRow, GroupMessageRow)
_ENTRY: Final = ("kind", "subject", "payload", "at")


@dataclass(slots=True, kw_only=True)
class Carried:
    """The cases that were copied, and those with a request that could not be."""

    numbers: set[str] = field(default_factory=set)
    left: list[str] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)  # of the referrals of the copied cases
    keys: set[str] = field(default_factory=set)  # in the outbox, of messages about them

    def has_key(self, key: str) -> bool:
        """Whether a message in the outbox belongs to a copied case."""
        kind, _, rest = key.partition(":")
        return key in self.keys or (kind == "referral" and rest.partition(":")[0] in self.tokens)


async def carry_cases(present: Present, new: WriteSession, *, clinics: Collection[int]) -> Carried:
    """Copy every case whose referrals, answers or outcome changed since the backup.

    Args:
        present: the present database; if its trail does not hold, no case is copied.
        new: the restored one, which has its people already.
        clinics: the clinics that both databases mean by their numbers.
    """
    old = present.session
    asked = await _list_asked(old, new)
    changed = asked | await _list_corrected(old, new)
    carried = Carried()
    linked = set(await old.scalars(select(LinkRow.subject)))
    known = set(await new.scalars(select(LinkRow.subject)))
    for case in await _read_cases(old, await _add_relatives(old, changed)):
        number, subject = case["number"], case["subject"]
        if subject not in linked and subject not in known:
            continue  # its sender was forgotten since
        fits = present.is_sound and subject in linked and subject in known
        if (
            fits
            and await _has_place(old, new, case, clinics)
            and await _carry_entries(present, new, number=number)
        ):
            await _copy_case(old, new, case)
            carried.numbers.add(number)
        elif number in asked:
            carried.left.append(number)
    await _note_keys(new, carried)
    return carried


async def list_unknown_requests(old: ReadSession, new: ReadSession | WriteSession) -> list[str]:
    """The cases with an unanswered request that only the present database has."""
    known = set(await new.scalars(select(ReferralRow.token)))
    waiting = await read_rows(old, ReferralRow, ReferralRow.state.in_(UNANSWERED))
    return [row["case_number"] for row in waiting if row["token"] not in known]


async def _list_asked(old: ReadSession, new: WriteSession) -> set[str]:
    """The numbers of cases that a clinic was asked about since, or whose request changed since."""
    present, before = await _read_facts(old), await _read_facts(new)
    return {number for number, facts in present.items() if facts != before.get(number)}


async def _list_corrected(old: ReadSession, new: WriteSession) -> set[str]:
    """The numbers of cases of which the backup says something about the patient that is no longer said."""
    patients = {row["case_number"]: row for row in await read_rows(old, PatientContextRow)}
    cases = set(await old.scalars(select(CaseRow.number)))
    return {
        row["case_number"]
        for row in await read_rows(new, PatientContextRow)
        if row["case_number"] in cases and row != patients.get(row["case_number"])
    }


async def _read_facts(session: Session) -> dict[str, set[tuple[Any, ...]]]:
    facts: dict[str, set[tuple[Any, ...]]] = defaultdict(set)
    numbers = dict[int, str]()
    for row in await read_rows(session, ReferralRow):
        numbers[row["id"]] = row["case_number"]
        facts[row["case_number"]].add(tuple(without(row, "id").values()))
    for row in await read_rows(session, VerdictRow):
        facts[numbers[row["referral_id"]]].add(tuple(without(row, "id", "referral_id").values()))
    for table in (OutcomeRow, GroupMessageRow):
        for row in await read_rows(session, table):
            facts[row["case_number"]].add(tuple(row.values()))
    return facts


async def _add_relatives(old: ReadSession, numbers: Iterable[str]) -> set[str]:
    """With the cases that these were split or picked from, and all parts of a split album."""
    columns = select(CaseRow.id, CaseRow.number, CaseRow.split_from_id, CaseRow.picked_from_id)
    related = or_(CaseRow.split_from_id.is_not(None), CaseRow.picked_from_id.is_not(None))
    made = (await old.execute(columns.where(related))).all()
    every = await old.execute(select(CaseRow.id, CaseRow.number))
    name_of = {row.id: row.number for row in every}
    relatives: dict[str, set[str]] = defaultdict(set)
    for row in made:
        for origin in {row.split_from_id, row.picked_from_id} & name_of.keys():
            relatives[row.number].add(name_of[origin])
        if row.split_from_id in name_of:
            relatives[name_of[row.split_from_id]].add(row.number)
    found, waiting = set[str](), set(numbers)
    while waiting:
        found |= waiting
        waiting = {each for number in waiting for each in relatives[number]} - found
    return found


async def _read_cases(old: ReadSession, numbers: Collection[str]) -> list[Values]:
    """These cases, oldest first: an origin comes before its parts."""
    ordered, cases = sorted(numbers), list[Values]()
    for start in range(0, len(ordered), NUMBERS_AT_ONCE):
        some = ordered[start : start + NUMBERS_AT_ONCE]
        cases += await read_rows(old, CaseRow, CaseRow.number.in_(some))
    return sorted(cases, key=lambda case: int(case["id"]))


async def _has_place(old: ReadSession, new: WriteSession, case: Values, clinics: Collection[int]) -> bool:
    """Whether its clinics are known, and the restored record does not have its turn as another case."""
    number = case["number"]
    asked = set(await old.scalars(select(ReferralRow.clinic_id).where(ReferralRow.case_number == number)))
    posted = select(GroupMessageRow.clinic_id).where(GroupMessageRow.case_number == number)
    asked |= set(await old.scalars(posted))
    same_turn = CaseRow.turn_key == case["turn_key"], CaseRow.number != number
    return asked <= {None, *clinics} and await new.scalar(select(CaseRow.id).where(*same_turn)) is None


async def _carry_entries(present: Present, new: WriteSession, *, number: str) -> bool:
    """Append what the present trail has about a case since; False if it is no continuation of the backup's.

    Its lesion stays as in the backup. An erasure that was repeated may have released the case already.
    """
    which = AuditRow.case_number == number, AuditRow.kind != OF_CASE
    entries = await read_rows(present.session, AuditRow, *which)
    before = await read_rows(new, AuditRow, *which, AuditRow.id <= present.last_entry)
    if [_facts_of(each) for each in entries[: len(before)]] != [_facts_of(each) for each in before]:
        return False
    for row in entries[len(before) :]:
        payload = json.loads(row["payload"])
        entry = AuditEntry(kind=row["kind"], payload=payload, subject=row["subject"], case_number=number)
        await append(new, entry, now=row["at"])
    return True


def _facts_of(entry: Values) -> tuple[Any, ...]:
    return tuple(entry[name] for name in _ENTRY)


async def _copy_case(old: ReadSession, new: WriteSession, case: Values) -> None:
    values = without(case, "id")
    for name in ("split_from_id", "picked_from_id"):
        origin = await old.scalar(select(CaseRow.number).where(CaseRow.id == case[name]))
        values[name] = await new.scalar(select(CaseRow.id).where(CaseRow.number == origin))
    number = case["number"]
    case_id = await new.scalar(select(CaseRow.id).where(CaseRow.number == number))
    if case_id is None:
        case_id = await _add(new, CaseRow, values)
    else:
        await new.execute(update(table_of(CaseRow)).where(CaseRow.id == case_id).values(values))
        await new.execute(delete(table_of(PhotoRow)).where(PhotoRow.case_id == case_id))
    for photo in await read_rows(old, PhotoRow, PhotoRow.case_id == case["id"]):
        photo_id = await _add(new, PhotoRow, without(photo, "id") | {"case_id": case_id})
        for opinion in await read_rows(old, OpinionRow, OpinionRow.photo_id == photo["id"]):
            await _add(new, OpinionRow, without(opinion, "id") | {"photo_id": photo_id})
    await new.execute(delete(table_of(ReferralRow)).where(ReferralRow.case_number == number))
    for referral in await read_rows(old, ReferralRow, ReferralRow.case_number == number):
        referral_id = await _add(new, ReferralRow, without(referral, "id"))
        for verdict in await read_rows(old, VerdictRow, VerdictRow.referral_id == referral["id"]):
            await _add(new, VerdictRow, without(verdict, "id") | {"referral_id": referral_id})
    await _replace(old, new, (OutcomeRow, *_OF_PERSON), number)


async def _replace(old: ReadSession, new: WriteSession, tables: Sequence[type[RowBase]], number: str) -> None:
    for table in tables:
        of_case = table_of(table).c.case_number == number
        await new.execute(delete(table_of(table)).where(of_case))
        for row in await read_rows(old, table, of_case):
            await new.execute(insert(table_of(table)).values(row))


async def _add(new: WriteSession, row: type[RowBase], values: Values) -> int:
    """Insert a row under the next number; the number."""
    table = table_of(row)
    return int((await new.execute(insert(table).values(values).returning(table.c.id))).scalar_one())


async def _note_keys(new: WriteSession, carried: Carried) -> None:
    for number in carried.numbers:
        of_case = ReferralRow.case_number == number
        carried.tokens |= set(await new.scalars(select(ReferralRow.token).where(of_case)))
        for table in (CaseMessageRow, GroupMessageRow):
            carried.keys |= {row["key"] for row in await read_rows(new, table, table.case_number == number)}
