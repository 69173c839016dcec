"""Invitations: an admin makes a link, one person uses it once."""

import secrets
from datetime import timedelta
from functools import partial
from typing import Final

from bot.clinic.admin_notices import keep_language, write_to_admins
from bot.clinic.chats import open_title
from bot.conversation.access import is_admin, log_refusal
from bot.conversation.callback_data import Press
from bot.conversation.consent import terms_keyboard, write_terms
from bot.conversation.request import Reply, Request
from bot.delivery.outgoing import Button, Outgoing, Record
from storage.clinic.clinics import Clinic, Role, get_clinic
from storage.clinic.links import list_clinics
from storage.clinic.members import NewInvite, add_invite, find_invite, is_member, redeem_invite
from storage.database.sessions import WriteSession
from storage.record.people import ensure_person

PREFIX: Final = "inv_"
TOKEN_BYTES: Final = 24  # 32 signs; a start parameter takes 64
ROLES: Final[dict[str, Role]] = {"s": "sender", "d": "dermatologist"}


async def ask_invite(request: Request) -> Reply:
    """`/invite`: for which clinic, and as what."""
    async with request.services.database.read() as session:
        clinics = [clinic for clinic in await list_clinics(session) if clinic.is_linked]
    if not clinics:
        return request.answer("clinic-none")
    rows = tuple(
        (Button(text=_label(request, clinic, role, alone=len(clinics) == 1), data=f"i:{clinic.id}:{letter}"),)
        for clinic in clinics
        for letter, role in ROLES.items()
    )
    return Reply(messages=(request.message(request.say("invite-ask"), keyboard=rows),))


async def make_invite(request: Request, press: Press) -> Reply:
    """Make a link and show it, once."""
    role = ROLES.get(press.argument(1))
    number = press.number(0)
    clinic = None if number is None or not is_admin(request) else await _find_linked(request, number)
    if role is None or clinic is None:
        log_refusal(request, "no invitation")
        return Reply(notice=request.say("something-old"))
    hours = request.services.settings.invite_hours
    token, expires_at = secrets.token_urlsafe(TOKEN_BYTES), request.now() + timedelta(hours=hours)
    invite = NewInvite(token=token, clinic_id=clinic.id, role=role, expires_at=expires_at)
    text = request.say(
        f"invite-made-{role}",
        clinic=open_title(request.services, clinic),
        link=f"https://t.me/{request.bot.username}?start={PREFIX}{token}",
        at=expires_at,
    )
    record = partial(add_invite, invite=invite, now=request.now())
    return Reply(messages=(request.edit(press.message_id, text),), records=(record, *keep_language(request)))


async def redeem(request: Request, payload: str) -> Reply:
    """`/start inv_...`: let the person in, or explain that the link is not valid."""
    token = payload.removeprefix(PREFIX)
    async with request.services.database.read() as session:
        invite = await find_invite(session, token)
        clinic = await get_clinic(session, invite.clinic_id) if invite else None
        is_in = request.person is not None and await is_member(session, request.person.subject)
    if invite is None or clinic is None or not invite.is_open(request.now()):
        log_refusal(request, "closed invitation")
        return request.answer("invite-used" if is_in else "invite-closed")
    title = open_title(request.services, clinic)
    welcome = request.message(request.say(f"invite-welcome-{invite.role}", clinic=title), name="welcome")
    notices: tuple[Outgoing, ...] = ()
    if not is_admin(request):  # they know that somebody came in, never who: Telegram alone knows
        notices = await write_to_admins(request, f"invite-taken-{invite.role}", clinic=title)
    if invite.role != "sender" or request.has_consented:
        return Reply(messages=(welcome, *notices), records=(_entry(request, token),))
    terms = request.message(write_terms(request), keyboard=terms_keyboard(request))
    return Reply(messages=(welcome, terms, *notices), records=(_entry(request, token),))


def _label(request: Request, clinic: Clinic, role: Role, *, alone: bool) -> str:
    what = request.say(f"invite-button-{role}")
    return what if alone else f"{what} · {open_title(request.services, clinic)}"


async def _find_linked(request: Request, number: int) -> Clinic | None:
    async with request.services.database.read() as session:
        clinic = await get_clinic(session, number)
    return clinic if clinic is not None and clinic.is_linked else None


def _entry(request: Request, token: str) -> Record:
    """If someone was quicker, the turn is retried and finds the invitation used."""

    async def record(session: WriteSession) -> None:
        person = await ensure_person(session, request.user_ref, now=request.now())
        await redeem_invite(session, token, subject=person.subject, now=request.now())

    return record
