"""The claimer telephones a sender who has not confirmed an urgent answer."""

from dataclasses import replace

from bot.clinic.card import Posted, clinic_wording, edit_card
from bot.clinic.sealed_forms import details_of
from bot.conversation.callback_data import Press
from bot.conversation.request import Reply, Request
from storage.clinic.confirmations import note_seen
from storage.database.errors import Conflict
from storage.database.sessions import WriteSession


async def show_phone(request: Request, press: Press, posted: Posted) -> Reply:
    """Show the number to call back, to the claimer alone."""
    del press
    phone = details_of(request.services, posted.referral).phone
    if phone is None:
        return Reply(notice=request.say("phone-gone"))
    return Reply(notice=request.say("phone-shown", phone=phone, case=posted.referral.case_number))


async def note_reached(request: Request, press: Press, posted: Posted) -> Reply:
    """The claimer has telephoned: the urgent answer counts as seen."""
    referral = posted.referral
    if referral.chase_at is None:
        return Reply(notice=request.say("urgent-known"))
    after = replace(posted, referral=replace(referral, seen_at=request.now(), chase_at=None))
    card, counted = await edit_card(request.services, request.bot, after)
    wording = clinic_wording(request.services, posted.clinic)
    closed = request.edit(press.message_id, wording.say("urgent-reached", case=referral.case_number))

    async def record(session: WriteSession) -> None:
        if not await note_seen(session, referral.token, by="telephone", now=request.now()):
            raise Conflict("The answer was confirmed or corrected meanwhile: read it again.")

    return Reply(
        messages=(closed, card),
        records=(record, counted),
        notice=request.say("urgent-noted"),
        passes=True,
    )
