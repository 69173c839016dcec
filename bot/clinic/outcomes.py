"""Histology or final diagnosis of a referred case: two taps by the clinic or the sender, asked for once."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.cases.redraw import edit_others
from bot.clinic.admin_notices import notify_admins
from bot.clinic.card import Posted, clinic_wording, find_posted
from bot.clinic.chats import open_chat_id
from bot.clinic.own_card import as_sender
from bot.clinic.sealed_forms import open_return
from bot.conversation.access import log_refusal
from bot.conversation.callback_data import Press
from bot.conversation.context import Services
from bot.conversation.request import Reply, Request, word
from bot.conversation.wording import Wording, dashed
from bot.delivery.outgoing import Button, Keyboard, Outgoing, Priority, Record
from inference.readings import RiskLevel
from storage.clinic.flag_facts import after_outcome
from storage.clinic.outcomes import Outcome, keep_outcome, note_outcome_asked
from storage.clinic.referrals import Referral
from storage.clinic.tables import OUTCOMES
from storage.database.sessions import WriteSession


def outcome_keyboard(token: str, wording: Wording, *, in_group: bool) -> Keyboard:
    """The buttons of the outcomes; `in_group`: those of the clinic's card, with a way back."""
    prefix = f"v:{token}:outcome" if in_group else f"outcome:{token}"
    rows = [
        (Button(text=wording.say(f"button-outcome-{dashed(kind)}"), data=f"{prefix}:{kind}"),)
        for kind in OUTCOMES
    ]
    back = (Button(text=wording.say("button-back-step"), data=f"v:{token}:back"),)
    return (*rows, back) if in_group else tuple(rows)


async def press_outcome(request: Request, press: Press) -> Reply:
    """`outcome:TOKEN` asks the sender, `outcome:TOKEN:KIND` notes what they say."""
    posted = await find_posted(request.services, press.argument(0))
    mine = request.person.subject if request.person is not None else None
    if posted is None or posted.referral.subject != mine:
        log_refusal(request, "foreign case")
        return Reply(notice=request.say("something-old"))
    kind, token, number = press.argument(1), posted.referral.token, posted.case.number
    keyboard = outcome_keyboard(token, request.wording, in_group=False)
    if kind not in OUTCOMES:
        return Reply(messages=(request.message(request.say("outcome-ask", case=number), keyboard=keyboard),))
    noted = request.say("outcome-noted", case=number, outcome=request.say(f"button-outcome-{dashed(kind)}"))
    change: Keyboard = ((Button(text=request.say("button-outcome-change"), data=f"outcome:{token}"),),)
    alarm, record = await note_outcome(request, posted, Outcome(kind=kind, source="sender"))
    return Reply(messages=(request.edit(press.message_id, noted, keyboard=change), *alarm), records=(record,))


async def note_outcome(
    request: Request, posted: Posted, outcome: Outcome
) -> tuple[Sequence[Outgoing], Record]:
    """The record of an outcome, and the edits of the answers about its lesion if the flag changes.

    Admins are notified at once if a case rated `low` proves to be melanoma.
    """
    level, number = posted.case.level, posted.case.number
    alarm: Sequence[Outgoing] = ()
    if outcome.kind == "melanoma" and level == RiskLevel.LOW:
        key = f"referral:{posted.referral.token}:missed:admin"
        alarm = await notify_admins(request.services, key, "outcome-missed", case=number)

    own = request.person.subject if request.person is not None and request.is_private else None
    sender = request if own == posted.referral.subject else await as_sender(request, posted)
    change = after_outcome(number, outcome.kind, request.now())
    edits = () if sender is None else await edit_others(sender, posted.case, change, with_itself=True)

    async def record(session: WriteSession) -> None:
        await keep_outcome(session, posted.referral.token, outcome, level=level, now=request.now())

    return (*alarm, *edits), record


async def ask_outcome(
    services: Services, referral: Referral, *, now: datetime
) -> tuple[Sequence[Outgoing], Sequence[Record]]:
    """Ask the sender what became of a case, or the clinic if the sender's address is gone."""

    async def record(session: WriteSession) -> None:
        await note_outcome_asked(session, referral.case_number, now=now)

    key, number = f"referral:{referral.token}:outcome", referral.case_number
    if referral.outcome_chat is not None and referral.unreachable_at is None:
        wording = word(services, referral.language)
        asked = Outgoing(
            key=key,
            chat_id=open_return(services, referral.outcome_chat),
            text=wording.say("outcome-ask-later", case=number),
            keyboard=outcome_keyboard(referral.token, wording, in_group=False),
            priority=Priority.DIGEST,
            language=wording.language,
        )
        return (asked,), (record,)
    posted = await find_posted(services, referral.token)
    if posted is None or not posted.clinic.is_linked:
        return (), (record,)
    wording = clinic_wording(services, posted.clinic)
    asked = Outgoing(
        key=key,
        chat_id=open_chat_id(services, posted.clinic),
        text=wording.say("outcome-ask-clinic", case=number),
        keyboard=outcome_keyboard(referral.token, wording, in_group=True)[:-1],
        reply_to_message_id=posted.message_id,
        priority=Priority.DIGEST,
        language=wording.language,
    )
    return (asked,), (record,)


async def press_outcome_in_group(request: Request, press: Press, posted: Posted) -> Reply:
    """`v:TOKEN:outcome:KIND` by anyone who may answer; under the card or under the question for it."""
    kind = press.argument(2)
    wording = clinic_wording(request.services, posted.clinic)
    if kind not in OUTCOMES:
        keys = Outgoing(
            key=f"{request.turn.key}:keys",
            chat_id=request.chat_id,
            keyboard=outcome_keyboard(posted.referral.token, wording, in_group=True),
            edit_message_id=press.message_id,
            language=wording.language,
        )
        return Reply(messages=(keys,))
    alarm, record = await note_outcome(request, posted, Outcome(kind=kind, source="clinic"))
    noted = wording.say(
        "outcome-noted", case=posted.case.number, outcome=wording.say(f"button-outcome-{dashed(kind)}")
    )
    answer = replace(request.message(noted, name="outcome"), reply_to_message_id=press.message_id)
    return Reply(
        messages=(answer, *alarm), records=(record,), notice=request.say("urgent-noted"), passes=True
    )
