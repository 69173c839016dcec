"""Invitations: an admin makes a link, one person uses it once."""

import secrets
from datetime import timedelta
from typing import Final

from bot.clinic.admin_notices import keep_language, write_to_admins
from bot.clinic.chats import open_title
from bot.conversation.access import is_admin, log_refusal
from bot.conversation.callback_data import Press
from bot.conversation.consent import terms_keyboard, write_terms
from bot.conversation.request import Reply, Visit
from bot.delivery.outgoing import Button, Outgoing, Record
from storage.clinic.clinics import Clinic, Role, get_clinic
from storage.clinic.links import list_clinics
from storage.clinic.members import NewInvite, add_invite, find_invite, is_member, redeem_invite
from storage.database.sessions import WriteSession
from storage.record.people import ensure_person

PREFIX: Final = "inv_"
TOKEN_BYTES: Final = 24  # 32 signs; a start parameter takes 64
ROLES: Final[dict[str, Role]] = {"s": "sender", "d": "dermatologist"}


async def ask_invite(visit: Visit) -> Reply:
    """`/invite`: for which clinic, and as what."""
    async with visit.services.database.read() as session:
        clinics = [clinic for clinic in await list_clinics(session) if clinic.is_linked]
    if not clinics:
        return visit.answer("clinic-none")
    rows = tuple(
        (Button(text=_label(visit, clinic, role, alone=len(clinics) == 1), data=f"i:{clinic.id}:{letter}"),)
        for clinic in clinics
        for letter, role in ROLES.items()
    )
    return Reply(messages=(visit.message(visit.say("invite-ask"), keyboard=rows),))


async def make_invite(visit: Visit, press: Press) -> Reply:
    """Make a link and show it, once."""
    role = ROLES.get(press.argument(1))
    number = press.number(0)
    clinic = None if number is None or not is_admin(visit) else await _find_linked(visit, number)
    if role is None or clinic is None:
        log_refusal(visit, "no invitation")
        return Reply(notice=visit.say("something-old"))
    hours = visit.services.settings.invite_hours
    token, expires_at = secrets.token_urlsafe(TOKEN_BYTES), visit.now() + timedelta(hours=hours)
    invite = NewInvite(token=token, clinic_id=clinic.id, role=role, expires_at=expires_at)
    text = visit.say(
        f"invite-made-{role}",
        clinic=open_title(visit.services, clinic),
        link=f"https://t.me/{visit.bot.username}?start={PREFIX}{token}",
        at=expires_at,
    )
    records = (_invitation(visit, invite), *keep_language(visit))
    return Reply(messages=(visit.edit(press.message_id, text),), records=records)


async def redeem(visit: Visit, payload: str) -> Reply:
    """`/start inv_...`: let the person in, or say kindly that the link is of no use."""
    token = payload.removeprefix(PREFIX)
    async with visit.services.database.read() as session:
        invite = await find_invite(session, token)
        clinic = await get_clinic(session, invite.clinic_id) if invite else None
        is_in = visit.person is not None and await is_member(session, visit.person.subject)
    if invite is None or clinic is None or not invite.is_open(visit.now()):
        log_refusal(visit, "closed invitation")
        return visit.answer("invite-used" if is_in else "invite-closed")
    title = open_title(visit.services, clinic)
    welcome = visit.message(visit.say(f"invite-welcome-{invite.role}", clinic=title), name="welcome")
    told = await _tell_admins(visit, invite.role, title=title)
    if invite.role != "sender" or visit.has_consented:
        return Reply(messages=(welcome, *told), records=(_entry(visit, token),))
    terms = visit.message(write_terms(visit), keyboard=terms_keyboard(visit))
    return Reply(messages=(welcome, terms, *told), records=(_entry(visit, token),))


async def _tell_admins(visit: Visit, role: str, *, title: str) -> tuple[Outgoing, ...]:
    """That somebody came in: never who, which Telegram alone knows."""
    return () if is_admin(visit) else await write_to_admins(visit, f"invite-taken-{role}", clinic=title)


def _label(visit: Visit, clinic: Clinic, role: Role, *, alone: bool) -> str:
    what = visit.say(f"invite-button-{role}")
    return what if alone else f"{what} · {open_title(visit.services, clinic)}"


async def _find_linked(visit: Visit, number: int) -> Clinic | None:
    async with visit.services.database.read() as session:
        clinic = await get_clinic(session, number)
    return clinic if clinic is not None and clinic.is_linked else None


def _invitation(visit: Visit, invite: NewInvite) -> Record:
    async def record(session: WriteSession) -> None:
        await add_invite(session, invite, now=visit.now())

    return record


def _entry(visit: Visit, token: str) -> Record:
    """Lost to someone quicker, the turn comes again and finds the invitation used."""

    async def record(session: WriteSession) -> None:
        person = await ensure_person(session, visit.user_ref, now=visit.now())
        await redeem_invite(session, token, subject=person.subject, now=visit.now())

    return record
