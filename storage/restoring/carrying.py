"""What a restored database takes from the present one besides its queues.

The record goes back to the backup. What concerns other people does not: erasures, withdrawals, members,
invitations, and requests to clinics stay as they are today.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, select

from storage.database.errors import AuditBroken
from storage.database.sessions import ReadSession, WriteSession
from storage.erasures import Journal, erase_person
from storage.record.audit import verify
from storage.record.tables import AuditRow, LinkRow
from storage.restoring.cases import Carried, carry_cases, list_unknown_requests
from storage.restoring.people import carry_people
from storage.restoring.tables import Present
from storage.restoring.withdrawals import withdraw_again


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedOver:
    """What was taken from the present database.

    `is_related` is false if it has nothing that happened since the backup: it is older, or was made after a
    loss. Then `cases` only names the cases with a request that the restored record does not have.
    """

    cases: Carried
    forgotten: int = 0  # people who were erased again, by the journal or by its trail
    stopped: int = 0  # lesions whose photos are no longer followed
    is_sound: bool = True  # whether its trail holds; if not, only removals and withdrawals were taken
    is_related: bool = True


async def carry_over(old: ReadSession, new: WriteSession, *, journal: Journal, now: datetime) -> CarriedOver:
    """Bring a restored database to the present state in all that concerns other people.

    Both trails are compared before anyone is erased, which adds entries to the restored one. People are
    erased before anything is copied, so that a person who came back is not mixed up with the one who was
    forgotten. Once this is committed, call `Database.erase_traces`.
    """
    is_complete = await _continues(old, new)
    is_related = is_complete or await _is_forked(old, new)
    last_entry = await new.scalar(_LAST_ID) or 0
    forgotten = await journal.replay(new, now=now)
    if not is_related:
        left = await list_unknown_requests(old, new)
        return CarriedOver(cases=Carried(left=left), forgotten=forgotten, is_related=False)
    is_sound = await _is_sound(old)
    present = Present(session=old, is_sound=is_sound, is_complete=is_complete, last_entry=last_entry)
    forgotten += await _erase_again(old, new, journal=journal, now=now)
    clinics = await carry_people(present, new, now=now)
    cases = await carry_cases(present, new, clinics=clinics)
    stopped = await withdraw_again(present, new, now=now)
    return CarriedOver(cases=cases, forgotten=forgotten, stopped=stopped, is_sound=present.is_sound)


async def _is_sound(old: ReadSession) -> bool:
    try:
        await verify(old)
    except AuditBroken:
        return False
    return True


async def _continues(old: ReadSession, new: WriteSession) -> bool:
    """Whether the present trail contains that of the backup, to its last entry."""
    last = await new.scalar(_LAST)
    return last is None or await old.scalar(_HAS, {"hash": last}) is not None


async def _is_forked(old: ReadSession, new: WriteSession) -> bool:
    """Whether both trails begin with the same entry, and each has entries that the other lacks."""
    first, last = await old.scalar(_FIRST), await old.scalar(_LAST)
    return first == await new.scalar(_FIRST) and await new.scalar(_HAS, {"hash": last}) is None


_FIRST: Final = select(AuditRow.hash).order_by(AuditRow.id).limit(1)
_LAST_ID: Final = select(AuditRow.id).order_by(AuditRow.id.desc()).limit(1)
_LAST: Final = select(AuditRow.hash).order_by(AuditRow.id.desc()).limit(1)
_HAS: Final = select(AuditRow.id).where(AuditRow.hash == bindparam("hash"))


async def _erase_again(old: ReadSession, new: WriteSession, *, journal: Journal, now: datetime) -> int:
    """Erase people whose erasure the present trail notes: the journal may have been lost."""
    erased = set(await old.scalars(select(AuditRow.subject).where(AuditRow.kind == "erasure")))
    erased -= set(await old.scalars(select(LinkRow.subject)))
    links = (await new.execute(select(LinkRow.user_ref, LinkRow.subject))).all()
    back = [user_ref for user_ref, subject in links if subject in erased]
    for user_ref in back:
        await erase_person(new, user_ref, journal=journal, now=now)
    return len(back)
