"""Comments of the person who claimed a case: a reply to its card in a group, or by a link from a channel."""

from dataclasses import replace
from typing import Final

from telegram import Message

from bot.clinic.answering import conclude
from bot.clinic.card import Posted, clinic_wording, find_posted
from bot.clinic.chats import judge_presser, open_chat_id
from bot.clinic.facts import COMMENT_SIGNS
from bot.clinic.sealed_forms import seal_comment
from bot.conversation.access import log_refusal
from bot.conversation.replied_case import find_number
from bot.conversation.request import Reply, Request
from storage.clinic.referrals import find_latest
from storage.clinic.verdicts import NewVerdict

COMMENT_MARK: Final = "🗨"  # how the question for a comment begins, in every language
LINK_PREFIX: Final = "v"


async def take_card_reply(request: Request, message: Message) -> Reply | None:
    """A reply to a card in the clinic's chat; None for any other message."""
    posted = await _find_answered(request, message)
    if posted is None or open_chat_id(request.services, posted.clinic) != request.chat_id:
        return None
    return await _take(request, posted, message)


async def take_asked_comment(request: Request, message: Message) -> Reply | None:
    """A reply, in private, to the question for a comment; None for any other message."""
    replied = message.reply_to_message
    if replied is None or not (replied.text or "").startswith(COMMENT_MARK):
        return None
    posted = await _find_answered(request, message)
    return None if posted is None else await _take(request, posted, message)


async def ask_comment(request: Request, payload: str) -> Reply:
    """`/start v...`, from the button under a channel's card."""
    posted = await find_posted(request.services, payload.removeprefix(LINK_PREFIX))
    refusal = await _refuse(request, posted)
    if refusal is not None or posted is None:
        return request.answer(refusal or "clinic-refused")
    return request.answer("comment-ask", case=posted.referral.case_number, limit=COMMENT_SIGNS)


async def _take(request: Request, posted: Posted, message: Message) -> Reply:
    if not request.is_private:  # everyone there reads it
        request = replace(request, wording=clinic_wording(request.services, posted.clinic))
    refusal = await _refuse(request, posted)
    if refusal is not None:
        return request.answer(refusal)
    words = (message.text or "").strip()
    if not words:
        return request.answer("comment-not-text")
    if len(words) > COMMENT_SIGNS:
        return request.answer("comment-too-long", limit=COMMENT_SIGNS)
    sealed = seal_comment(request.services.keyring, words)
    reply = await conclude(request, posted, NewVerdict(kind="comment", comment=sealed, words=words))
    is_sent = len(reply.messages) > 1
    text_id = "comment-taken" if is_sent else "verdict-sent-nowhere"
    said = request.message(request.say(text_id, **({"case": posted.referral.case_number} if is_sent else {})))
    return Reply(messages=(*reply.messages, said), records=reply.records)


async def _refuse(request: Request, posted: Posted | None) -> str | None:
    """Why this person may not comment, as a text; None if they may."""
    if posted is None or await judge_presser(request, posted.clinic) != "may":
        log_refusal(request, "comment")
        return "clinic-refused"
    if posted.referral.state == "open":
        return "comment-claim-first"
    if posted.referral.state == "withdrawn":
        return "clinic-stale"
    return None if posted.referral.claimer_ref in request.user_refs else "clinic-not-claimer"


async def _find_answered(request: Request, message: Message) -> Posted | None:
    """The referral that is named in the bot's message that is replied to."""
    number = find_number(request, message)
    if number is None:
        return None
    async with request.services.database.read() as session:
        referral = await find_latest(session, number)
    return None if referral is None else await find_posted(request.services, referral.token)
