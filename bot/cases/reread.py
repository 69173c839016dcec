"""A case's photos, fetched and read again, and its card drawn again: photos are never kept."""

import asyncio
from collections.abc import Sequence

from telegram.error import TelegramError
from telegram.ext import ExtBot

from bot.cases.card import render_card
from bot.cases.stored_findings import find_rules
from bot.cases.view import CaseView
from bot.conversation.attachments import download, find_files
from bot.conversation.context import Services
from bot.conversation.request import Request
from bot.delivery.downloads import UnavailableFileError
from inference.photos import PhotoError
from inference.policy import Thresholds
from inference.readings import PhotoReading
from storage.record.cases import Case


async def read_again(request: Request, case: Case) -> tuple[PhotoReading, ...] | None:
    """The photos of a case, fetched from Telegram and read again; None when they cannot be had any more.

    Raises:
        BusyError: too many photos wait; the turn is retried.
    """
    return await read_photos_again(request.services, request.bot, case=case)


async def read_photos_again(
    services: Services, bot: ExtBot[None], *, case: Case
) -> tuple[PhotoReading, ...] | None:
    """The same without a `Request`."""
    files = await find_files(services, case.number, subject=case.subject)
    if len(files) != len(case.photos):
        return None
    try:
        data = [await download(services, bot, each) for each in files]
        if any(
            photo.photo_hash not in services.keyring.photo_hashes(each)
            for each, photo in zip(data, case.photos, strict=True)
        ):
            return None
        return tuple([await services.engine.read(each) for each in data])
    except (TelegramError, UnavailableFileError, PhotoError):
        return None


async def draw_again(request: Request, case: Case, view: CaseView, readings: Sequence[PhotoReading]) -> bytes:
    """The card of a case as it is now."""
    return await asyncio.to_thread(
        render_card,
        view,
        readings,
        thresholds=find_thresholds(request.services, case, view),
        wording=request.wording,
        at=case.created_at,
    )


def find_thresholds(services: Services, case: Case, view: CaseView) -> Thresholds:
    """Those of the leading photo's kind, by the rules that the case was recorded under."""
    rules = find_rules(case, services.release.policy)
    return rules.for_domain(view.leading.findings.domain).thresholds
