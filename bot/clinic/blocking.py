"""Shows on a sender's cards in clinics' chats that they blocked or unblocked the bot."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Final

from telegram import ChatMember, ChatMemberUpdated

from bot.clinic.answer_messages import write_answer
from bot.clinic.card import Posted, edit_card, find_posted
from bot.clinic.sealed_forms import seal_return
from bot.conversation.request import Reply, Request
from bot.delivery.outgoing import Outgoing, Record
from storage.clinic.reachability import mark_reachable, mark_unreachable
from storage.clinic.referrals import Referral, list_of_subject
from storage.record.answers import find_message_ids

NOTICED_WITHIN: Final = timedelta(days=1)  # a message that failed may be what showed the blocking


async def note_blocking(request: Request, change: ChatMemberUpdated) -> Reply:
    """After a block, mark the sender unreachable; after an unblock, send what they missed."""
    if request.person is None:
        return Reply()
    is_blocked = change.new_chat_member.status == ChatMember.BANNED
    async with request.services.database.read() as session:
        referrals = await list_of_subject(session, request.person.subject)
    messages: list[Outgoing] = []
    records: list[Record] = []
    for referral in referrals:
        if referral.details is None or (referral.unreachable_at is not None) == is_blocked:
            continue
        posted = await find_posted(request.services, referral.token)
        if posted is None or not posted.clinic.is_linked:
            continue
        if is_blocked:
            after = replace(posted, referral=replace(referral, unreachable_at=request.now()))
            records.append(partial(mark_unreachable, token=referral.token, now=request.now()))
        else:
            reply_chat = seal_return(request.services.keyring, request.chat_id)
            reachable = replace(referral, unreachable_at=None, reply_chat=reply_chat)
            after = replace(posted, referral=reachable)
            messages += await _send_missed(request, after, since=referral)
            records.append(partial(mark_reachable, token=referral.token, reply_chat=reply_chat))
        card, counted = await edit_card(request.services, request.bot, after)
        messages.append(card)
        records.append(counted)
    return Reply(messages=tuple(messages), records=tuple(records))


async def _send_missed(request: Request, posted: Posted, *, since: Referral) -> Sequence[Outgoing]:
    """The clinic's last answer or comment, if the sender missed it: it contains the earlier ones."""
    last = posted.verdicts[-1] if posted.verdicts else None
    if last is None or since.unreachable_at is None or last.at < since.unreachable_at - NOTICED_WITHIN:
        return ()
    notice = write_answer(request.services, posted)
    if notice is None:
        return ()
    async with request.services.database.read() as session:
        sent = await find_message_ids(session, [notice.key])
    return () if notice.key in sent else (replace(notice, key=f"{notice.key}:missed"),)
