"""Command menus and descriptions, by language and by kind of chat."""

import contextlib

from telegram import (
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
    BotCommandScopeDefault,
)
from telegram.error import BadRequest, Forbidden
from telegram.ext import ExtBot

from bot.conversation.wording import plain
from bot.settings import Settings
from bot.texts import Texts
from bot.texts.catalogue import FALLBACK

PRIVATE = (
    "start",
    "history",
    "letter",
    "remind",
    "help",
    "about",
    "privacy",
    "language",
    "export",
    "forget",
)
GROUP = ("help", "about")
CLINIC = ("open", "mine", "stats", *GROUP)  # in the group of a clinic
ADMIN = ("link", "invite", "members", "stats")


def private_names(settings: Settings, user_id: int) -> tuple[str, ...]:
    """The commands in someone's private chat: admins have additional ones."""
    return (*PRIVATE, *ADMIN) if user_id in settings.admins else PRIVATE


def list_commands(texts: Texts, language: str, names: tuple[str, ...] = PRIVATE) -> list[BotCommand]:
    """A command menu in one language."""
    return [BotCommand(name, plain(texts.get(language, f"menu-{name}"))) for name in names]


async def publish(bot: ExtBot[None], texts: Texts) -> None:
    """Publish the menus and descriptions: one for each language, and English for all others.

    Raises:
        TelegramError: Telegram did not take them; the bot works without.
    """
    for language in texts.languages:
        for code in {language, ""} if language == FALLBACK else {language}:
            scopes: tuple[tuple[BotCommandScope, tuple[str, ...]], ...] = (
                (BotCommandScopeDefault(), GROUP),
                (BotCommandScopeAllPrivateChats(), PRIVATE),
                (BotCommandScopeAllGroupChats(), GROUP),
            )
            for scope, names in scopes:
                await bot.set_my_commands(
                    list_commands(texts, language, names), scope=scope, language_code=code
                )
            await bot.set_my_description(plain(texts.get(language, "menu-description")), language_code=code)
            short = plain(texts.get(language, "menu-short-description"))
            await bot.set_my_short_description(short, language_code=code)


async def publish_for_admins(bot: ExtBot[None], texts: Texts, settings: Settings) -> None:
    """Add the admins' commands in their own chats; one who never wrote to the bot has no chat yet."""
    for user_id in settings.admins:
        with contextlib.suppress(BadRequest, Forbidden):
            await publish_for(bot, texts, settings, user_id)


async def publish_for(bot: ExtBot[None], texts: Texts, settings: Settings, user_id: int) -> None:
    """One person's menu, in each language.

    Raises:
        TelegramError: Telegram did not take it.
    """
    await _publish_in(bot, texts, chat_id=user_id, names=private_names(settings, user_id))


async def publish_for_clinic(bot: ExtBot[None], texts: Texts, chat_id: int) -> None:
    """The menu of a clinic's group, in each language.

    Raises:
        TelegramError: Telegram did not take it.
    """
    await _publish_in(bot, texts, chat_id=chat_id, names=CLINIC)


async def withdraw_for_clinic(bot: ExtBot[None], texts: Texts, chat_id: int) -> None:
    """Take the menu of a clinic out of a group that is none any more.

    Raises:
        TelegramError: Telegram did not take it; the bot may have been removed.
    """
    for code in ("", *texts.languages):
        await bot.delete_my_commands(scope=BotCommandScopeChat(chat_id), language_code=code)


async def _publish_in(bot: ExtBot[None], texts: Texts, *, chat_id: int, names: tuple[str, ...]) -> None:
    scope = BotCommandScopeChat(chat_id)
    for language in texts.languages:
        for code in {language, ""} if language == FALLBACK else {language}:
            await bot.set_my_commands(list_commands(texts, language, names), scope=scope, language_code=code)
