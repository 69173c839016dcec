"""Finds the chat or message of a method call, and checks the bot's rights."""

from __future__ import annotations

from bot.localchat.errors import Migrated, bad_request, forbidden
from bot.localchat.records import ADMINS, PRESENT, Chat, Message
from bot.localchat.state import State

DELETE_WITHIN_S = 48 * 3600


def find_chat(state: State, chat_id: int | str | None) -> Chat:
    """The chat with this id.

    Raises:
        BotApiError: it does not exist, or it has been migrated to another id.
    """
    if chat_id is None:
        raise bad_request("chat_id is empty")
    chat = state.chats.get(chat_id) if isinstance(chat_id, int) else None
    if chat is None:
        raise bad_request("chat not found")
    if chat.migrated_to is not None:
        raise Migrated(chat.migrated_to)
    return chat


def open_chat(state: State, chat_id: int | str | None) -> Chat:
    """A chat that the bot may read.

    Raises:
        BotApiError: the bot is not a member, was removed, or is blocked.
    """
    chat = find_chat(state, chat_id)
    if chat.type == "private":
        person = state.people[chat.id]
        if person.blocked:
            raise forbidden("bot was blocked by the user")
        if not person.started:
            raise forbidden("bot can't initiate conversation with a user")
        return chat
    status = chat.status(state.bot_id)
    if status == "kicked":
        raise forbidden(f"bot was kicked from the {chat.type} chat")
    if status not in PRESENT:
        if chat.member(state.bot_id) is None and chat.type == "group":
            raise bad_request("chat not found")
        raise forbidden(f"bot is not a member of the {chat.type} chat")
    return chat


def sending_chat(state: State, chat_id: int | str | None) -> Chat:
    """A chat that the bot may write to.

    Raises:
        BotApiError: as `open_chat`, or the bot may not post in this channel.
    """
    chat = open_chat(state, chat_id)
    if chat.type == "channel" and not bot_can(state, chat, "can_post_messages"):
        raise bad_request("need administrator rights in the channel chat")
    return chat


def bot_can(state: State, chat: Chat, right: str) -> bool:
    """Whether the bot is administrator with this right."""
    return user_can(chat, state.bot_id, right)


def user_can(chat: Chat, user_id: int, right: str) -> bool:
    """Whether a user is the creator, or an administrator with this right."""
    member = chat.member(user_id)
    if member is None or member.status not in ADMINS:
        return False
    return member.status == "creator" or member.rights.get(right, False)


def find_message(state: State, chat: Chat, message_id: int | None, refusal: str) -> Message:
    """A message of the chat.

    Raises:
        BotApiError: `refusal` if there is no such message, or its id was not given.
    """
    if message_id is None:
        raise bad_request("message identifier is not specified")
    message = state.find_message(chat.id, message_id)
    if message is None:
        raise bad_request(refusal)
    return message


def check_deletable(state: State, chat: Chat, message: Message) -> None:
    """Checks Telegram's rules for deleting: within 48 hours, own messages or with the right to.

    Raises:
        BotApiError: the message cannot be deleted.
    """
    too_old = state.clock.now() - message.date > DELETE_WITHIN_S
    own = message.sender == state.bot_id
    as_admin = chat.type != "private" and bot_can(state, chat, "can_delete_messages")
    if as_admin and (chat.type in {"supergroup", "channel"} or not too_old):
        return  # administrators of supergroups and channels may delete at any age
    allowed = own or chat.type == "private"
    if too_old or not allowed or "migrate_to_chat_id" in message.service:
        raise bad_request("message can't be deleted")
