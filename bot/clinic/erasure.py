"""Erases a forgotten person from clinics' chats: cards, questions back, their name."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from telegram.ext import ExtBot

from bot.cards.notice import draw_notice
from bot.clinic.album import cancel_albums, find_album_key
from bot.clinic.card import Posted, clinic_wording, edit_card, find_posted
from bot.clinic.chats import open_chat_id
from bot.clinic.empty_list import notify_of_empty_lists
from bot.conversation.clinics import Changes
from bot.conversation.context import Services
from bot.conversation.wording import plain
from bot.delivery.outgoing import Outgoing, Priority
from bot.delivery.sealing import open_message_id
from bot.texts import join_lines
from storage.clinic.clinics import Clinic, get_clinic
from storage.clinic.group_messages import GroupMessage, list_group_messages, list_referral_messages
from storage.clinic.referrals import list_of_claimer, list_of_subject

WORDS: Final = "words"


async def erase_in_groups(
    services: Services, bot: ExtBot[None], *, user_refs: Sequence[bytes], subject: str
) -> Changes:
    """Edits of everything that stands of this person in clinics' chats, and what is to be recorded with them.

    Deleting would fail after 48 hours; editing does not.
    """
    cards = await _erase_cards(services, subject)
    messages = await _erase_messages(services, subject)
    unclaimed, records = await _take_off_name(services, bot, user_refs=user_refs, subject=subject)
    unlisted, kept = await notify_of_empty_lists(services, subject)
    return (*cards, *messages, *unclaimed, *unlisted), (*records, *kept)


async def _erase_cards(services: Services, subject: str) -> Sequence[Outgoing]:
    """An "erased" picture instead of each card of this sender."""
    async with services.database.read() as session:
        referrals = await list_of_subject(session, subject)
    erased = []
    for referral in referrals:
        posted = await find_posted(services, referral.token)
        if posted is None:
            continue
        outgoing = await _erase(
            services,
            posted.clinic,
            outgoing=Outgoing(
                key=f"referral:{referral.token}:erased",
                chat_id=open_chat_id(services, posted.clinic),
                edit_message_id=posted.message_id,
                replaces=referral.card_key if posted.message_id is None else None,
            ),
        )
        erased.append(outgoing)
    return erased


async def _erase_messages(services: Services, subject: str) -> Sequence[Outgoing]:
    """The same instead of answers in teaching rounds, and of questions that the sender asked back."""
    async with services.database.read() as session:
        messages = await list_group_messages(session, subject)
    return await _erase_each(services, messages)


async def erase_under_card(services: Services, posted: Posted) -> Sequence[Outgoing]:
    """Erase what stands under a withdrawn card: the album, and what the sender asked back.

    It also cancels what waits to be sent.
    """
    async with services.database.read() as session:
        messages = await list_referral_messages(session, posted.referral)
    return await _erase_each(services, messages, why="withdrawn")


async def _erase_each(
    services: Services, messages: Sequence[GroupMessage], *, why: str = "erased"
) -> Sequence[Outgoing]:
    """Photos of an album are deleted, or edited if Telegram refuses that; anything else is edited."""
    async with services.database.read() as session:
        clinics = {each.clinic_id: await get_clinic(session, each.clinic_id) for each in messages}
    known = [(each, clinic) for each in messages if (clinic := clinics[each.clinic_id]) is not None]
    erased = [
        await _erase(
            services,
            clinic,
            outgoing=Outgoing(
                key=f"{message.key}:erased",
                chat_id=open_chat_id(services, clinic),
                edit_message_id=None if sealed is None else open_message_id(sealed, services.keyring),
                replaces=message.key if sealed is None else None,
                deletes=find_album_key(message) is not None,
            ),
            has_words=message.kind == WORDS,
            why=why,
        )
        for message, clinic in known
        for sealed in [message.message_id]
    ]
    return [*cancel_albums([message for message, _ in known], erased), *erased]


async def _erase(
    services: Services, clinic: Clinic, *, outgoing: Outgoing, has_words: bool = False, why: str = "erased"
) -> Outgoing:
    """The message with its content erased; a text message needs no picture.

    `why` begins the ids of the picture's texts: "erased" or "withdrawn".
    """
    wording = clinic_wording(services, clinic)
    text, photo = wording.say("erased-caption"), None
    if not has_words:
        title, note = (plain(wording.say(each)) for each in (f"{why}-title", f"{why}-note"))
        photo = await asyncio.to_thread(draw_notice, title, note)
        if clinic.kind == "group":  # others may have replied: that is theirs to delete
            text = join_lines((text, wording.say("erased-please")))
    return replace(
        outgoing,
        text=text,
        photo=photo,
        erases=True,
        priority=Priority.REFERRAL,
        language=wording.language,
    )


async def _take_off_name(
    services: Services, bot: ExtBot[None], *, user_refs: Sequence[bytes], subject: str
) -> Changes:
    """Others' cards that this person claimed: answered ones without the name, the others free again."""
    async with services.database.read() as session:
        referrals = await list_of_claimer(session, user_refs)
    edits, records = [], []
    for referral in referrals:
        if referral.subject == subject:
            continue  # their own card is erased
        posted = await find_posted(services, referral.token)
        if posted is None or not posted.clinic.is_linked or referral.details is None:
            continue
        state = "open" if referral.state == "claimed" else referral.state
        nobody = replace(referral, state=state, claimer_ref=None, claimer=None)
        card, counted = await edit_card(services, bot, replace(posted, referral=nobody))
        edits.append(card)
        records.append(counted)
    return tuple(edits), tuple(records)


__all__ = ["erase_in_groups", "erase_under_card"]
