"""Comments of whoever claimed a case: a reply to its card in a group, or by a link from a channel."""

import re
from dataclasses import replace
from typing import Final

from telegram import Message

from bot.clinic.answer_buttons import Answer, conclude_answer
from bot.clinic.card import Posted, clinic_wording, find_posted
from bot.clinic.chats import judge_presser, open_chat_id
from bot.clinic.facts import COMMENT_SIGNS
from bot.clinic.sealed_forms import seal_comment
from bot.conversation.access import log_refusal
from bot.conversation.request import Reply, Visit
from storage.clinic.referrals import find_latest
from storage.clinic.verdicts import NewVerdict

CASE_NUMBER: Final = re.compile(r"\bN-[0-9A-Z]{6,12}\b")
COMMENT_MARK: Final = "🗨"  # how the question for a comment begins, in every language
LINK_PREFIX: Final = "v"


async def take_card_reply(visit: Visit, message: Message) -> Reply | None:
    """A reply to a card in the clinic's chat; None for any other message."""
    posted = await _find_answered(visit, message)
    if posted is None or open_chat_id(visit.services, posted.clinic) != visit.chat_id:
        return None
    return await _take(visit, posted, message)


async def take_asked_comment(visit: Visit, message: Message) -> Reply | None:
    """A reply, in private, to the question for a comment; None for any other message."""
    replied = message.reply_to_message
    if replied is None or not (replied.text or "").startswith(COMMENT_MARK):
        return None
    posted = await _find_answered(visit, message)
    return None if posted is None else await _take(visit, posted, message)


async def ask_comment(visit: Visit, payload: str) -> Reply:
    """`/start v...`, from the button under a channel's card."""
    posted = await find_posted(visit.services, payload.removeprefix(LINK_PREFIX))
    refusal = await _refuse(visit, posted)
    if refusal is not None or posted is None:
        return visit.answer(refusal or "clinic-refused")
    return visit.answer("comment-ask", case=posted.referral.case_number, limit=COMMENT_SIGNS)


async def _take(visit: Visit, posted: Posted, message: Message) -> Reply:
    if not visit.is_private:  # everyone there reads it
        visit = replace(visit, wording=clinic_wording(visit.services, posted.clinic))
    refusal = await _refuse(visit, posted)
    if refusal is not None:
        return visit.answer(refusal)
    words = (message.text or "").strip()
    if not words:
        return visit.answer("comment-not-text")
    if len(words) > COMMENT_SIGNS:
        return visit.answer("comment-too-long", limit=COMMENT_SIGNS)
    sealed = seal_comment(visit.services.keyring, words)
    answer = Answer(posted=posted, new=NewVerdict(kind="comment", comment=sealed, words=words))
    reply = await conclude_answer(visit, answer)
    told = len(reply.messages) > 1
    text_id = "comment-taken" if told else "verdict-sent-nowhere"
    said = visit.message(visit.say(text_id, **({"case": posted.referral.case_number} if told else {})))
    return Reply(messages=(*reply.messages, said), records=reply.records)


async def _refuse(visit: Visit, posted: Posted | None) -> str | None:
    """Why this person may not comment, as a text; None where they may."""
    if posted is None or await judge_presser(visit, posted.clinic) != "may":
        log_refusal(visit, "comment")
        return "clinic-refused"
    if posted.referral.state == "open":
        return "comment-claim-first"
    if posted.referral.state == "withdrawn":
        return "clinic-stale"
    return None if posted.referral.claimer_ref in visit.user_refs else "clinic-not-claimer"


async def _find_answered(visit: Visit, message: Message) -> Posted | None:
    """The referral whose number stands in the bot's message that is replied to."""
    number = find_number(visit, message)
    if number is None:
        return None
    async with visit.services.database.read() as session:
        referral = await find_latest(session, number)
    return None if referral is None else await find_posted(visit.services, referral.token)


def find_number(visit: Visit, message: Message) -> str | None:
    """The first case number in the bot's message that is replied to."""
    replied = message.reply_to_message
    if replied is None or replied.from_user is None or replied.from_user.id != visit.bot.id:
        return None
    found = CASE_NUMBER.search(replied.caption or replied.text or "")
    return found.group() if found else None
