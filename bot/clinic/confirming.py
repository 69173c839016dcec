"""The sender confirms an urgent answer: "Seen", then on which day they referred the patient."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from bot.clinic.answer_messages import urgent_keyboard, write_answer
from bot.clinic.card import Posted, edit_card, find_posted, local_time
from bot.clinic.sealed_forms import seal_return
from bot.conversation.access import log_refusal
from bot.conversation.callback_data import Press
from bot.conversation.request import Reply, Request
from bot.delivery.outgoing import Button, Keyboard, Outgoing, Record
from storage.clinic.confirmations import note_referred, note_seen
from storage.clinic.referrals import Referral
from storage.database.errors import Conflict
from storage.database.sessions import WriteSession

DAYS_BACK: Final = 6  # a referral of up to so many days ago can be noted
ROW: Final = 2


async def press_urgent(request: Request, press: Press) -> Reply:
    """`urgent:TOKEN:seen`, `urgent:TOKEN:refer` asks on which day, `urgent:TOKEN:on:2026-03-02` notes it."""
    posted = await find_posted(request.services, press.argument(0))
    mine = request.person.subject if request.person is not None else None
    if posted is None or posted.referral.subject != mine:
        log_refusal(request, "foreign case")
        return Reply(notice=request.say("something-old"))
    is_withdrawn = posted.referral.state == "withdrawn"
    if is_withdrawn or posted.urgent is None or posted.since is not None:
        return Reply(notice=request.say("request-closed" if is_withdrawn else "urgent-replaced"))
    if press.argument(1) == "seen":
        referral = posted.referral
        if referral.seen_at is not None:
            return Reply(notice=request.say("urgent-known"))
        seen = replace(referral, seen_at=request.now(), chase_at=None)

        async def record(session: WriteSession) -> None:
            if not await note_seen(session, referral.token, by="sender", now=request.now()):
                raise Conflict("The answer was confirmed or corrected meanwhile: read it again.")

        return await _confirm(request, press, replace(posted, referral=seen), record=record)
    if posted.referral.seen_at is None:
        return Reply(notice=request.say("something-old"))
    return await _refer(request, press, posted)


async def _refer(request: Request, press: Press, posted: Posted) -> Reply:
    """Ask on which day the patient was referred, or note it."""
    verb, referral = press.argument(1), posted.referral
    if verb in ("refer", "back"):
        wording = request.wording
        keys = _day_keyboard(request, referral) if verb == "refer" else urgent_keyboard(referral, wording)
        return Reply(
            messages=(
                Outgoing(
                    key=f"{request.turn.key}:keys",
                    chat_id=request.chat_id,
                    keyboard=keys,
                    edit_message_id=press.message_id,
                    language=request.wording.language,
                ),
            )
        )
    day = _read_day(press.argument(2))
    if verb != "on" or day is None or day > local_time(request.services, request.now()).date():
        return Reply(notice=request.say("something-old"))

    async def record(session: WriteSession) -> None:
        if not await note_referred(session, referral.token, on=day, now=request.now()):
            raise Conflict("The answer was corrected meanwhile: read it again.")

    referred = replace(posted, referral=replace(referral, referred_on=day))
    return await _confirm(request, press, referred, record=record)


async def _confirm(request: Request, press: Press, after: Posted, *, record: Record) -> Reply:
    """Show the confirmation to the sender and, until its words are erased, on the clinic's card."""
    # The press shows where the sender is, even if their address is erased.
    here = seal_return(request.services.keyring, request.chat_id)
    reached = replace(after.referral, reply_chat=here, unreachable_at=None)
    shown = write_answer(request.services, replace(after, referral=reached))
    assert shown is not None  # noqa: S101 - it has an address
    edited = request.edit(press.message_id, shown.text or "", keyboard=shown.keyboard)
    if not after.clinic.is_linked or after.referral.details is None:
        return Reply(messages=(edited,), records=(record,), notice=request.say("urgent-noted"))
    card, counted = await edit_card(request.services, request.bot, after)
    return Reply(
        messages=(edited, card), records=(record, counted), notice=request.say("urgent-noted"), passes=True
    )


def _day_keyboard(request: Request, referral: Referral) -> Keyboard:
    """Today and the days before, the newest first."""
    today = local_time(request.services, request.now()).date()
    days = [today - timedelta(days=back) for back in range(DAYS_BACK + 1)]
    buttons = [
        Button(text=request.say("button-referred-on", at=day), data=f"urgent:{referral.token}:on:{day}")
        for day in days
    ]
    rows = [tuple(buttons[first : first + ROW]) for first in range(0, len(buttons), ROW)]
    back = Button(text=request.say("button-back-step"), data=f"urgent:{referral.token}:back")
    return (*rows, (back,))


def _read_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
