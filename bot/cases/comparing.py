"""Draws the first, the previous and the latest photo of a followed lesion side by side, after the answer."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from telegram.error import TelegramError

from bot.cards.side_by_side import ComparedPhoto, ComparisonContent, LesionPhoto, draw_comparison
from bot.cases.flag import say_flag
from bot.cases.lesion_labels import label_of
from bot.cases.several_lesions import find_lesions
from bot.cases.view import view_case
from bot.conversation.attachments import download, open_files
from bot.conversation.context import NevusApplication, Services
from bot.conversation.request import word
from bot.conversation.wording import Wording, dashed, plain
from bot.delivery.downloads import UnavailableFileError
from bot.delivery.outgoing import Outgoing, Priority
from bot.delivery.sealing import seal_message
from bot.delivery.write_queue import WriteQueue
from bot.texts import join_lines
from inference.boxes import scale_outline
from inference.engine import EngineError
from inference.photos import PhotoError
from inference.readings import RiskLevel
from storage.clinic.flags import find_flag
from storage.database.errors import StorageError
from storage.database.keys import SealError
from storage.database.sessions import WriteSession
from storage.queues import outbox
from storage.queues.outbox import PendingMessage
from storage.record.cases import Case, get_case
from storage.record.comparisons import (
    Comparison,
    drop_comparison,
    list_due_comparisons,
    postpone_comparison,
)
from storage.record.followed_photos import list_followed
from storage.record.lesions import Lesion, find_lesion, list_cases_of_lesion

log = logging.getLogger(__name__)

LOOK_EVERY_S: Final = 2.0
AGAIN_IN: Final = timedelta(minutes=1)
PATIENCE: Final = timedelta(hours=1)  # after this time a file counts as no longer available
ADDRESS: Final = "comparison chat"


class NotNowError(Exception):
    """Telegram or the networks may do it later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparisons:
    """Runs beside the workers, once the services are complete."""

    application: NevusApplication
    write_queue: WriteQueue
    notify: Callable[[Sequence[PendingMessage]], None]  # the sender

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self.look()
            except StorageError as error:
                log.warning("comparisons failed (%s); retrying", type(error).__name__)
            await asyncio.sleep(LOOK_EVERY_S)

    async def look(self) -> None:
        """Draw the pictures that are due. Picture and end of the row are committed together."""
        now = self._services.clock()
        async with self._services.database.read() as session:
            due = await list_due_comparisons(session, now=now)
        for comparison in due:
            try:
                outgoing = await self._draw(comparison, is_last_try=now - comparison.asked_at > PATIENCE)
            except NotNowError:
                await self._postpone(comparison.key, now + AGAIN_IN)
                continue
            except SealError:
                log.warning("a comparison could not be opened: it is dropped")
                outgoing = None
            self.notify(await self._finish(comparison, outgoing))

    @property
    def _services(self) -> Services:
        services: Services = self.application.bot_data["services"]
        return services

    async def _finish(self, comparison: Comparison, outgoing: Outgoing | None) -> list[PendingMessage]:
        sealed = None if outgoing is None else seal_message(outgoing, self._services.keyring)

        async def work(session: WriteSession) -> list[PendingMessage]:
            if not await drop_comparison(session, comparison.key) or sealed is None:
                return []
            moment = self._services.clock().timestamp()
            pending = await outbox.put_message(session, sealed, now=moment)
            return [] if pending is None else [pending]

        return await self.write_queue.write(work)

    async def _postpone(self, key: str, due_at: datetime) -> None:
        async def work(session: WriteSession) -> None:
            await postpone_comparison(session, key, due_at=due_at)

        await self.write_queue.write(work)

    async def _draw(self, comparison: Comparison, *, is_last_try: bool) -> Outgoing | None:
        """The message; None if there is nothing to compare (any more).

        Raises:
            NotNowError: a file does not come now, or too many photos wait.
            SealError: its address or its files are sealed with a key that is gone.
        """
        services, subject = self._services, comparison.subject
        wording = word(services, comparison.language)
        async with services.database.read() as session:
            case = await get_case(session, comparison.case_number, subject=subject)
            lesion = await find_lesion(session, case.id, subject=subject) if case else None
            if case is None or lesion is None or lesion.agreed_at is None:
                return None
            every = [each.number for each in await list_cases_of_lesion(session, lesion.id, subject=subject)]
            chosen = list(dict.fromkeys((every[0], *every[-2:])))  # first, previous, latest
            cases = [await get_case(session, number, subject=subject) for number in chosen]
            files = await list_followed(session, lesion.id)
            flag = await find_flag(session, case.number, subject=subject)
        compared = [each for each in cases if each is not None]
        if len(compared) < 2:
            return None
        photos = [await self._fetch(each, files.get(each.id), is_last_try=is_last_try) for each in compared]
        content = _compose(lesion, compared, photos, wording)
        picture = await asyncio.to_thread(draw_comparison, content)
        caption = wording.say("comparison-caption", label=label_of(wording, lesion), count=len(compared))
        return Outgoing(
            key=comparison.key,
            chat_id=int(services.keyring.decrypt(comparison.chat, purpose=ADDRESS)),
            text=join_lines((say_flag(flag, wording), caption), gap="\n\n"),
            photo=picture,
            priority=Priority.REFERRAL,
            language=wording.language,
        )

    async def _fetch(self, case: Case, sealed: bytes | None, *, is_last_try: bool) -> LesionPhoto | None:
        """The photo that leads a case; None if Telegram no longer has its file."""
        services, view = self._services, view_case(case)
        place = view.assessment.leading_photo
        files = () if sealed is None else open_files(services, sealed)
        if place >= len(files):
            return None
        try:
            data = await download(services, self.application.bot, files[place])
            if view.leading.photo_hash not in services.keyring.photo_hashes(data):
                return None
            preview = (await services.engine.read(data)).preview
        except PhotoError:
            return None
        except (UnavailableFileError, TelegramError, EngineError) as error:
            is_gone = isinstance(error, UnavailableFileError) and error.is_at_fault
            if is_gone or is_last_try:
                return None
            raise NotNowError from error
        findings, several = view.leading.findings, find_lesions(view)
        index = several.leading - 1 if several and several.picked is None else findings.chosen
        height, width = preview.shape[:2]
        size = (width / findings.quality.width_px, height / findings.quality.height_px)
        outline = scale_outline(findings.lesions[index].outline, *size) if findings.lesions else ()
        return LesionPhoto(preview=preview, outline=outline)


def _compose(
    lesion: Lesion, cases: Sequence[Case], photos: Sequence[LesionPhoto | None], wording: Wording
) -> ComparisonContent:
    names = ("first", "previous", "latest") if len(cases) > 2 else ("first", "latest")
    return ComparisonContent(
        title=plain(label_of(wording, lesion)),
        photos=tuple(
            ComparedPhoto(
                photo=photo,
                name=plain(wording.say(f"comparison-{name}")),
                date=plain(wording.say("timeline-date", at=case.created_at)),
                level=RiskLevel(case.level),
            )
            for name, case, photo in zip(names, cases, photos, strict=True)
        ),
        levels={level: plain(wording.say("card-level-" + dashed(level))) for level in RiskLevel},
        unavailable=plain(wording.say("comparison-unavailable")),
        not_to_scale=plain(wording.say("comparison-not-to-scale")),
        disclaimer=plain(wording.say("card-disclaimer")),
    )
