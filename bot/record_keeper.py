"""Regular work on the senders' records: send reminders, erase what has expired, forget who left long ago."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

from bot.ledger import Ledger
from bot.messages import seal_message
from bot.settings import Settings
from bot.texts import Texts
from bot.turns import Button, Outgoing, Priority
from storage import answers, outbox
from storage.database import Database, WriteSession
from storage.erasures import FILE_NAME, Journal, erase_person, list_idle
from storage.errors import StorageError
from storage.keys import Keyring, SealError
from storage.outbox import NewMessage, PendingMessage
from storage.reminders import Reminder, drop_reminder, list_due

log = logging.getLogger(__name__)

LOOK_EVERY_S: Final = 30.0
ADDRESS: Final = "reminder chat"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordKeeper:
    """Runs beside the workers."""

    ledger: Ledger
    database: Database
    keyring: Keyring
    texts: Texts
    settings: Settings
    now: Callable[[], float]  # Unix seconds
    notify: Callable[[Sequence[PendingMessage]], None]  # the sender
    erase_cards: Callable[
        [str], Awaitable[Sequence[Outgoing]]
    ]  # edits of a subject's cards in clinics' chats

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self.look()
            except StorageError as error:
                log.warning("the records wait for the database (%s)", type(error).__name__)
            await asyncio.sleep(LOOK_EVERY_S)

    async def look(self) -> None:
        """Do what is due."""
        await self.remind()
        await self.expire()
        await self.retain()

    async def remind(self) -> None:
        """Put what is due into the outbox; the return address is erased in the same transaction."""
        now = self._moment()
        async with self.database.read() as session:
            due = await list_due(session, now=now)
        for reminder in due:
            self.notify(await self.ledger.write(partial(self._send, reminder=reminder)))

    async def expire(self) -> None:
        """Erase where photos are, and forget which messages show cases, once neither is needed."""
        now = self._moment()
        before = now - timedelta(days=self.settings.work.remember_days)

        async def work(session: WriteSession) -> int:
            count = await answers.expire_photo_files(session, now=now)
            return count + await answers.expire_messages(session, before=before)

        if count := await self.ledger.write(work):
            log.info("%d entries of answered cases erased", count)

    async def retain(self) -> None:
        """Forget those who sent nothing for as long as the operator allows, as `/forget` does."""
        days = self.settings.retention_days
        if days is None:
            return
        before = self._moment() - timedelta(days=days)
        async with self.database.read() as session:
            idle = await list_idle(session, before=before)
        for person in idle:
            cards = [seal_message(each, self.keyring) for each in await self.erase_cards(person[1])]
            self.notify(
                await self.ledger.write(partial(self._forget, person=person, cards=cards, before=before))
            )
        if idle:
            await self.database.erase_traces()
            log.info("%d people forgotten after %d days", len(idle), days)

    async def _send(self, session: WriteSession, *, reminder: Reminder) -> list[PendingMessage]:
        if not await drop_reminder(session, reminder.id, subject=reminder.subject):
            return []  # cancelled meanwhile, or another process was faster
        try:
            outgoing = self._write(reminder)
        except SealError:
            log.warning("a reminder's return address could not be opened: it is dropped")
            return []
        message = seal_message(outgoing, self.keyring)
        pending = await outbox.put_message(session, message, now=self.now())
        return [] if pending is None else [pending]

    def _write(self, reminder: Reminder) -> Outgoing:
        chat_id = int(self.keyring.decrypt(reminder.chat, purpose=ADDRESS))
        language, case = reminder.language, reminder.case_number
        open_case = Button(text=self.texts.get(language, "button-open-case", case=case), data=f"c:{case}:")
        return Outgoing(
            key=f"reminder:{reminder.id}:{case}",
            chat_id=chat_id,
            text=self.texts.get(language, "reminder-due", case=case),
            keyboard=((open_case,),),
            priority=Priority.DIGEST,
            language=language,
        )

    async def _forget(
        self,
        session: WriteSession,
        *,
        person: tuple[bytes, str],
        cards: Sequence[NewMessage],
        before: datetime,
    ) -> list[PendingMessage]:
        """Forget one person, with the edits that erase their cards in the clinics' chats."""
        if person not in await list_idle(session, before=before):  # still, in the transaction that erases
            return []
        journal = Journal(self.settings.data_dir / FILE_NAME)
        await erase_person(session, person[0], journal=journal, now=self._moment())
        put = [await outbox.put_message(session, each, now=self.now()) for each in cards]
        return [pending for pending in put if pending is not None]

    def _moment(self) -> datetime:
        return datetime.fromtimestamp(self.now(), UTC)
