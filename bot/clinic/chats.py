"""A clinic's chat: its sealed address, and what Telegram says about the bot and people there."""

from dataclasses import dataclass
from typing import Final, Literal

from telegram import Chat, ChatMember, ChatMemberAdministrator, ChatMemberOwner
from telegram.error import BadRequest, Forbidden
from telegram.ext import ExtBot

from bot.conversation.context import Services
from bot.conversation.request import Request, find_sender
from bot.delivery.write_queue import WriteQueue
from storage.clinic.clinics import Clinic, list_dermatologists
from storage.clinic.links import ChatPlace, NewClinic, move_clinic
from storage.clinic.members import is_removed
from storage.database.keys import Keyring

PURPOSE: Final = "clinic chat"


def seal_place(keyring: Keyring, chat_id: int) -> ChatPlace:
    """A chat's address, sealed."""
    chat = keyring.encrypt(str(chat_id).encode(), purpose=PURPOSE)
    return ChatPlace(chat=chat, chat_refs=keyring.chat_refs(chat_id))


def open_place(keyring: Keyring, sealed: bytes) -> int:
    """The id of a chat.

    Raises:
        SealError: damaged, or sealed with another key.
    """
    return int(keyring.decrypt(sealed, purpose=PURPOSE))


async def follow_chat(write_queue: WriteQueue, keyring: Keyring, old: int, new: int) -> None:
    """Change a clinic's address when its group becomes a supergroup."""
    place = seal_place(keyring, new)
    await write_queue.write(lambda session: move_clinic(session, keyring.chat_refs(old), place))


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
    """A chat, sealed, as the clinic that it becomes."""
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
    """What Telegram says about a chat; None if the bot is not in it, or it cannot be a clinic.

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
    """Whether the bot can do its work there: in a channel, posting and editing are separate rights."""
    if not isinstance(standing, ChatMemberAdministrator):
        return False
    return kind == "group" or bool(standing.can_post_messages and standing.can_edit_messages)


def _not_ready(chat_id: int, title: str | None, kind: str | None) -> Prospect | None:
    if kind is None:
        return None
    return Prospect(chat_id=chat_id, title=title or "", kind=kind, is_asker_admin=False, is_bot_ready=False)


GONE: Final = (ChatMember.LEFT, ChatMember.BANNED)
Standing = Literal["may", "anonymous", "outsider", "unlisted", "subscriber"]


async def judge_presser(request: Request, clinic: Clinic) -> Standing:
    """Whether this person may claim and answer there.

    Raises:
        TelegramError: Telegram cannot be asked now; the turn is retried.
    """
    subject = request.person.subject if request.person else None
    return await judge(request.services, request.bot, clinic, user_id=request.user_id, subject=subject)


async def may_answer(services: Services, bot: ExtBot[None], clinic: Clinic, *, user_id: int) -> bool:
    """Whether someone who is not asking now may claim and answer there.

    Raises:
        TelegramError: Telegram cannot be asked now.
    """
    person = await find_sender(services, user_id)
    subject = None if person is None else person.subject
    return await judge(services, bot, clinic, user_id=user_id, subject=subject) == "may"


async def judge(
    services: Services, bot: ExtBot[None], clinic: Clinic, *, user_id: int, subject: str | None
) -> Standing:
    """The standing of a person in a clinic.

    They are in the clinic's chat, by name, and on its list of dermatologists if it has one, be it empty. In a
    channel without a list administrators only: subscribers need not be dermatologists.

    Raises:
        TelegramError: Telegram cannot be asked now.
    """
    member = await _find_member(bot, open_chat_id(services, clinic), user_id)
    if member is None or not _is_inside(member):
        return "outsider"
    if isinstance(member, (ChatMemberOwner, ChatMemberAdministrator)) and member.is_anonymous:
        return "anonymous"
    async with services.database.read() as session:
        listed = await list_dermatologists(session, clinic.id)
        if subject is not None and await is_removed(session, clinic.id, subject):
            return "outsider"
    if clinic.has_list or listed:
        return "may" if subject in listed else "unlisted"
    if clinic.kind == "channel" and not isinstance(member, (ChatMemberOwner, ChatMemberAdministrator)):
        return "subscriber"
    return "may"


async def find_role(request: Request, clinic: Clinic) -> str:
    """As what someone answers who may: "dermatologist" on the clinic's list, "administrator" or "member".

    Raises:
        TelegramError: Telegram cannot be asked now; the turn is retried.
    """
    async with request.services.database.read() as session:
        listed = await list_dermatologists(session, clinic.id)
    if request.person is not None and request.person.subject in listed:
        return "dermatologist"
    member = await _find_member(request.bot, open_chat_id(request.services, clinic), request.user_id)
    return "administrator" if member is not None and is_administrator(member) else "member"


async def find_name(bot: ExtBot[None], chat_id: int, user_id: int | None) -> str | None:
    """A member's present name; None if Telegram does not return it."""
    if user_id is None:
        return None
    member = await _find_member(bot, chat_id, user_id)
    return member.user.full_name if member is not None else None


def _is_inside(member: ChatMember) -> bool:
    return member.status not in GONE and getattr(member, "is_member", True)


async def _find_member(bot: ExtBot[None], chat_id: int, user_id: int) -> ChatMember | None:
    try:
        return await bot.get_chat_member(chat_id, user_id)
    except (BadRequest, Forbidden):
        return None
