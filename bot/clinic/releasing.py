"""Releases claims, reopens closed cases, and shows who has a case to someone who cannot answer it."""

from dataclasses import replace

from bot.clinic.card import Posted, edit_card, local_time
from bot.clinic.chats import find_name, open_chat_id
from bot.clinic.preview import find_due
from bot.clinic.sealed_forms import open_claimer
from bot.clinic.sender_request import edit_request
from bot.conversation.callback_data import Press
from bot.conversation.request import Reply, Request
from bot.texts import Html
from inference.readings import RiskLevel
from storage.clinic.claims import release_claim, reopen_referral
from storage.clinic.referrals import find_open
from storage.database.errors import Conflict
from storage.database.sessions import WriteSession


async def say_who_claimed(request: Request, posted: Posted, text_id: str) -> Html:
    """A text about the person who claimed the case: their name and the time, as far as they are known."""
    referral = posted.referral
    claimer = open_claimer(request.services, referral)
    name = await find_name(request.bot, open_chat_id(request.services, posted.clinic), claimer)
    if name is None or referral.claimed_at is None:
        return request.say(text_id)
    return request.say(f"{text_id}-named", name=name, at=local_time(request.services, referral.claimed_at))


async def release(request: Request, press: Press, posted: Posted) -> Reply:
    """Release a case by its claimer, so that anyone may claim it."""
    del press
    referral = posted.referral
    if referral.state != "claimed" or referral.claimer_ref is None:
        return Reply(notice=request.say("release-answered"))
    claimer_ref = referral.claimer_ref
    free = replace(referral, state="open", claimer_ref=None, claimer=None)
    after = replace(posted, referral=free)
    card, counted = await edit_card(request.services, request.bot, after)

    async def record(session: WriteSession) -> None:
        if not await release_claim(session, referral.token, claimer_ref=claimer_ref, now=request.now()):
            raise Conflict("The case was answered meanwhile: read it again.")

    edits = await edit_request(request.services, after)
    return Reply(
        messages=(card, *edits), records=(record, counted), notice=request.say("release-done"), passes=True
    )


async def reopen(request: Request, press: Press, posted: Posted) -> Reply:
    """A closed case can be claimed and answered again; the answer holds until there is another."""
    del press
    referral = posted.referral
    if referral.state != "answered" or referral.details is None:
        return Reply(notice=request.say("reopen-gone"))
    async with request.services.database.read() as session:
        if await find_open(session, referral.case_number) is not None:
            return Reply(notice=request.say("reopen-asked-again"))
    due_at = find_due(request.services, RiskLevel(referral.level), asked_at=request.now())
    free = replace(
        referral, state="open", claimer_ref=None, claimer=None, due_at=due_at, overdue_told_at=None
    )
    after = replace(posted, referral=free)
    card, counted = await edit_card(request.services, request.bot, after)

    async def record(session: WriteSession) -> None:
        if not await reopen_referral(session, referral.token, due_at=due_at, now=request.now()):
            raise Conflict("The case was reopened meanwhile: read it again.")

    edits = await edit_request(request.services, after)
    return Reply(
        messages=(card, *edits), records=(record, counted), notice=request.say("reopen-done"), passes=True
    )
