"""Members of clinics, and the invitations that let them in. People are subject numbers.

A sender belongs to one clinic: a new invitation moves them. An invitation is kept as the SHA-256 of its
token, which has 192 random bits, so that the hash needs no key.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, func, select, update

from storage.clinic.clinics import Role
from storage.clinic.tables import ClinicRow, InviteRow, MemberRow
from storage.database.errors import Conflict
from storage.database.sessions import ReadSession, WriteSession
from storage.record.audit import AuditEntry, append

Session = ReadSession | WriteSession
INVITES_KEPT: Final = timedelta(days=30)  # after they ran out: so that an old link is still known as such


@dataclass(frozen=True, slots=True, kw_only=True)
class NewInvite:
    """An invitation to be made."""

    token: str
    clinic_id: int
    role: Role
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Invite:
    """The role that a link grants, and until when."""

    clinic_id: int
    role: str
    expires_at: datetime
    used_at: datetime | None

    def is_open(self, now: datetime) -> bool:
        """Whether it can still be used."""
        return self.used_at is None and now < self.expires_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A person's part in a clinic."""

    id: int
    clinic_id: int
    subject: str
    role: str
    since: datetime
    revoked_at: datetime | None


def hash_token(token: str) -> bytes:
    """The hash of a link in the database (32 bytes)."""
    return hashlib.sha256(f"nevus invite {token}".encode()).digest()


async def add_invite(session: WriteSession, invite: NewInvite, *, now: datetime) -> None:
    """Remember a link that was made; links that ran out long ago are forgotten."""
    await session.execute(delete(InviteRow).where(InviteRow.expires_at < now - INVITES_KEPT))
    session.add(
        InviteRow(
            token_hash=hash_token(invite.token),
            clinic_id=invite.clinic_id,
            role=invite.role,
            created_at=now,
            expires_at=invite.expires_at,
        )
    )
    await session.flush()


async def find_invite(session: Session, token: str) -> Invite | None:
    """The invitation behind a link, used and expired ones too."""
    row = await session.scalar(select(InviteRow).where(InviteRow.token_hash == hash_token(token)))
    if row is None:
        return None
    return Invite(clinic_id=row.clinic_id, role=row.role, expires_at=row.expires_at, used_at=row.used_at)


async def redeem_invite(session: WriteSession, token: str, *, subject: str, now: datetime) -> None:
    """Use a link up and make the person a member. Of two that use it at once, one is let in.

    Raises:
        Conflict: it was used, ran out, or never existed; nothing was written.
    """
    used = await session.execute(
        update(InviteRow)
        .where(InviteRow.token_hash == hash_token(token))
        .where(InviteRow.used_at.is_(None), InviteRow.expires_at > now)
        .values(used_at=now)
        .returning(InviteRow.clinic_id, InviteRow.role)
    )
    invite = used.one_or_none()
    if invite is None:
        raise Conflict("The invitation cannot be used any more.")
    clinic_id, role = invite
    await grant_role(session, clinic_id, subject, role, now=now)


async def grant_role(
    session: WriteSession, clinic_id: int, subject: str, role: str, *, now: datetime
) -> None:
    """Make a person a member, or a member again. A sender leaves their clinic for this one."""
    if role == "dermatologist":
        await keep_list(session, clinic_id)
    if role == "sender":
        others = (MemberRow.subject == subject, MemberRow.role == role, MemberRow.clinic_id != clinic_id)
        await session.execute(
            update(MemberRow).where(*others, MemberRow.revoked_at.is_(None)).values(revoked_at=now)
        )
    # Grant a role, or grant a revoked one again.
    part = (MemberRow.clinic_id == clinic_id, MemberRow.subject == subject, MemberRow.role == role)
    found = await session.execute(
        update(MemberRow).where(*part).values(revoked_at=None, since=now).returning(MemberRow.id)
    )
    if found.scalar_one_or_none() is None:
        session.add(MemberRow(clinic_id=clinic_id, subject=subject, role=role, since=now))
        await session.flush()
    payload = {"what": "joined", "clinic": clinic_id, "role": role}
    await append(session, AuditEntry(kind="member", subject=subject, payload=payload), now=now)


async def keep_list(session: WriteSession, clinic_id: int) -> None:
    """Remember that the clinic has a list of dermatologists, even when nobody is on it any more."""
    await session.execute(update(ClinicRow).where(ClinicRow.id == clinic_id).values(has_list=True))


async def list_members(session: Session, clinic_id: int, *, limit: int, offset: int = 0) -> Sequence[Member]:
    """Members who were not removed: dermatologists first, then by the time they came."""
    statement = select(MemberRow).where(MemberRow.clinic_id == clinic_id, MemberRow.revoked_at.is_(None))
    ordered = statement.order_by(MemberRow.role, MemberRow.id).limit(limit).offset(offset)
    return [_to_member(row) for row in await session.scalars(ordered)]


async def count_members(session: Session, clinic_id: int) -> int:
    """How many were not removed."""
    statement = select(func.count()).where(MemberRow.clinic_id == clinic_id, MemberRow.revoked_at.is_(None))
    return await session.scalar(statement) or 0


async def list_parts(session: Session, subject: str) -> Sequence[Member]:
    """Every part that a person has or had in a clinic, in the order in which they came."""
    rows = await session.scalars(select(MemberRow).where(MemberRow.subject == subject).order_by(MemberRow.id))
    return [_to_member(row) for row in rows]


async def get_member(session: Session, member_id: int) -> Member | None:
    """One person's part, removed ones too."""
    row = await session.get(MemberRow, member_id)
    return None if row is None else _to_member(row)


async def revoke_member(session: WriteSession, member: Member, *, now: datetime) -> None:
    """Revoke a person's role; a new invitation grants it again."""
    changed = await session.execute(
        update(MemberRow)
        .where(MemberRow.id == member.id, MemberRow.revoked_at.is_(None))
        .values(revoked_at=now)
        .returning(MemberRow.id)
    )
    if changed.scalar_one_or_none() is None:
        return
    payload = {"what": "removed", "clinic": member.clinic_id, "role": member.role}
    await append(session, AuditEntry(kind="member", subject=member.subject, payload=payload), now=now)


async def is_member(session: Session, subject: str) -> bool:
    """Whether the person has a part in any clinic, as sender or as dermatologist."""
    statement = select(MemberRow.id).where(MemberRow.subject == subject, MemberRow.revoked_at.is_(None))
    return await session.scalar(statement.limit(1)) is not None


async def is_removed(session: Session, clinic_id: int, subject: str) -> bool:
    """Whether the person was a dermatologist of this clinic and is not any more."""
    statement = select(MemberRow.id).where(
        MemberRow.clinic_id == clinic_id,
        MemberRow.subject == subject,
        MemberRow.role == "dermatologist",
        MemberRow.revoked_at.is_not(None),
    )
    return await session.scalar(statement) is not None


def _to_member(row: MemberRow) -> Member:
    return Member(
        id=row.id,
        clinic_id=row.clinic_id,
        subject=row.subject,
        role=row.role,
        since=row.since,
        revoked_at=row.revoked_at,
    )
