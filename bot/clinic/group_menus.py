"""The command menus of clinics' groups: no other group gets the lists of open cases and the figures."""

import contextlib

from telegram.error import BadRequest, Forbidden
from telegram.ext import ExtBot

from bot.clinic.chats import open_chat_id
from bot.conversation import menus
from bot.conversation.context import Services
from storage.clinic.links import list_clinics
from storage.database.keys import SealError


async def publish_for_clinics(bot: ExtBot[None], services: Services) -> None:
    """Publish the menu in each linked group, and take it out of the group of a lost clinic.

    A group that the bot cannot reach is left out.

    Raises:
        StorageError: the clinics cannot be read.
        TelegramError: Telegram did not take them; the bot works without.
    """
    async with services.database.read() as session:
        clinics = await list_clinics(session)
    for clinic in clinics:
        if clinic.kind == "group":
            change = menus.publish_for_clinic if clinic.is_linked else menus.withdraw_for_clinic
            with contextlib.suppress(BadRequest, Forbidden, SealError):
                await change(bot, services.texts, open_chat_id(services, clinic))


__all__ = ["publish_for_clinics"]
