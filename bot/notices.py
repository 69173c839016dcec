"""What a sender is told outside any turn: that an update cannot be kept now, or was set aside."""

import time
from collections.abc import Callable, Sequence
from typing import Final

from telegram import Bot, Update
from telegram.error import TelegramError

from bot.addressing import Raw, as_mapping
from bot.texts import Texts
from bot.turns import Outgoing
from bot.workers import Apology

EVERY_S: Final = 3_600.0
MOST_REMEMBERED: Final = 10_000


class StorageNotice:
    """Called with updates that the disk did not take. Kept in memory only: there is nowhere else."""

    def __init__(self, bot: Bot, texts: Texts, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._bot = bot
        self._texts = texts
        self._monotonic = monotonic
        self._told: dict[int, float] = {}

    async def __call__(self, updates: Sequence[Raw]) -> None:
        """Tell each private chat that was not told within the hour."""
        for raw in updates:
            message = as_mapping(raw.get("message"))
            chat = as_mapping(message.get("chat"))
            chat_id = chat.get("id")
            if chat.get("type") == "private" and isinstance(chat_id, int) and self._is_due(chat_id):
                code = as_mapping(message.get("from")).get("language_code")
                language = self._texts.choose(code if isinstance(code, str) else None)
                try:
                    await self._bot.send_message(chat_id, self._texts.get(language, "kept-by-telegram"))
                except TelegramError:
                    self._told.pop(chat_id, None)  # it comes again with the update

    def _is_due(self, chat_id: int) -> bool:
        now = self._monotonic()
        if now - self._told.get(chat_id, float("-inf")) < EVERY_S:
            return False
        if len(self._told) >= MOST_REMEMBERED:
            self._told.clear()
        self._told[chat_id] = now
        return True


def make_apology(texts: Texts, default_language: str) -> Apology:
    """What a sender is told, in the language that Telegram says is theirs. Groups are told nothing."""

    def apologise(updates: tuple[Update, ...], key: str) -> Outgoing | None:
        chat = updates[0].effective_chat if updates else None
        if chat is None or chat.type != chat.PRIVATE:
            return None
        user = updates[0].effective_user
        code = user.language_code if user is not None else None
        language = texts.choose(code) if code else default_language
        return Outgoing(key=key, chat_id=chat.id, text=texts.set_aside(language), language=language)

    return apologise
