"""Notifies the admins when a clinic's list of dermatologists becomes empty: nobody there may answer then."""

from collections.abc import Sequence
from functools import partial

from bot.clinic.admin_notices import notify_admins
from bot.clinic.chats import open_title
from bot.conversation.clinics import Changes
from bot.conversation.context import Services
from bot.delivery.outgoing import Outgoing, Record
from storage.clinic.clinics import Clinic, get_clinic, list_dermatologists
from storage.clinic.members import keep_list, list_parts


async def notify_of_empty_lists(services: Services, subject: str) -> Changes:
    """The messages for each clinic whose only listed dermatologist is about to be forgotten."""
    async with services.database.read() as session:
        parts = await list_parts(session, subject)
        clinics = [await get_clinic(session, each.clinic_id) for each in parts if each.role != "sender"]
    messages: list[Outgoing] = []
    records: list[Record] = []
    for clinic in clinics:
        if clinic is not None and await is_only_one(services, clinic, subject):
            key, title = f"clinic:{clinic.id}:empty-list:{subject}:admin", open_title(services, clinic)
            messages += await notify_admins(services, key, "list-empty", clinic=title)
            records.append(partial(keep_list, clinic_id=clinic.id))
    return tuple(messages), tuple(records)


async def is_only_one(services: Services, clinic: Clinic, subject: str) -> bool:
    """Whether this person is the only one on the clinic's list."""
    async with services.database.read() as session:
        listed: Sequence[str] = tuple(await list_dermatologists(session, clinic.id))
    return listed == (subject,)
