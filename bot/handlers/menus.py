"""Command menus and descriptions, by language and by kind of chat."""

from telegram import (
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeDefault,
)
from telegram.ext import ExtBot

from bot.answers.wording import plain
from bot.texts import Texts
from bot.texts.catalogue import FALLBACK

PRIVATE = ("start", "history", "help", "about", "privacy", "language", "forget")
GROUP = ("help", "about")


def list_commands(texts: Texts, language: str, names: tuple[str, ...] = PRIVATE) -> list[BotCommand]:
    """A command menu in one language."""
    return [BotCommand(name, plain(texts.get(language, f"menu-{name}"))) for name in names]


async def publish(bot: ExtBot[None], texts: Texts) -> None:
    """Tell Telegram the menus and descriptions: one for each language, and English for all others.

    Raises:
        TelegramError: Telegram did not take them; the bot works without.
    """
    for language in texts.languages:
        for code in {language, ""} if language == FALLBACK else {language}:
            await _publish_language(bot, texts, language, code)


async def _publish_language(bot: ExtBot[None], texts: Texts, language: str, code: str) -> None:
    scopes: tuple[tuple[BotCommandScope, tuple[str, ...]], ...] = (
        (BotCommandScopeDefault(), GROUP),
        (BotCommandScopeAllPrivateChats(), PRIVATE),
        (BotCommandScopeAllGroupChats(), GROUP),
    )
    for scope, names in scopes:
        await bot.set_my_commands(list_commands(texts, language, names), scope=scope, language_code=code)
    await bot.set_my_description(plain(texts.get(language, "menu-description")), language_code=code)
    short = plain(texts.get(language, "menu-short-description"))
    await bot.set_my_short_description(short, language_code=code)
