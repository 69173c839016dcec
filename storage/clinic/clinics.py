"""Clinics and their members. Chat ids come sealed; people are subject numbers."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast

from sqlalchemy import Select, Table, bindparam, func, select

from storage.clinic.tables import ClinicRow, MemberRow
from storage.database.base import literally
from storage.database.sessions import ReadSession, WriteSession

Session = ReadSession | WriteSession
Role = Literal["sender", "dermatologist"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clinic:
    """A group or channel that the bot posts to."""

    id: int
    title: bytes  # sealed
    chat: bytes  # sealed
    kind: str  # "group" or "channel"
    language: str
    state: str  # "linked" or "lost"
    has_list: bool  # since the first accepted invitation to answer: only listed dermatologists may
    created_at: datetime

    @property
    def is_linked(self) -> bool:
        """Whether the bot can post there."""
        return self.state == "linked"


async def get_clinic(session: Session, clinic_id: int) -> Clinic | None:
    """One clinic, linked or lost."""
    return await _one(session, select(ClinicRow).where(ClinicRow.id == clinic_id))


async def find_clinic_of_chat(session: Session, chat_refs: tuple[bytes, ...]) -> Clinic | None:
    """The clinic of a chat, by the keyed hashes of its id (`Keyring.chat_refs`)."""
    return await _one(session, select(ClinicRow).where(ClinicRow.chat_ref.in_(chat_refs)))


async def find_clinic_of_sender(session: Session, subject: str) -> Clinic | None:
    """The clinic that this sender belongs to, linked or lost."""
    row = await session.scalar(_OF_SENDER, {"sender": subject})
    return None if row is None else to_clinic(row)


async def find_only_clinic(session: Session) -> Clinic | None:
    """The linked clinic, if there is exactly one: with open access everyone asks it."""
    rows = (await session.scalars(_LINKED)).all()
    return to_clinic(rows[0]) if len(rows) == 1 else None


async def can_be_asked(session: Session, subject: str, *, by_anyone: bool) -> bool:
    """Whether there is a clinic that this sender may ask: their own or, by anyone, the only one."""
    own_state, linked = (await session.execute(_ASKED, {"sender": subject})).one()
    return own_state == "linked" if own_state is not None else by_anyone and linked == 1


async def list_dermatologists(session: Session, clinic_id: int) -> frozenset[str]:
    """The subject numbers on the clinic's list; without a list (`Clinic.has_list`) everyone there answers."""
    rows = await session.scalars(
        select(MemberRow.subject).where(
            MemberRow.clinic_id == clinic_id,
            MemberRow.role == "dermatologist",
            MemberRow.revoked_at.is_(None),
        )
    )
    return frozenset(rows)


_MINE = select(MemberRow.clinic_id).where(
    MemberRow.subject == bindparam("sender"), MemberRow.role == "sender", MemberRow.revoked_at.is_(None)
)
_OF_SENDER = select(ClinicRow).where(ClinicRow.id.in_(_MINE))  # put together once: asked with every photo
_LINKED = select(ClinicRow).where(ClinicRow.state == "linked").limit(2)
_CLINICS, _MEMBERS = (cast("Table", row.__table__) for row in (ClinicRow, MemberRow))
_ASKED = select(  # one statement of plain columns: this is what each photo asks
    select(_CLINICS.c.state)
    .where(
        _CLINICS.c.id == _MEMBERS.c.clinic_id,
        _MEMBERS.c.subject == bindparam("sender"),
        _MEMBERS.c.role == literally("sender"),
        _MEMBERS.c.revoked_at.is_(None),
    )
    .limit(1)
    .scalar_subquery(),
    select(func.count())
    .select_from(select(_CLINICS.c.id).where(_CLINICS.c.state == literally("linked")).limit(2).subquery())
    .scalar_subquery(),
)


async def _one(session: Session, statement: Select[ClinicRow]) -> Clinic | None:
    row = await session.scalar(statement)
    return None if row is None else to_clinic(row)


def to_clinic(row: ClinicRow) -> Clinic:
    """The clinic of a row."""
    return Clinic(
        id=row.id,
        title=row.title,
        chat=row.chat,
        kind=row.kind,
        language=row.language,
        state=row.state,
        has_list=row.has_list,
        created_at=row.created_at,
    )
