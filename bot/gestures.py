"""Small signs that nobody waits for: a button's answer, "typing". Best effort, never an error."""

import contextlib
from typing import Final

from telegram import Bot, CallbackQuery
from telegram.constants import ChatAction
from telegram.error import TelegramError

MOST_UNITS: Final = 200  # of a notice at a button


async def answer_button(query: CallbackQuery, text: str | None = None, *, alert: bool = False) -> None:
    """Stop the button's spinner. Telegram refuses when the press is too old: nobody waits then."""
    with contextlib.suppress(TelegramError):
        await query.answer(text=text[:MOST_UNITS] if text else None, show_alert=alert)


async def show_typing(bot: Bot, chat_id: int, *, photo: bool = False) -> None:
    """Show that something is coming."""
    with contextlib.suppress(TelegramError):
        await bot.send_chat_action(chat_id, ChatAction.UPLOAD_PHOTO if photo else ChatAction.TYPING)
