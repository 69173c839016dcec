"""Checks whether Telegram delivers any file: fetches another photo that waits in the chat, and drops it."""

from contextlib import suppress
from typing import Final

import orjson
from telegram import Update
from telegram.error import TelegramError
from telegram.ext import ExtBot

from bot.conversation.attachments import Attachment, download
from bot.conversation.context import Services
from bot.delivery.downloads import UnavailableFileError
from bot.delivery.inbox import PURPOSE, ClaimedTurn
from bot.delivery.stalls import Probe
from inference.photos import PhotoError
from storage.database.keys import SealError
from storage.queues.acknowledgements import list_payloads_behind

MOST_TRIED: Final = 3


def make_probe(services: Services, bot: ExtBot[None]) -> Probe:
    """Return what fetches the photos that wait behind a turn until one comes."""

    async def probe(turn: ClaimedTurn) -> None:
        async with services.database.read() as session:
            payloads = await list_payloads_behind(session, turn.lane_ref, row=turn.ids[-1], most=MOST_TRIED)
        for payload in payloads:
            with suppress(UnavailableFileError, PhotoError, TelegramError, SealError, ValueError):
                update = Update.de_json(orjson.loads(services.keyring.decrypt(payload, purpose=PURPOSE)), bot)
                attachment = Attachment.of(update.message) if update.message is not None else None
                if attachment is not None:
                    await download(services, bot, attachment)
                    return

    return probe
