"""The case's own card in the sender's chat: it shows the clinic's answer, and the one that it replaced."""

from dataclasses import replace

from bot.cases.redraw import edit_beside_card, edit_cards, edit_others, merge_edits
from bot.clinic.card import Posted, local_time
from bot.clinic.facts import Said, say_verdict
from bot.clinic.sealed_forms import return_address
from bot.clinic.verdicts import Held, find_held
from bot.conversation.context import Services
from bot.conversation.request import Request, find_sender, word
from bot.conversation.wording import Wording
from bot.delivery.outgoing import Outgoing
from bot.texts import Html, join_lines
from storage.clinic.flag_facts import after_answer
from storage.clinic.verdicts import find_replaced, find_urgent


def say_on_card(services: Services, held: Held, wording: Wording) -> Html:
    """The answer that holds; after a correction the answer before it, struck through, with the time."""
    answers = held.answers
    if not answers:
        return Html()
    last, before, urgent = answers[-1], find_replaced(answers), find_urgent(answers)
    said = say_verdict(Said(kind=last.kind, months=last.months), wording)
    if urgent is not None and last is not urgent:  # the clinic waits for a better photo
        said = join_lines((say_verdict(Said(kind=urgent.kind), wording), said), gap=" · ")
    if before is None:
        return wording.say("own-card-answered", verdict=said)
    replaced = wording.say(
        "card-replaced",
        verdict=say_verdict(Said(kind=before.kind, months=before.months), wording),
        at=local_time(services, last.at),
    )
    return join_lines((wording.say("own-card-corrected", verdict=said), replaced))


async def as_sender(request: Request, posted: Posted) -> Request | None:
    """A request in the sender's own chat; None if they cannot be reached."""
    chat_id = return_address(request.services, posted.referral)
    if chat_id is None:
        return None
    person = await find_sender(request.services, chat_id)  # in a private chat, chat and user have one id
    if person is None or person.subject != posted.referral.subject:
        return None
    return replace(
        request,
        user_id=chat_id,
        chat_id=chat_id,
        is_private=True,
        person=person,
        wording=word(request.services, posted.referral.language),
        reply_to=None,
    )


async def edit_own_card(request: Request, posted: Posted) -> tuple[Outgoing, ...]:
    """Edits of the case's card in the sender's chat after an answer, and of others that show its lesion.

    Empty if they cannot be edited.
    """
    sender = await as_sender(request, posted)
    if sender is None:
        return ()
    number, last = posted.case.number, posted.verdicts[-1]
    async with request.services.database.read() as session:
        held = await find_held(session, [number], just_said=posted)
    answer = say_on_card(request.services, held.get(number, Held()), sender.wording)
    change = after_answer(number, last.kind, last.at, asked_at=posted.referral.asked_at)
    own = await edit_cards(sender, posted.case, posted.view, answer=answer, change=change)
    beside = await edit_beside_card(sender, posted.case, posted.view, change)
    return merge_edits(own, beside, await edit_others(sender, posted.case, change))


async def edit_withdrawn(request: Request, posted: Posted) -> tuple[Outgoing, ...]:
    """Edits of the case's card if it shows an answer to the request that its sender now withdraws."""
    if posted.said is None:
        return ()
    number = posted.case.number
    async with request.services.database.read() as session:
        held = await find_held(session, [number], without=posted.referral.token)
    answer = say_on_card(request.services, held.get(number, Held()), request.wording)
    return await edit_cards(request, posted.case, posted.view, answer=answer)


__all__ = ["as_sender", "edit_own_card", "edit_withdrawn", "say_on_card"]
