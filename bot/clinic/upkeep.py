"""Regular work on referrals: overdue ones, unreachable senders, the daily list, erasure."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from telegram.error import TelegramError
from telegram.ext import ExtBot

from bot.cards.notice import draw_notice
from bot.cases.reread import read_photos_again
from bot.clinic.admin_notices import notify_admins
from bot.clinic.album import draw_album, keep_album, write_album
from bot.clinic.card import Posted, clinic_wording, edit_card, find_posted, local_time
from bot.clinic.chats import open_chat_id, open_title
from bot.clinic.erasure import erase_under_card
from bot.clinic.notices import notify_sender
from bot.clinic.outcomes import ask_outcome
from bot.clinic.overdue import notify_of_overdue_claim
from bot.clinic.picture import Sight, draw_card_picture, find_cuts
from bot.clinic.sealed_forms import details_of
from bot.clinic.unconfirmed import follow_up
from bot.clinic.worklist import write_worklist
from bot.conversation.context import NevusApplication, Services
from bot.conversation.request import word
from bot.conversation.wording import plain
from bot.delivery.outgoing import Outgoing, Priority, Record
from bot.delivery.sealing import seal_message
from bot.delivery.write_queue import WriteQueue
from bot.texts import join_lines
from inference.engine import BusyError
from storage.clinic import cards as referral_cards
from storage.clinic import referrals
from storage.clinic.clinics import Clinic
from storage.clinic.confirmations import list_unconfirmed
from storage.clinic.drafts import expire_drafts
from storage.clinic.group_messages import note_sent_group_messages
from storage.clinic.links import list_clinics
from storage.clinic.outcomes import list_unasked
from storage.clinic.reachability import list_unreachable, mark_unreachable
from storage.clinic.referrals import Referral
from storage.clinic.verdicts import expire_answers, note_sent_answers
from storage.clinic.worklist import list_work
from storage.database.errors import StorageError
from storage.database.sessions import WriteSession
from storage.queues import outbox
from storage.queues.outbox import PendingMessage

log = logging.getLogger(__name__)

LOOK_EVERY_S: Final = 5.0
EXPIRE_EVERY_S: Final = 300.0
ADDRESS_DAYS: Final = 14  # after the answer, for a correction and for questions back
DRAFT_DAYS: Final = 2
SATURDAY: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class ClinicUpkeep:
    """Runs beside the workers, once the services are complete."""

    application: NevusApplication
    write_queue: WriteQueue
    notify: Callable[[Sequence[PendingMessage]], None]  # the sender

    async def run(self) -> None:
        """Until cancelled."""
        next_expiry = time.monotonic()
        while True:
            try:
                await self.look()
                if time.monotonic() >= next_expiry:
                    next_expiry = time.monotonic() + EXPIRE_EVERY_S
                    await self.expire()
            except (StorageError, TelegramError) as error:
                log.warning("referral upkeep failed (%s); retrying", type(error).__name__)
            await asyncio.sleep(LOOK_EVERY_S)

    async def look(self) -> None:
        """Do what is due."""
        now: datetime = self._services.clock()
        async with self._services.database.read() as session:
            unreachable = await list_unreachable(session)
            overdue = await referrals.list_overdue(session, now=now)
            clinics = await list_clinics(session)
            undelivered = await referral_cards.list_undelivered(session)
            unposted = await referral_cards.list_unposted(session)
            unconfirmed = await list_unconfirmed(session)
            unasked = await list_unasked(session, now=now)
        for referral in undelivered:
            await self._take_back(referral)
        for referral in unposted:
            await self._post_anew(referral)
        for referral in unreachable:
            await self._show_unreachable(referral, now)
        for referral in overdue:
            messages, records = await notify_of_overdue_claim(
                self._services, self.application.bot, referral, now=now
            )
            await self._write(messages, records)
        for referral in unasked:
            await self._write(*await ask_outcome(self._services, referral, now=now))
        for referral in unconfirmed:
            messages, records = await follow_up(self._services, self.application.bot, referral, now=now)
            if records:
                await self._write(messages, records)
        for clinic in clinics:
            if clinic.is_linked:
                await self._digest(clinic, now)

    async def expire(self) -> None:
        """Erase addresses and forms that are no longer needed; keep the cards' message ids."""
        now: datetime = self._services.clock()

        async def work(session: WriteSession) -> int:
            await referral_cards.note_sent_messages(session)
            await note_sent_group_messages(session)
            await note_sent_answers(session)
            count = await referrals.expire_addresses(session, before=now - timedelta(days=ADDRESS_DAYS))
            await expire_answers(session)
            return count + await expire_drafts(session, before=now - timedelta(days=DRAFT_DAYS))

        if count := await self.write_queue.write(work):
            log.info("%d return addresses and forms erased", count)

    @property
    def _services(self) -> Services:
        services: Services = self.application.bot_data["services"]
        return services

    async def _show_unreachable(self, referral: Referral, now: datetime) -> None:
        """Show on the card that its sender cannot be reached."""

        async def mark(session: WriteSession) -> None:
            await mark_unreachable(session, referral.token, now=now)

        posted = await find_posted(self._services, referral.token)
        if posted is None or not posted.clinic.is_linked:
            await self._write((), (mark,))
            return
        after = replace(posted, referral=replace(referral, unreachable_at=now))
        card, counted = await edit_card(self._services, self.application.bot, after)
        await self._write((card,), (counted, mark))

    async def _take_back(self, referral: Referral) -> None:
        """Notify sender and admins that Telegram refused the card; the sender can ask again."""
        wording = word(self._services, referral.language)
        text = wording.say("notice-undelivered", case=referral.case_number)
        notice = notify_sender(self._services, referral, text, name="undelivered")
        posted = await find_posted(self._services, referral.token)
        admins: Sequence[Outgoing] = ()
        if posted is not None and posted.clinic.is_linked:  # else they know
            title = open_title(self._services, posted.clinic)
            key = f"referral:{referral.token}:undelivered"
            admins = await notify_admins(self._services, key, "clinic-refuses", clinic=title)

        async def withdraw(session: WriteSession) -> None:
            now = self._services.clock()
            await referral_cards.withdraw_referral(session, referral.token, now=now)

        erased = await erase_under_card(self._services, posted) if posted is not None else ()
        await self._write([*([notice] if notice else []), *admins, *erased], (withdraw,))

    async def _post_anew(self, referral: Referral) -> None:
        """Post the card again in a group that has moved."""
        posted = await find_posted(self._services, referral.token)
        if posted is None or not posted.clinic.is_linked:
            return
        try:
            card, counted = await post_anew(self._services, self.application.bot, posted=posted)
            album, kept = await post_album_anew(self._services, self.application.bot, posted=posted)
        except BusyError:
            return  # at the next look
        await self._write((card, *album), (counted, kept))

    async def _digest(self, clinic: Clinic, now: datetime) -> None:
        """Post the open referrals once a working day, the most urgent and the oldest first."""
        local = local_time(self._services, now)
        if local.hour < self._services.settings.clinic.digest_hour or local.weekday() >= SATURDAY:
            return
        key = f"digest:{clinic.id}:{local.date()}"
        async with self._services.database.read() as session:
            if await outbox.knows(session, key):
                return
            waiting = await list_work(session, clinic.id)
        due = local.replace(
            hour=self._services.settings.clinic.digest_hour, minute=0, second=0, microsecond=0
        )
        waiting = [each for each in waiting if each.asked_at < due]  # what came later is on everyone's screen
        if waiting:
            await self._write((await self._write_digest(clinic, waiting, key=key),), ())

    async def _write_digest(self, clinic: Clinic, waiting: Sequence[Referral], *, key: str) -> Outgoing:
        wording, now = clinic_wording(self._services, clinic), self._services.clock()
        lines = await write_worklist(self._services, clinic, waiting, now=now, wording=wording)
        return Outgoing(
            key=key,
            chat_id=open_chat_id(self._services, clinic),
            text=join_lines((wording.say("digest-title", count=len(waiting)), lines)),
            priority=Priority.DIGEST,
            language=wording.language,
        )

    async def _write(self, messages: Sequence[Outgoing], records: Sequence[Record]) -> None:
        """Records and messages in one transaction."""
        sealed = [seal_message(message, self._services.keyring) for message in messages]
        moment = self._services.clock().timestamp()

        async def work(session: WriteSession) -> list[PendingMessage]:
            for record in records:
                await record(session)
            put = [await outbox.put_message(session, message, now=moment) for message in sealed]
            return [pending for pending in put if pending is not None]

        self.notify(await self.write_queue.write(work))


async def post_anew(services: Services, bot: ExtBot[None], *, posted: Posted) -> tuple[Outgoing, Record]:
    """The card as a new message, and the note that counts it.

    Raises:
        BusyError: the photo waits for the networks.
    """
    picture = await _draw(services, bot, posted=posted)
    card, counted = await edit_card(services, bot, replace(posted, message_id=None), picture=picture)
    return replace(card, key=posted.referral.card_key, replaces=None), counted


async def post_album_anew(
    services: Services, bot: ExtBot[None], *, posted: Posted
) -> tuple[tuple[Outgoing, ...], Record]:
    """The photos under the card that is posted as a new message, and the note of them.

    Raises:
        BusyError: too many photos wait.
    """
    referral, clinic, case = posted.referral, posted.clinic, posted.case
    key = f"referral:{referral.token}:album{referral.posts or ''}"
    album = await draw_album(services, bot, case=case, form=details_of(services, referral))
    messages = write_album(services, clinic, album, key=key, number=case.number)
    return messages, keep_album(clinic, case, album, key=key, services=services)


async def _draw(services: Services, bot: ExtBot[None], *, posted: Posted) -> bytes:
    """The picture of the card, or a note if Telegram's file is no longer known."""
    wording = clinic_wording(services, posted.clinic)
    readings = await read_photos_again(services, bot, case=posted.case)
    if readings is None:
        return await asyncio.to_thread(
            draw_notice, posted.case.number, plain(wording.say("picture-is-above"))
        )
    view = replace(posted.view, has_older_picture=False)
    cuts = find_cuts(details_of(services, posted.referral), readings)
    sight = Sight(view=view, readings=readings, cuts=cuts)
    return await draw_card_picture(services, sight, wording=wording, at=posted.case.created_at)
