"""`/members`: who belongs to which clinic, for admins; a person is a subject number.

A name is shown only if Telegram returns it now: for administrators of the clinic's chat.
"""

from functools import partial
from typing import Final

from telegram.error import BadRequest, Forbidden

from bot.clinic.admin_notices import write_to_admins
from bot.clinic.chats import open_chat_id, open_title
from bot.clinic.empty_list import is_only_one
from bot.conversation.access import is_admin, log_refusal
from bot.conversation.callback_data import Press
from bot.conversation.request import Reply, Request
from bot.delivery.outgoing import Button, Keyboard, Outgoing, Record
from bot.texts import Html, join_lines
from storage.clinic.clinics import Clinic, get_clinic
from storage.clinic.links import list_clinics
from storage.clinic.members import count_members, get_member, keep_list, list_members, revoke_member
from storage.record.people import find_person

PAGE_SIZE: Final = 8


async def show_members(request: Request) -> Reply:
    """`/members`: the clinics, or the members of the only one."""
    async with request.services.database.read() as session:
        clinics = await list_clinics(session)
    if not clinics:
        return request.answer("clinic-none")
    if len(clinics) == 1:
        text, keyboard = await _write_page(request, clinics[0], 0)
        return Reply(messages=(request.message(text, keyboard=keyboard),))
    rows = tuple(
        (Button(text=open_title(request.services, clinic), data=f"m:p:{clinic.id}:0"),) for clinic in clinics
    )
    return Reply(messages=(request.message(request.say("members-which"), keyboard=rows),))


async def press_member(request: Request, press: Press) -> Reply:
    """Turn a page, ask before someone is removed, remove them."""
    first, second = press.number(1), press.number(2)
    if not is_admin(request) or first is None or second is None:
        log_refusal(request, "no admin")
        return Reply(notice=request.say("something-old"))
    if press.argument(0) == "p":
        async with request.services.database.read() as session:
            clinic = await get_clinic(session, first)
        if clinic is None:
            return Reply(notice=request.say("something-old"))
        text, keyboard = await _write_page(request, clinic, second)
        return Reply(messages=(request.edit(press.message_id, text, keyboard=keyboard),))
    async with request.services.database.read() as session:
        member = await get_member(session, first)
        clinic = await get_clinic(session, member.clinic_id) if member else None
    if member is None or clinic is None or member.revoked_at is not None:
        return Reply(notice=request.say("something-old"))
    if press.argument(0) == "y":
        back = Button(text=request.say("button-back"), data=f"m:p:{member.clinic_id}:0")
        removed = request.say("members-removed", subject=member.subject)
        notices: tuple[Outgoing, ...] = ()
        records: tuple[Record, ...] = (partial(revoke_member, member=member, now=request.now()),)
        is_listed = member.role == "dermatologist"
        if is_listed and await is_only_one(request.services, clinic, member.subject):
            title = open_title(request.services, clinic)
            notices = await write_to_admins(request, "list-empty", clinic=title)
            records = (*records, partial(keep_list, clinic_id=clinic.id))
        edited = request.edit(press.message_id, removed, keyboard=((back,),))
        return Reply(messages=(edited, *notices), records=records)
    keyboard = (
        (Button(text=request.say("members-remove"), data=f"m:y:{member.id}:0"),),
        (Button(text=request.say("members-keep"), data=f"m:p:{clinic.id}:0"),),
    )
    title = open_title(request.services, clinic)
    text = request.say(f"members-ask-{member.role}", subject=member.subject, clinic=title)
    return Reply(messages=(request.edit(press.message_id, text, keyboard=keyboard),))


async def _write_page(request: Request, clinic: Clinic, offset: int) -> tuple[Html, Keyboard]:
    async with request.services.database.read() as session:
        count = await count_members(session, clinic.id)
        members = await list_members(session, clinic.id, limit=PAGE_SIZE, offset=offset)
    names = await _read_names(request, clinic) if members else {}
    title = request.say(
        "members-title",
        clinic=open_title(request.services, clinic),
        state=request.say(f"clinic-state-{clinic.state}"),
        count=count,
    )
    rows = join_lines(
        request.say(
            f"members-row-{each.role}", subject=each.subject, name=names.get(each.subject, ""), at=each.since
        )
        for each in members
    )
    turns = []
    if offset:
        turns.append((request.say("members-previous"), max(offset - PAGE_SIZE, 0)))
    if offset + PAGE_SIZE < count:
        turns.append((request.say("members-next"), offset + PAGE_SIZE))
    keyboard = [
        *(
            (Button(text=request.say("members-button", subject=each.subject), data=f"m:a:{each.id}:0"),)
            for each in members
        ),
        tuple(Button(text=text, data=f"m:p:{clinic.id}:{start}") for text, start in turns),
    ]
    text = join_lines((title, rows, request.say("members-note")), gap="\n\n")
    return text, tuple(row for row in keyboard if row)


async def _read_names(request: Request, clinic: Clinic) -> dict[str, str]:
    """Names of the people that Telegram lists: administrators of the chat who are known here."""
    try:
        administrators = await request.bot.get_chat_administrators(open_chat_id(request.services, clinic))
    except (BadRequest, Forbidden):
        return {}
    names = {}
    async with request.services.database.read() as session:
        for each in administrators:
            person = await find_person(session, request.services.keyring.user_ref(each.user.id))
            if person is not None:
                names[person.subject] = each.user.full_name
    return names
