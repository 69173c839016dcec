"""Buttons of a card in the clinic's chat: claim it, answer it, correct the answer."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from bot.clinic.answer_messages import notify_of_answer
from bot.clinic.card import (
    Posted,
    clinic_wording,
    edit_card,
    find_posted,
    months_keyboard,
    state_keyboard,
    sure_keyboard,
    verdict_keyboard,
)
from bot.clinic.chats import find_role, judge_presser, open_chat_id
from bot.clinic.facts import MONTHS, Said, is_below, say_verdict
from bot.clinic.outcomes import press_outcome_in_group
from bot.clinic.own_card import edit_own_card
from bot.clinic.releasing import release, reopen, say_who_claimed
from bot.clinic.sealed_forms import seal_claimer
from bot.clinic.sender_request import edit_request
from bot.clinic.telephone import note_reached, show_phone
from bot.conversation.access import log_refusal
from bot.conversation.callback_data import Press
from bot.conversation.request import Reply, Request
from bot.delivery.outgoing import Keyboard, Outgoing, Record
from bot.delivery.sealing import seal_message_id
from inference.readings import RiskLevel
from storage.clinic.cards import note_message
from storage.clinic.claims import claim_referral
from storage.clinic.tables import VERDICTS
from storage.clinic.verdicts import NewVerdict, Verdict, add_verdict, corrects
from storage.database.errors import Conflict
from storage.database.sessions import WriteSession

# What someone in the clinic's chat reads who may not answer; anyone else learns nothing.
WHY_NOT: Final = {
    "anonymous": "clinic-anonymous",
    "unlisted": "clinic-not-listed",
    "subscriber": "clinic-subscriber",
}
# These buttons also stand under the request to telephone.
BESIDE_CARD: Final = {"phone": show_phone, "reached": note_reached}
PHOTO_WITHIN: Final = timedelta(days=7)  # a better photo is overdue then
OF_CLAIMER: Final = {**BESIDE_CARD, "release": release}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer or a comment to record and to send to the sender."""

    posted: Posted
    new: NewVerdict


async def press_card(request: Request, press: Press) -> Reply:
    """A button of a card: `v:TOKEN:VERB`, with `:MONTHS` and `:sure` where they belong.

    Raises:
        TelegramError: Telegram cannot say who presses; the turn comes again.
    """
    posted = await find_posted(request.services, press.argument(0))
    if posted is None or not _is_of(request, press, posted):
        return _refuse(request, "clinic-refused", why="foreign button")
    standing = await judge_presser(request, posted.clinic)
    if standing != "may":
        return _refuse(request, WHY_NOT.get(standing, "clinic-refused"), why=standing)
    if press.argument(1) not in (*BESIDE_CARD, "outcome"):
        posted = replace(posted, message_id=press.message_id)
    if press.argument(1) == "claim":
        return await _claim(request, posted)
    if press.argument(1) == "reopen":
        return await reopen(request, posted)
    if press.argument(1) == "outcome":
        return await press_outcome_in_group(request, press, posted)
    return await _answer(request, press, posted)


async def conclude_answer(request: Request, answer: Answer) -> Reply:
    """Record an answer or a comment, show it on the card and send it to the sender."""
    posted = answer.posted
    new = replace(answer.new, role=await find_role(request, posted.clinic))
    is_comment = new.kind == "comment"
    verdict = Verdict(
        kind=new.kind,
        months=new.months,
        is_correction=corrects(posted.said.kind if posted.said is not None else None, new.kind),
        level=posted.referral.level,
        comment=new.comment,
        at=request.now(),
        role=new.role,
    )
    after = posted.with_verdict(verdict)
    card, counted = await edit_card(request.services, request.bot, after)
    notices = await notify_of_answer(request.services, after, now=request.now())
    edits = (
        ()
        if is_comment
        else (
            *await edit_request(request.services, after, role=new.role or ""),
            *await edit_own_card(request, after),
        )
    )
    return Reply(
        messages=(card, *edits, *notices),
        records=(_verdict(request, replace(answer, new=new)), counted),
        notice=request.say("verdict-sent" if notices else "verdict-sent-nowhere"),
        passes=bool(notices),
    )


async def _claim(request: Request, posted: Posted) -> Reply:
    referral = posted.referral
    if referral.state == "withdrawn":
        return _refuse(request, "clinic-stale", why="stale button")
    if referral.state != "open":
        if referral.claimer_ref in request.user_refs:
            return Reply(notice=request.say("claim-mine"))
        return Reply(notice=await say_who_claimed(request, posted, "claim-lost"))
    claimer = seal_claimer(request.services.keyring, request.user_id)
    claimed = replace(referral, state="claimed", claimer=claimer, claimed_at=request.now())
    after = replace(posted, referral=claimed)
    card, counted = await edit_card(request.services, request.bot, after)
    role = await find_role(request, posted.clinic)
    return Reply(
        messages=(card, *await edit_request(request.services, after, role=role)),
        records=(_claiming(request, posted, claimer), counted),
        notice=request.say("claim-won"),
        passes=True,
    )


async def _answer(request: Request, press: Press, posted: Posted) -> Reply:
    referral, verb = posted.referral, press.argument(1)
    if referral.state == "withdrawn":
        return _refuse(request, "clinic-stale", why="stale button")
    if referral.claimer_ref not in request.user_refs:
        log_refusal(request, "other claimer")
        text_id = "clinic-not-claimer" if referral.claimer_ref is not None else "claim-first"
        return Reply(notice=await say_who_claimed(request, posted, text_id))
    wording = clinic_wording(request.services, posted.clinic)
    pages = {
        "fix": verdict_keyboard(referral, wording),
        "back": state_keyboard(posted, wording, request.bot.username),
    }
    if verb in pages:
        return _turn_keys(request, posted, pages[verb])
    if verb in OF_CLAIMER:
        return await OF_CLAIMER[verb](request, press, posted)
    if verb not in VERDICTS:
        return _refuse(request, "clinic-refused", why="forged button")
    return await _say(request, press, posted)


async def _say(request: Request, press: Press, posted: Posted) -> Reply:
    """An answer, or what is still to be asked about it: how many months, whether they are sure."""
    referral, kind = posted.referral, press.argument(1)
    wording = clinic_wording(request.services, posted.clinic)
    months = press.number(2)
    if kind == "monitor" and months not in MONTHS:
        return _turn_keys(request, posted, months_keyboard(referral, wording))
    said = Said(kind=kind, months=months if kind == "monitor" else None)
    if is_below(kind, RiskLevel(referral.level)) and press.argument(3) != "sure":
        keys = sure_keyboard(referral, wording, said=said, verdict=say_verdict(said, wording))
        return replace(_turn_keys(request, posted, keys), notice=request.say("clinic-confirm-below"))
    due_at = request.now() + PHOTO_WITHIN if kind == "better_photo" else None
    new = NewVerdict(kind=said.kind, months=said.months, due_at=due_at)
    return await conclude_answer(request, Answer(posted=posted, new=new))


def _refuse(request: Request, text_id: str, *, why: str) -> Reply:
    """Say it to the presser alone, and note it."""
    log_refusal(request, why)
    return Reply(notice=request.say(text_id))


def _is_of(request: Request, press: Press, posted: Posted) -> bool:
    """Whether the button stands under this very card in its clinic's chat."""
    if open_chat_id(request.services, posted.clinic) != request.chat_id:
        return False
    return press.argument(1) in (*BESIDE_CARD, "outcome") or posted.message_id in (None, press.message_id)


def _turn_keys(request: Request, posted: Posted, keyboard: Keyboard) -> Reply:
    """Other buttons under the same card."""
    outgoing = Outgoing(
        key=f"{request.turn.key}:keys",
        chat_id=request.chat_id,
        keyboard=keyboard,
        edit_message_id=posted.message_id,
        edits_caption=True,
        language=posted.clinic.language,
    )
    return Reply(messages=(outgoing,))


def _claiming(request: Request, posted: Posted, claimer: bytes) -> Record:
    """Decided in the transaction that writes: the slower turn is retried, and its clinician notified."""
    token, keyring = posted.referral.token, request.services.keyring

    async def record(session: WriteSession) -> None:
        won = await claim_referral(
            session, token, claimer_ref=request.user_ref, claimer=claimer, now=request.now()
        )
        if not won:
            raise Conflict("The referral was claimed meanwhile: read it again.")
        if posted.message_id is not None:
            sealed = seal_message_id(posted.message_id, keyring)
            await note_message(session, token, message_id=sealed)

    return record


def _verdict(request: Request, answer: Answer) -> Record:
    async def record(session: WriteSession) -> None:
        referral = answer.posted.referral
        assert referral.claimer_ref is not None  # noqa: S101 - it is theirs, by a key in use or an older one
        written = await add_verdict(
            session, referral.token, answer.new, claimer_ref=referral.claimer_ref, now=request.now()
        )
        if written is None:
            raise Conflict("The referral is no longer theirs: read it again.")

    return record
