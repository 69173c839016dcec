"""A dermatologist claims a case, then answers it or comments on it; card, sender and record follow."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from bot.clinic.answer_messages import notify_of_answer
from bot.clinic.card import (
    Posted,
    clinic_wording,
    edit_card,
    months_keyboard,
    state_keyboard,
    sure_keyboard,
    verdict_keyboard,
)
from bot.clinic.chats import find_role
from bot.clinic.facts import MONTHS, Said, is_below, say_verdict
from bot.clinic.own_card import edit_own_card
from bot.clinic.releasing import say_who_claimed
from bot.clinic.sealed_forms import seal_claimer
from bot.clinic.sender_request import edit_request
from bot.conversation.access import log_refusal
from bot.conversation.callback_data import Press
from bot.conversation.request import Reply, Request
from bot.delivery.outgoing import Keyboard, Outgoing
from bot.delivery.sealing import seal_message_id
from inference.readings import RiskLevel
from storage.clinic.cards import note_message
from storage.clinic.claims import claim_referral
from storage.clinic.referrals import find_open
from storage.clinic.verdicts import NewVerdict, Verdict, add_verdict, corrects
from storage.database.errors import Conflict
from storage.database.sessions import WriteSession

PHOTO_WITHIN: Final = timedelta(days=7)  # a better photo is overdue then


async def claim(request: Request, press: Press, posted: Posted) -> Reply:
    """Claim the case, if nobody has. If two press at once, the second one is shown who was first."""
    del press
    referral, keyring = posted.referral, request.services.keyring
    if referral.state == "withdrawn":
        log_refusal(request, "stale button")
        return Reply(notice=request.say("clinic-stale"))
    if referral.state != "open" and not referral.lacks_claimer:
        if referral.claimer_ref in request.user_refs:
            return Reply(notice=request.say("claim-mine"))
        return Reply(notice=await say_who_claimed(request, posted, "claim-lost"))
    claimer, role = seal_claimer(keyring, request.user_id), await find_role(request, posted.clinic)
    state = "answered" if referral.lacks_claimer else "claimed"
    claimed = replace(
        referral, state=state, claimer_ref=request.user_ref, claimer=claimer, claimed_at=request.now()
    )
    after = replace(posted, referral=claimed)
    card, counted = await edit_card(request.services, request.bot, after)

    async def record(session: WriteSession) -> None:
        # The transaction that writes decides who was first; the other turn is retried.
        is_mine = await claim_referral(
            session, referral.token, claimer_ref=request.user_ref, claimer=claimer, now=request.now()
        )
        if not is_mine:
            raise Conflict("The referral was claimed meanwhile: read it again.")
        if posted.message_id is not None:
            sealed = seal_message_id(posted.message_id, keyring)
            await note_message(session, referral.token, message_id=sealed)

    return Reply(
        messages=(card, *await edit_request(request.services, after, role=role)),
        records=(record, counted),
        notice=request.say("claim-won"),
        passes=True,
    )


async def answer(request: Request, press: Press, posted: Posted) -> Reply:
    """Record an answer, or ask first for the number of months or for confirmation."""
    kind, months = press.argument(1), press.number(2)
    wording, level = clinic_wording(request.services, posted.clinic), RiskLevel(posted.referral.level)
    if kind == "monitor" and months not in MONTHS:
        return _show_buttons(request, posted, months_keyboard(posted.referral, wording))
    said = Said(kind=kind, months=months if kind == "monitor" else None)
    if is_below(kind, level) and press.argument(3) != "sure":
        keys = sure_keyboard(posted.referral, wording, said=said, verdict=say_verdict(said, wording))
        asked = _show_buttons(request, posted, keys)
        return replace(asked, notice=request.say("clinic-confirm-below"))
    due_at = None
    if kind == "better_photo":
        due_at = request.now() + PHOTO_WITHIN
        async with request.services.database.read() as session:
            newer = await find_open(session, posted.referral.case_number)
        if newer is not None and newer.token != posted.referral.token:
            return Reply(notice=request.say("reopen-asked-again"))
    return await conclude(request, posted, NewVerdict(kind=kind, months=said.months, due_at=due_at))


async def conclude(request: Request, posted: Posted, new: NewVerdict) -> Reply:
    """Record an answer or a comment, show it on every card and send it to the sender."""
    role = await find_role(request, posted.clinic)
    verdict = Verdict(
        kind=new.kind,
        months=new.months,
        is_correction=corrects(posted.verdicts, new.kind),
        level=posted.referral.level,
        comment=new.comment,
        at=request.now(),
        role=role,
    )
    after = posted.with_verdict(verdict)
    card, counted = await edit_card(request.services, request.bot, after)
    edits: tuple[Outgoing, ...] = ()
    if new.kind != "comment":
        edits = (
            *await edit_request(request.services, after, role=role),
            *await edit_own_card(request, after),
        )
    notices = await notify_of_answer(request.services, after, now=request.now())

    async def record(session: WriteSession) -> None:
        referral, by_role = posted.referral, replace(new, role=role)
        assert referral.claimer_ref is not None  # noqa: S101 - it is theirs, by a key in use or an older one
        written = await add_verdict(
            session, referral.token, by_role, claimer_ref=referral.claimer_ref, now=request.now()
        )
        if written is None:
            raise Conflict("The referral is no longer theirs: read it again.")

    return Reply(
        messages=(card, *edits, *notices),
        records=(record, counted),
        notice=request.say("verdict-sent" if notices else "verdict-sent-nowhere"),
        passes=bool(notices),
    )


async def show_answers(request: Request, press: Press, posted: Posted) -> Reply:
    """Show the buttons of all answers, to correct the present one."""
    del press
    wording = clinic_wording(request.services, posted.clinic)
    return _show_buttons(request, posted, verdict_keyboard(posted.referral, wording))


async def show_state(request: Request, press: Press, posted: Posted) -> Reply:
    """Show the card's usual buttons again."""
    del press
    wording = clinic_wording(request.services, posted.clinic)
    return _show_buttons(request, posted, state_keyboard(posted, wording, request.bot.username))


def _show_buttons(request: Request, posted: Posted, keyboard: Keyboard) -> Reply:
    """Replace the buttons under the card."""
    outgoing = Outgoing(
        key=f"{request.turn.key}:keys",
        chat_id=request.chat_id,
        keyboard=keyboard,
        edit_message_id=posted.message_id,
        edits_caption=True,
        language=posted.clinic.language,
    )
    return Reply(messages=(outgoing,))


__all__ = ["answer", "claim", "conclude", "show_answers", "show_state"]
