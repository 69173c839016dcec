"""A card posted anew: its group has moved, and what stood there cannot be edited any more."""

import asyncio
from dataclasses import replace

from telegram.ext import ExtBot

from bot.cards.notice import draw_notice
from bot.cases.redraw import read_photos_again
from bot.conversation.context import Services
from bot.conversation.wording import plain
from bot.delivery.outgoing import Outgoing, Record
from bot.handlers.clinic_card import Posted, clinic_wording, edit_card
from bot.handlers.referral_picture import Sight, draw_card_picture
from bot.handlers.referral_store import details_of


async def post_anew(services: Services, bot: ExtBot[None], *, posted: Posted) -> tuple[Outgoing, Record]:
    """The card as a new message, and the note that counts it.

    Raises:
        BusyError: the photo waits for the networks.
    """
    picture = await _draw(services, bot, posted=posted)
    card, counted = await edit_card(services, bot, replace(posted, message_id=None), picture=picture)
    return replace(card, key=posted.referral.card_key, replaces=None), counted


async def _draw(services: Services, bot: ExtBot[None], *, posted: Posted) -> bytes:
    """The picture of the card; a note instead where Telegram's file is no longer known."""
    wording = clinic_wording(services, posted.clinic)
    readings = await read_photos_again(services, bot, case=posted.case)
    if readings is None:
        return await asyncio.to_thread(
            draw_notice, posted.case.number, plain(wording.say("picture-is-above"))
        )
    view = replace(posted.view, has_older_picture=False)
    sight = Sight(view=view, readings=readings, cut=details_of(services, posted.referral).cut)
    return await draw_card_picture(services, sight, wording=wording, at=posted.case.created_at)
