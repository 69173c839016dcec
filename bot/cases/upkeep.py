"""Regular work on the senders' records: send reminders, erase what has expired, forget who left long ago."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final, Protocol

from bot.cases.patient_context import open_reference
from bot.delivery.outgoing import Button, Outgoing, Priority, Record
from bot.delivery.sealing import seal_message
from bot.delivery.write_queue import WriteQueue
from bot.settings import Settings
from bot.texts import Texts, join_lines
from storage.clinic.flags import find_flag
from storage.database.errors import StorageError
from storage.database.keys import Keyring, SealError
from storage.database.sessions import Database, WriteSession
from storage.erasures import FILE_NAME, Journal, erase_person, list_idle
from storage.queues import outbox
from storage.queues.outbox import PendingMessage
from storage.record import answers
from storage.record.followed_photos import expire_followed
from storage.record.patient_contexts import find_patient
from storage.record.reminders import Reminder, drop_reminder, list_due

log = logging.getLogger(__name__)

LOOK_EVERY_S: Final = 30.0
SWEEP_EVERY_S: Final = 5.0
SWEEP_FOR_S: Final = 120.0
ADDRESS: Final = "reminder chat"


class EraseInGroups(Protocol):
    """Finds the edits in clinics' chats when someone is forgotten."""

    async def __call__(
        self, *, user_refs: Sequence[bytes], subject: str
    ) -> tuple[Sequence[Outgoing], Sequence[Record]]:
        """The edits, and what is to be recorded with them."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordUpkeep:
    """Runs beside the workers."""

    write_queue: WriteQueue
    database: Database
    keyring: Keyring
    texts: Texts
    settings: Settings
    now: Callable[[], float]  # Unix seconds
    notify: Callable[[Sequence[PendingMessage]], None]  # the sender
    erase_in_groups: EraseInGroups

    async def run(self) -> None:
        """Until cancelled."""
        next_look = time.monotonic()
        while True:
            try:
                await self.sweep()
                if time.monotonic() >= next_look:
                    next_look = time.monotonic() + LOOK_EVERY_S
                    await self.look()
            except StorageError as error:
                log.warning("record upkeep failed (%s); retrying", type(error).__name__)
            await asyncio.sleep(SWEEP_EVERY_S)

    async def look(self) -> None:
        """Do what is due."""
        await self.remind()
        await self.expire()
        await self.retain()

    async def sweep(self) -> None:
        """Empty the log of writes for a while after someone was forgotten.

        The last words to them leave the queues only after the erasure, and a reader may keep the log busy.
        """
        age_s = self.now() - self._journal.changed_at()
        if age_s < SWEEP_FOR_S:
            await self.database.erase_traces()

    async def remind(self) -> None:
        """Put due reminders into the outbox, and erase their return addresses in the same transaction."""
        now = self._moment()
        async with self.database.read() as session:
            due = await list_due(session, now=now)
        for reminder in due:
            self.notify(await self.write_queue.write(partial(self._send, reminder=reminder)))

    async def expire(self) -> None:
        """Erase where photos are, and forget which messages show cases, once neither is needed."""
        now = self._moment()
        before = now - timedelta(days=self.settings.work.remember_days)

        async def work(session: WriteSession) -> int:
            count = await expire_followed(session, now=now) + await answers.expire_photo_files(
                session, now=now
            )
            return count + await answers.expire_messages(session, before=before)

        if count := await self.write_queue.write(work):
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
            erasure = await self.erase_in_groups(user_refs=(person[0],), subject=person[1])
            self.notify(
                await self.write_queue.write(
                    partial(self._forget, person=person, erasure=erasure, before=before)
                )
            )
        if idle:
            await self.database.erase_traces()
            log.info("%d people forgotten after %d days", len(idle), days)

    async def _send(self, session: WriteSession, *, reminder: Reminder) -> list[PendingMessage]:
        if not await drop_reminder(session, reminder.id, subject=reminder.subject):
            return []  # cancelled meanwhile, or another process was faster
        try:
            chat_id = int(self.keyring.decrypt(reminder.chat, purpose=ADDRESS))
            language, case = reminder.language, reminder.case_number
            flag = await find_flag(session, case, subject=reminder.subject)
            text_id = "reminder-due" if flag is None else "reminder-due-flagged"
            open_case = Button(
                text=self.texts.get(language, "button-open-case", case=case), data=f"c:{case}:"
            )
            patient = await find_patient(session, case, subject=reminder.subject)
            reference = open_reference(self.keyring, patient)
            named = self.texts.get(language, "history-reference", reference=reference) if reference else ""
            due = self.texts.get(language, text_id, case=case)
            outgoing = Outgoing(
                key=f"reminder:{reminder.id}:{case}",
                chat_id=chat_id,
                text=join_lines((due, named)),
                keyboard=((open_case,),),
                priority=Priority.DIGEST,
                language=language,
            )
        except SealError:
            log.warning("a reminder's return address could not be opened: it is dropped")
            return []
        message = seal_message(outgoing, self.keyring)
        pending = await outbox.put_message(session, message, now=self.now())
        return [] if pending is None else [pending]

    async def _forget(
        self,
        session: WriteSession,
        *,
        person: tuple[bytes, str],
        erasure: tuple[Sequence[Outgoing], Sequence[Record]],
        before: datetime,
    ) -> list[PendingMessage]:
        """Forget one person, with the edits that erase them from the clinics' chats."""
        if person not in await list_idle(session, before=before):  # still, in the transaction that erases
            return []
        messages, records = erasure
        for record in records:
            await record(session)
        await erase_person(session, person[0], journal=self._journal, now=self._moment())
        sealed = [seal_message(each, self.keyring) for each in messages]
        put = [await outbox.put_message(session, each, now=self.now()) for each in sealed]
        return [pending for pending in put if pending is not None]

    @property
    def _journal(self) -> Journal:
        return Journal(self.settings.data_dir / FILE_NAME)

    def _moment(self) -> datetime:
        return datetime.fromtimestamp(self.now(), UTC)
