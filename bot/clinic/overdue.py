"""Overdue referrals: notifies sender and group once, and releases the claim."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from telegram.ext import ExtBot

from bot.clinic.card import clinic_wording, edit_card, find_posted
from bot.clinic.chats import open_chat_id
from bot.clinic.notices import notify_sender
from bot.conversation.context import Services
from bot.conversation.request import word
from bot.delivery.outgoing import Outgoing, Priority, Record
from inference.readings import RiskLevel
from storage.clinic import claims
from storage.clinic.referrals import Referral
from storage.database.sessions import WriteSession


async def notify_of_overdue_claim(
    services: Services, bot: ExtBot[None], referral: Referral, *, now: datetime
) -> tuple[Sequence[Outgoing], Sequence[Record]]:
    """The messages to sender and group, the card that anyone may claim again, and the record of both."""

    async def release(session: WriteSession) -> None:
        await claims.release_overdue(session, referral.token, now=now)

    posted = await find_posted(services, referral.token)
    waits_for_photo = posted is not None and posted.waits_for_photo and not posted.photo_came
    # The first time has a key without a number, as it always had.
    name = "overdue" if posted is None or not posted.verdicts else f"overdue:{referral.due_at:%Y%m%d%H%M}"
    wording = word(services, referral.language)
    if waits_for_photo:
        text = wording.say("notice-photo-overdue", case=referral.case_number)
    elif referral.level == RiskLevel.HIGH:
        text = wording.say("notice-overdue-high", case=referral.case_number, pathway=wording.urgent())
    else:
        text = wording.say("notice-overdue", case=referral.case_number)
    notice = notify_sender(services, referral, text, name=name)
    messages = [] if notice is None else [notice]
    records: list[Record] = [release]
    if posted is not None and posted.clinic.is_linked:
        freed = replace(referral, state="open", overdue_told_at=now, claimer_ref=None, claimer=None)
        after = replace(posted, referral=freed)
        card, counted = await edit_card(services, bot, after)
        wording = clinic_wording(services, posted.clinic)
        text_id = "group-photo-overdue" if waits_for_photo else "group-overdue"
        reminder = Outgoing(
            key=f"referral:{referral.token}:{name}",
            chat_id=open_chat_id(services, posted.clinic),
            text=wording.say(text_id, case=referral.case_number),
            reply_to_message_id=posted.message_id,
            priority=Priority.REFERRAL,
            language=wording.language,
        )
        messages += [card, reminder]
        records.append(counted)
    return messages, records
