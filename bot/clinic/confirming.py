"""The sender confirms an urgent answer: "Seen", then on which day they referred the patient."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from bot.clinic.answer_messages import urgent_keyboard, write_answer
from bot.clinic.card import Posted, edit_card, find_posted, local_time
from bot.conversation.access import log_refusal
from bot.conversation.callback_data import Press
from bot.conversation.request import Reply, Visit
from bot.delivery.outgoing import Button, Keyboard, Outgoing, Record
from storage.clinic.confirmations import note_referred, note_seen
from storage.clinic.referrals import Referral
from storage.database.errors import Conflict
from storage.database.sessions import WriteSession

DAYS_BACK: Final = 6  # a referral of up to so many days ago can be noted
ROW: Final = 2


async def press_urgent(visit: Visit, press: Press) -> Reply:
    """`urgent:TOKEN:seen`, `urgent:TOKEN:refer` asks on which day, `urgent:TOKEN:on:2026-03-02` notes it."""
    posted = await find_posted(visit.services, press.argument(0))
    mine = visit.person.subject if visit.person is not None else None
    if posted is None or posted.referral.subject != mine:
        log_refusal(visit, "foreign case")
        return Reply(notice=visit.say("something-old"))
    if posted.said is None or posted.said.kind != "urgent":
        return Reply(notice=visit.say("urgent-replaced"))
    if press.argument(1) == "seen":
        return await _see(visit, press, posted)
    if posted.referral.seen_at is None:
        return Reply(notice=visit.say("something-old"))
    return await _refer(visit, press, posted)


async def _see(visit: Visit, press: Press, posted: Posted) -> Reply:
    referral = posted.referral
    if referral.seen_at is not None:
        return Reply(notice=visit.say("urgent-known"))
    seen = replace(referral, seen_at=visit.now(), chase_at=None)

    async def record(session: WriteSession) -> None:
        if not await note_seen(session, referral.token, by="sender", now=visit.now()):
            raise Conflict("The answer was confirmed or corrected meanwhile: read it again.")

    return await _confirm(visit, press, replace(posted, referral=seen), record=record)


async def _refer(visit: Visit, press: Press, posted: Posted) -> Reply:
    """Ask on which day the patient was referred, or note it."""
    verb, referral = press.argument(1), posted.referral
    if verb in ("refer", "back"):
        wording = visit.wording
        keys = _day_keyboard(visit, referral) if verb == "refer" else urgent_keyboard(referral, wording)
        return Reply(messages=(_turn_keys(visit, press, keys),))
    day = _read_day(press.argument(2))
    if verb != "on" or day is None or day > local_time(visit.services, visit.now()).date():
        return Reply(notice=visit.say("something-old"))

    async def record(session: WriteSession) -> None:
        if not await note_referred(session, referral.token, on=day, now=visit.now()):
            raise Conflict("The answer was corrected meanwhile: read it again.")

    referred = replace(posted, referral=replace(referral, referred_on=day))
    return await _confirm(visit, press, referred, record=record)


async def _confirm(visit: Visit, press: Press, after: Posted, *, record: Record) -> Reply:
    """Show it to the sender and on the clinic's card."""
    shown = write_answer(visit.services, after)
    text, keyboard = (shown.text, shown.keyboard) if shown is not None else (None, None)
    edited = visit.edit(press.message_id, text or visit.say("urgent-known"), keyboard=keyboard)
    if not after.clinic.is_linked:
        return Reply(messages=(edited,), records=(record,))
    card, counted = await edit_card(visit.services, visit.bot, after)
    return Reply(
        messages=(edited, card), records=(record, counted), notice=visit.say("urgent-noted"), passes=True
    )


def _turn_keys(visit: Visit, press: Press, keyboard: Keyboard) -> Outgoing:
    """Other buttons under the same message."""
    return Outgoing(
        key=f"{visit.turn.key}:keys",
        chat_id=visit.chat_id,
        keyboard=keyboard,
        edit_message_id=press.message_id,
        language=visit.wording.language,
    )


def _day_keyboard(visit: Visit, referral: Referral) -> Keyboard:
    """Today and the days before, the newest first."""
    today = local_time(visit.services, visit.now()).date()
    days = [today - timedelta(days=back) for back in range(DAYS_BACK + 1)]
    buttons = [
        Button(text=visit.say("button-referred-on", at=day), data=f"urgent:{referral.token}:on:{day}")
        for day in days
    ]
    rows = [tuple(buttons[first : first + ROW]) for first in range(0, len(buttons), ROW)]
    back = Button(text=visit.say("button-back-step"), data=f"urgent:{referral.token}:back")
    return (*rows, (back,))


def _read_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
