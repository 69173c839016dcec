"""What a restored database takes from the present one besides its queues.

The record goes back to the backup. What concerns other people does not: erasures, withdrawals, members,
invitations, and requests to clinics stay as they are today.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from storage.database.errors import AuditBroken
from storage.database.sessions import ReadSession, WriteSession
from storage.erasures import Journal, erase_person
from storage.record.audit import verify
from storage.record.tables import AuditRow, LinkRow
from storage.restoring.cases import Carried, carry_cases
from storage.restoring.people import carry_people
from storage.restoring.withdrawals import withdraw_again


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedOver:
    """What was taken from the present database."""

    cases: Carried
    forgotten: int  # people whose erasure its trail notes
    stopped: int  # lesions whose photos are no longer followed
    is_sound: bool  # whether its trail holds; if not, only removals and withdrawals were taken


async def carry_over(old: ReadSession, new: WriteSession, *, journal: Journal, now: datetime) -> CarriedOver:
    """Bring a restored database to the present state in all that concerns other people.

    Once this is committed, call `Database.erase_traces`.
    """
    try:
        await verify(old)
        is_sound = True
    except AuditBroken:
        is_sound = False
    forgotten = await _erase_again(old, new, journal=journal, now=now)
    clinics = await carry_people(old, new, is_sound=is_sound, now=now)
    cases = await carry_cases(old, new, clinics=clinics, is_sound=is_sound)
    stopped = await withdraw_again(old, new, now=now)
    return CarriedOver(cases=cases, forgotten=forgotten, stopped=stopped, is_sound=is_sound)


async def _erase_again(old: ReadSession, new: WriteSession, *, journal: Journal, now: datetime) -> int:
    """Erase people whose erasure the present trail notes: the journal may have been lost."""
    erased = set(await old.scalars(select(AuditRow.subject).where(AuditRow.kind == "erasure")))
    erased -= set(await old.scalars(select(LinkRow.subject)))
    links = (await new.execute(select(LinkRow.user_ref, LinkRow.subject))).all()
    back = [user_ref for user_ref, subject in links if subject in erased]
    for user_ref in back:
        await erase_person(new, user_ref, journal=journal, now=now)
    return len(back)
