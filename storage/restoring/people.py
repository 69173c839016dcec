"""People, clinics, members and invitations of a restored database: as they are in the present one.

A membership is changed by the same functions as while the bot runs, so that the trail has an entry for it.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final, cast

from sqlalchemy import CursorResult, exists, insert, select, update
from sqlalchemy.orm import aliased

from storage.clinic.members import Member, grant_role, revoke_member
from storage.clinic.tables import ClinicRow, InviteRow, MemberRow
from storage.database.sessions import ReadSession, WriteSession
from storage.record.people import record_consent
from storage.record.tables import LinkRow
from storage.restoring.tables import Present, Values, key_of, read_rows, without

_PART: Final = ("clinic_id", "subject", "role")


async def carry_people(present: Present, new: WriteSession, *, now: datetime) -> frozenset[int]:
    """Bring people, members and invitations to their present state; the clinics that both databases mean.

    If the present record is not sound, only removals and used invitations are taken from it.
    """
    old = present.session
    clinics = await _carry_clinics(old, new, is_sound=present.is_sound)
    if present.is_sound:
        await _carry_links(old, new)
        await _carry_joined(old, new, clinics)
    await _carry_removed(present, new, now=now)
    await _carry_invites(old, new, clinics if present.is_sound else ())
    return clinics


async def void_invites(session: WriteSession, *, now: datetime) -> int:
    """End every invitation that could still be used, because it may have been used since; their number."""
    unused = update(InviteRow).where(InviteRow.used_at.is_(None), InviteRow.expires_at > now)
    ended = await session.execute(unused.values(expires_at=now))
    return cast("CursorResult[Any]", ended).rowcount


async def _carry_clinics(old: ReadSession, new: WriteSession, *, is_sound: bool) -> frozenset[int]:
    """Update the clinics of the backup and add later ones: a group may have moved to another chat id."""
    known = {row["id"]: row for row in await read_rows(new, ClinicRow)}
    carried = set[int]()
    for row in await read_rows(old, ClinicRow):
        before = known.get(row["id"])
        if before is not None and before["created_at"] != row["created_at"]:
            continue  # another clinic of the same number
        same = ClinicRow.id == row["id"]
        if not is_sound:
            if before is not None and row["has_list"]:
                await new.execute(update(ClinicRow).where(same).values(has_list=True))
        elif await new.scalar(select(ClinicRow.id).where(ClinicRow.chat_ref == row["chat_ref"], ~same)):
            continue
        elif before is None:
            await new.execute(insert(ClinicRow).values(row))
        else:
            await new.execute(update(ClinicRow).where(same).values(without(row, "id")))
        if before is not None or is_sound:
            carried.add(row["id"])
    return frozenset(carried)


async def _carry_links(old: ReadSession, new: WriteSession) -> None:
    """Known people, with language and consent. A person with another subject number keeps the backup's."""
    known = {row["subject"]: row for row in await read_rows(new, LinkRow)}
    other = aliased(LinkRow)
    for row in await read_rows(old, LinkRow):
        subject, ref = row["subject"], row["user_ref"]
        if row == known.get(subject):
            continue
        if subject in known:
            is_free = ~exists().where(other.user_ref == ref, other.subject != subject)
            values = {"user_ref": ref, "language": row["language"]}
            await new.execute(update(LinkRow).where(LinkRow.subject == subject, is_free).values(values))
        elif await new.scalar(select(LinkRow.subject).where(LinkRow.user_ref == ref)) is not None:
            continue
        else:
            blank = {"consent_version": None, "consent_at": None}
            await new.execute(insert(LinkRow).values(row | blank))
        before = known.get(subject, {}).get("consent_at")
        if row["consent_at"] is not None and (before is None or before < row["consent_at"]):
            await record_consent(new, ref, version=row["consent_version"], now=row["consent_at"])


async def _carry_joined(old: ReadSession, new: WriteSession, clinics: Collection[int]) -> None:
    """Grant the roles that were granted since, in their order: a sender who joins a clinic leaves another."""
    before = {key_of(row, _PART): row for row in await read_rows(new, MemberRow)}
    linked = set(await new.scalars(select(LinkRow.subject)))
    joined = [
        row
        for row in await read_rows(old, MemberRow)
        if row["clinic_id"] in clinics
        and row["subject"] in linked
        and ((known := before.get(key_of(row, _PART))) is None or _changed_at(known) < row["since"])
    ]
    for row in sorted(joined, key=lambda each: each["since"]):
        await grant_role(new, row["clinic_id"], row["subject"], row["role"], now=row["since"])


def _changed_at(member: Values) -> datetime:
    at: datetime = member["revoked_at"] or member["since"]
    return at


async def _carry_removed(present: Present, new: WriteSession, *, now: datetime) -> None:
    """Revoke the roles that were revoked since."""
    parts = {key_of(row, _PART): row for row in await read_rows(present.session, MemberRow)}
    for row in await read_rows(new, MemberRow, MemberRow.revoked_at.is_(None)):
        there = parts.get(key_of(row, _PART))
        if there is None and present.is_complete:
            await revoke_member(new, Member(**row), now=now)
        elif there is not None and there["revoked_at"] is not None and there["revoked_at"] >= row["since"]:
            await revoke_member(new, Member(**row), now=there["revoked_at"])


async def _carry_invites(old: ReadSession, new: WriteSession, clinics: Collection[int]) -> None:
    """Close what was used or ended since, and add the invitations that these clinics made since."""
    known = {row["token_hash"]: row for row in await read_rows(new, InviteRow)}
    for row in await read_rows(old, InviteRow):
        before: Values | None = known.get(row["token_hash"])
        if before is None and row["clinic_id"] in clinics:
            await new.execute(insert(InviteRow).values(without(row, "id")))
        elif before is not None:
            ends = min(row["expires_at"], before["expires_at"])
            values = {"used_at": before["used_at"] or row["used_at"], "expires_at": ends}
            await new.execute(update(InviteRow).where(InviteRow.id == before["id"]).values(values))
