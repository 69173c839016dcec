"""The sender's own message about their request: sent, claimed, answered; and how they withdraw it."""

import asyncio
from dataclasses import replace
from typing import Final

from bot.cards.notice import draw_notice
from bot.cases.signs_of_change import find_changes
from bot.clinic.card import Posted, clinic_wording, find_posted, local_words
from bot.clinic.chats import open_chat_id, open_title
from bot.clinic.erasure import erase_under_card
from bot.clinic.own_card import edit_withdrawn
from bot.clinic.sealed_forms import details_of, return_address
from bot.conversation.access import log_refusal
from bot.conversation.callback_data import Press
from bot.conversation.context import Services
from bot.conversation.request import Reply, Request, word
from bot.conversation.wording import Wording, plain
from bot.delivery.outgoing import Button, Keyboard, Outgoing, Priority
from bot.texts import Html, join_lines
from inference.readings import RiskLevel
from storage.clinic.cards import withdraw_referral
from storage.clinic.worklist import list_answer_times
from storage.database.errors import Conflict
from storage.database.sessions import WriteSession
from storage.statistics import find_quantile

FEWEST_ANSWERS: Final = 10  # before "usually answered within" is said
USUALLY: Final = 0.75  # of the answers came within that time
HOUR_S: Final = 3_600


async def say_usual_time(services: Services, clinic_id: int, wording: Wording) -> Html:
    """The hours within which three of four questions are answered; empty before there are 10 answers."""
    async with services.database.read() as session:
        times = await list_answer_times(session, clinic_id)
    seconds = find_quantile(times, USUALLY)
    if seconds is None or len(times) < FEWEST_ANSWERS:
        return Html()
    return wording.say("request-usual", hours=max(-int(-seconds // HOUR_S), 1))


def say_advice(level: RiskLevel, wording: Wording, *, has_changed: bool = False) -> Html:
    """The line of a request for advice; the referral that the sender's answer advises does not wait for it.

    That is at `high`, and at `moderate` if the lesion has changed.
    """
    if level is RiskLevel.HIGH:
        return wording.say("referral-urgent", pathway=wording.urgent())
    if level is RiskLevel.MODERATE and has_changed:
        return wording.say("referral-changed", pathway=wording.urgent())
    return wording.say("referral-advice")


def withdraw_keyboard(token: str, wording: Wording) -> Keyboard:
    """The buttons under a request that has no answer yet."""
    return ((Button(text=wording.say("button-withdraw"), data=f"request:{token}:withdraw"),),)


async def edit_request(services: Services, posted: Posted, *, role: str = "") -> tuple[Outgoing, ...]:
    """The sender's message as the request now stands; empty if it cannot be edited.

    Call it with the referral as it will be, in the turn that also edits the card: the two share a number.
    `role` is the claimer's, as `find_role` returns it.
    """
    referral, details = posted.referral, details_of(services, posted.referral)
    chat_id = return_address(services, referral)
    if chat_id is None or details.message_id is None:
        return ()
    wording = word(services, referral.language)
    state = await _say_state(services, posted, wording, role=role)
    sent = wording.say(
        "referral-sent",
        case=referral.case_number,
        clinic=open_title(services, posted.clinic),
        **local_words(services, referral.asked_at),
    )
    has_changed = bool(find_changes(posted.view.context)) and referral.can_be_withdrawn  # not answered
    advice = say_advice(RiskLevel(referral.level), wording, has_changed=has_changed)
    keyboard = withdraw_keyboard(referral.token, wording)
    if not referral.can_be_withdrawn:  # what an answered case proved to be can be noted
        button = Button(text=wording.say("button-outcome"), data=f"outcome:{referral.token}")
        keyboard = ((button,),)
    edited = Outgoing(
        key=f"referral:{referral.token}:request:{referral.edits}",
        chat_id=chat_id,
        text=join_lines((sent, state, advice), gap="\n\n"),
        keyboard=keyboard,
        edit_message_id=details.message_id,
        edits_caption=True,  # a message that the sender deleted does not come back
        priority=Priority.REFERRAL,
        language=wording.language,
    )
    return (edited,)


async def press_request(request: Request, press: Press) -> Reply:
    """`request:TOKEN:withdraw` asks, `request:TOKEN:yes` withdraws, `request:TOKEN:no` keeps it."""
    posted = await find_posted(request.services, press.argument(0))
    mine = request.person.subject if request.person is not None else None
    if posted is None or posted.referral.subject != mine:
        log_refusal(request, "foreign case")
        return Reply(notice=request.say("something-old"))
    if not posted.referral.can_be_withdrawn:
        return Reply(notice=request.say("request-closed"))
    verb, token = press.argument(1), posted.referral.token
    if verb == "yes":
        return await _withdraw(request, press, posted)
    sure: Keyboard = (
        (Button(text=request.say("button-withdraw-sure"), data=f"request:{token}:yes"),),
        (Button(text=request.say("button-keep-request"), data=f"request:{token}:no"),),
    )
    asked = Outgoing(
        key=f"{request.turn.key}:keys",
        chat_id=request.chat_id,
        keyboard=sure if verb == "withdraw" else withdraw_keyboard(token, request.wording),
        edit_message_id=press.message_id,
        language=request.wording.language,
    )
    return Reply(messages=(asked,))


async def _withdraw(request: Request, press: Press, posted: Posted) -> Reply:
    """Withdraw the question, and erase the card in the clinic's chat with everything under it."""
    referral = posted.referral
    wording = clinic_wording(request.services, posted.clinic)
    title, note = plain(wording.say("withdrawn-title")), plain(wording.say("withdrawn-note"))
    card = Outgoing(
        key=f"referral:{referral.token}:withdrawn",
        chat_id=open_chat_id(request.services, posted.clinic),
        text=wording.say("card-withdrawn", case=referral.case_number),
        photo=await asyncio.to_thread(draw_notice, title, note),
        edit_message_id=posted.message_id,
        replaces=referral.card_key if posted.message_id is None else None,
        erases=True,
        priority=Priority.REFERRAL,
        language=wording.language,
    )
    confirmation = request.edit(press.message_id, request.say("request-withdrawn", case=referral.case_number))

    async def record(session: WriteSession) -> None:
        if not await withdraw_referral(session, referral.token, now=request.now()):
            raise Conflict("The request was answered meanwhile: read it again.")

    shown = replace(confirmation, edits_caption=press.is_picture)
    under_card = await erase_under_card(request.services, posted)
    own = await edit_withdrawn(request, posted)
    return Reply(messages=(shown, card, *under_card, *own), records=(record,))


async def _say_state(services: Services, posted: Posted, wording: Wording, *, role: str) -> Html:
    referral = posted.referral
    answered, claimed = Html(), Html()
    if not referral.can_be_withdrawn:  # also if the case is reopened: the answer holds
        answered = wording.say("request-answered")
    if referral.state == "claimed" and referral.claimed_at is not None:
        at = local_words(services, referral.claimed_at)
        claimed = wording.say(f"request-claimed-{role or 'member'}", **at)
    said = join_lines((answered, claimed))
    return said or await say_usual_time(services, posted.clinic.id, wording)
