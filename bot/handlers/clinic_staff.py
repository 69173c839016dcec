"""Who may answer in a clinic: asked of Telegram at each press, kept nowhere."""

from typing import Final, Literal

from telegram import ChatMember, ChatMemberAdministrator, ChatMemberOwner
from telegram.error import BadRequest, Forbidden
from telegram.ext import ExtBot

from bot.conversation.request import Visit
from bot.handlers.clinic_chats import open_chat_id
from storage.clinics import Clinic, list_dermatologists
from storage.members import is_removed

GONE: Final = (ChatMember.LEFT, ChatMember.BANNED)
Standing = Literal["may", "anonymous", "outsider"]


async def judge_presser(visit: Visit, clinic: Clinic) -> Standing:
    """Whether this person may claim and answer there.

    They are in the clinic's chat, by name, and on its list of dermatologists where it has one. In a channel
    without a list administrators only: subscribers are no dermatologists.

    Raises:
        TelegramError: Telegram cannot be asked now; the turn comes again.
    """
    member = await _find_member(visit.bot, open_chat_id(visit.services, clinic), visit.user_id)
    if member is None or not _is_inside(member):
        return "outsider"
    if isinstance(member, (ChatMemberOwner, ChatMemberAdministrator)) and member.is_anonymous:
        return "anonymous"
    subject = visit.person.subject if visit.person else None
    async with visit.services.database.read() as session:
        listed = await list_dermatologists(session, clinic.id)
        if subject is not None and await is_removed(session, clinic.id, subject):
            return "outsider"
    if listed:
        return "may" if subject in listed else "outsider"
    if clinic.kind == "channel" and not isinstance(member, (ChatMemberOwner, ChatMemberAdministrator)):
        return "outsider"
    return "may"


async def find_name(bot: ExtBot[None], chat_id: int, user_id: int | None) -> str | None:
    """What a member is called at the moment; None where Telegram does not say."""
    if user_id is None:
        return None
    member = await _find_member(bot, chat_id, user_id)
    return member.user.full_name if member is not None else None


def _is_inside(member: ChatMember) -> bool:
    return member.status not in GONE and getattr(member, "is_member", True)


async def _find_member(bot: ExtBot[None], chat_id: int, user_id: int) -> ChatMember | None:
    try:
        return await bot.get_chat_member(chat_id, user_id)
    except (BadRequest, Forbidden):
        return None
