"""A clinic's chat: its sealed address, and what Telegram says about the bot and people there."""

from dataclasses import dataclass
from typing import Final

from telegram import Chat, ChatMember, ChatMemberAdministrator
from telegram.error import BadRequest, Forbidden
from telegram.ext import ExtBot

from bot.conversation.context import Services
from bot.places import open_place, seal_place
from storage.clinic_links import NewClinic
from storage.clinics import Clinic
from storage.keys import Keyring

_TITLE: Final = "clinic title"
KINDS: Final = {Chat.GROUP: "group", Chat.SUPERGROUP: "group", Chat.CHANNEL: "channel"}
ADMINS: Final = (ChatMember.OWNER, ChatMember.ADMINISTRATOR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prospect:
    """A chat that may become a clinic."""

    chat_id: int
    title: str
    kind: str
    is_asker_admin: bool  # the person who wants to link it is administrator there
    is_bot_ready: bool  # the bot is administrator with the rights that it needs


def seal_clinic(keyring: Keyring, prospect: Prospect, *, language: str) -> NewClinic:
    """A chat as the clinic that it becomes."""
    return NewClinic(
        place=seal_place(keyring, prospect.chat_id),
        title=keyring.encrypt(prospect.title.encode(), purpose=_TITLE),
        kind=prospect.kind,
        language=language,
    )


def open_chat_id(services: Services, clinic: Clinic) -> int:
    """The id of a clinic's chat."""
    return open_place(services.keyring, clinic.chat)


def open_title(services: Services, clinic: Clinic) -> str:
    """The title of a clinic's chat, as it was when it was linked."""
    return services.keyring.decrypt(clinic.title, purpose=_TITLE).decode()


async def inspect_chat(bot: ExtBot[None], chat_id: int, *, asker: int) -> Prospect | None:
    """What Telegram says about a chat; None where the bot is not in it, or it can be no clinic.

    Raises:
        TelegramError: Telegram cannot be asked now.
    """
    try:
        chat = await bot.get_chat(chat_id)
        bot_standing = await bot.get_chat_member(chat_id, bot.id)
        kind = KINDS.get(chat.type)
        if kind is None or not is_administrator(bot_standing):
            return _not_ready(chat_id, chat.title, kind)
        asker_standing = await bot.get_chat_member(chat_id, asker)
    except (BadRequest, Forbidden):
        return None
    return Prospect(
        chat_id=chat_id,
        title=chat.title or "",
        kind=kind,
        is_asker_admin=is_administrator(asker_standing),
        is_bot_ready=can_post(bot_standing, kind),
    )


def is_administrator(standing: ChatMember) -> bool:
    """Whether it is an administrator's or the owner's."""
    return standing.status in ADMINS


def can_post(standing: ChatMember, kind: str) -> bool:
    """Whether the bot can do its work there: in a channel, posting and editing are rights of their own."""
    if not isinstance(standing, ChatMemberAdministrator):
        return False
    return kind == "group" or bool(standing.can_post_messages and standing.can_edit_messages)


def _not_ready(chat_id: int, title: str | None, kind: str | None) -> Prospect | None:
    if kind is None:
        return None
    return Prospect(chat_id=chat_id, title=title or "", kind=kind, is_asker_admin=False, is_bot_ready=False)
