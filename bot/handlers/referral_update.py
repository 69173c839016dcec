"""Posted cards follow their case: a new level is shown at once, and what was forgotten is taken away."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bot.answers.cases import CaseView
from bot.answers.wording import plain
from bot.cards.notice import draw_notice
from bot.context import Services
from bot.handlers.clinic_card import card_key, clinic_wording, edit_card, find_posted
from bot.handlers.clinic_chats import open_chat_id
from bot.handlers.referral_picture import Sight, draw_card_picture
from bot.handlers.referral_post import find_due
from bot.handlers.referral_store import details_of
from bot.handlers.visit import Visit
from bot.turns import Outgoing, Priority, Record
from inference.readings import PhotoReading
from storage.database import WriteSession
from storage.referrals import change_level, find_open, list_of_subject

Update = tuple[tuple[Outgoing, ...], tuple[Record, ...]]
NOTHING: Final[Update] = ((), ())


async def refresh_referral_card(
    visit: Visit, view: CaseView, readings: Sequence[PhotoReading] | None
) -> Update:
    """The edit of the clinic's card when a case was assessed anew, and what is to be recorded with it.

    Args:
        visit: whose case it is.
        view: the case as it is now.
        readings: its photos, where they were read again; without them the picture stays and says so.
    """
    async with visit.services.database.read() as session:
        referral = await find_open(session, view.number)
    posted = None if referral is None else await find_posted(visit.services, referral.token)
    if referral is None or posted is None or not posted.clinic.is_linked:
        return NOTHING
    level = view.assessment.level
    due_at = find_due(visit.services, level, asked_at=referral.asked_at)
    after = replace(posted, view=view, referral=replace(referral, level=level, due_at=due_at))
    picture = None
    if readings is not None:
        sight = Sight(view=view, readings=readings, crop=details_of(visit.services, referral).crop)
        wording = clinic_wording(visit.services, posted.clinic)
        picture = await draw_card_picture(visit.services, sight, wording=wording, at=posted.case.created_at)
    card, counted = await edit_card(visit.services, visit.bot, after, picture=picture)

    async def record(session: WriteSession) -> None:
        await change_level(session, referral.token, level=level, due_at=due_at)

    return (card,), (counted, record)


async def erase_cards(visit: Visit) -> tuple[Outgoing, ...]:
    """Edits that put an "erased" picture in the place of every card of this sender."""
    return () if visit.person is None else await erase_cards_of(visit.services, visit.person.subject)


async def erase_cards_of(services: Services, subject: str) -> tuple[Outgoing, ...]:
    """The same for a subject number."""
    async with services.database.read() as session:
        referrals = await list_of_subject(session, subject)
    erased = []
    for referral in referrals:
        posted = await find_posted(services, referral.token)
        if posted is None:
            continue
        wording = clinic_wording(services, posted.clinic)
        title, note = (plain(wording.say(each)) for each in ("erased-title", "erased-note"))
        erased.append(
            Outgoing(
                key=f"referral:{referral.token}:erased",
                chat_id=open_chat_id(services, posted.clinic),
                text=wording.say("erased-caption"),
                photo=await asyncio.to_thread(draw_notice, title, note),
                edit_message_id=posted.message_id,
                replaces=card_key(referral) if posted.message_id is None else None,
                priority=Priority.REFERRAL,
                language=wording.language,
            )
        )
    return tuple(erased)
