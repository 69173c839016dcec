"""The bot's membership in groups and channels: added, promoted, demoted, removed."""

from dataclasses import replace

from telegram import Chat, ChatMember, ChatMemberUpdated

from bot.clinic.admin_notices import write_to_admins
from bot.clinic.blocking import note_blocking
from bot.clinic.chats import KINDS, Prospect, can_post, open_title
from bot.clinic.linking import link_question
from bot.clinic.notices import notify_of_lost_referrals
from bot.conversation.access import is_admin
from bot.conversation.menus import withdraw_for_clinic
from bot.conversation.request import Effect, Reply, Request
from storage.clinic.clinics import find_clinic_of_chat
from storage.clinic.links import lose_clinic
from storage.clinic.referrals import list_waiting
from storage.database.sessions import WriteSession

GONE = (ChatMember.LEFT, ChatMember.BANNED)


async def note_standing(request: Request, change: ChatMemberUpdated) -> Reply:
    """Ask an admin who added the bot; notify everyone concerned when a clinic cannot be reached any more."""
    kind = KINDS.get(change.chat.type)
    if kind is None:
        return await note_blocking(request, change)  # a private chat
    async with request.services.database.read() as session:
        clinic = await find_clinic_of_chat(session, request.services.keyring.chat_refs(change.chat.id))
    is_ready = can_post(change.new_chat_member, kind)
    if clinic is not None and clinic.is_linked and not is_ready:
        title = open_title(request.services, clinic)
        async with request.services.database.read() as session:
            waiting = await list_waiting(session, clinic.id)
        admins = await write_to_admins(request, "clinic-lost", clinic=title)

        async def record(session: WriteSession) -> None:
            await lose_clinic(session, clinic.id, now=request.now())

        return Reply(
            messages=(*admins, *notify_of_lost_referrals(request.services, waiting)),
            records=(record,),
            effects=_withdraw_menu(request, change),
        )
    if change.new_chat_member.status in GONE or (clinic and clinic.is_linked):
        return Reply()
    # A clinic that was lost: its menu may still stand in the group, which could not be reached meanwhile.
    effects = () if clinic is None else _withdraw_menu(request, change)
    if not is_admin(request):
        return Reply(effects=effects)
    prospect = Prospect(
        chat_id=change.chat.id,
        title=change.chat.title or "",
        kind=kind,
        is_asker_admin=True,
        is_bot_ready=is_ready,
    )
    in_private = replace(request, chat_id=request.user_id, is_private=True)
    if is_ready:
        return Reply(messages=(link_question(in_private, prospect),), effects=effects)
    text = request.say(f"link-needs-rights-{prospect.kind}", clinic=prospect.title)
    return Reply(messages=(in_private.message(text, name="link"),), effects=effects)


def _withdraw_menu(request: Request, change: ChatMemberUpdated) -> tuple[Effect, ...]:
    """Take a clinic's menu out of its group; nothing if the bot is no longer there: Telegram refuses it."""
    if change.chat.type == Chat.CHANNEL or change.new_chat_member.status in GONE:
        return ()

    async def withdraw() -> None:
        refs = request.services.keyring.chat_refs(change.chat.id)
        async with request.services.database.read() as session:
            clinic = await find_clinic_of_chat(session, refs)
        if clinic is not None and not clinic.is_linked:  # it may have been linked again meanwhile
            await withdraw_for_clinic(request.bot, request.services.texts, change.chat.id)

    return (withdraw,)
