"""Notices outside a conversation: an update cannot be stored, was set aside, or waits for its file."""

import time
from collections.abc import Callable, Sequence
from typing import Final

from telegram import Bot, Update
from telegram.error import TelegramError

from bot.delivery.outgoing import Outgoing
from bot.delivery.updates import Raw, as_mapping
from bot.delivery.workers import Notify
from bot.texts import Texts
from storage.database.keys import Keyring
from storage.database.sessions import Database
from storage.record.people import find_person

EVERY_S: Final = 3_600.0
MOST_REMEMBERED: Final = 10_000


class StorageNotice:
    """Informs senders of updates that could not be stored. It keeps its state in memory only."""

    def __init__(self, bot: Bot, texts: Texts, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._bot = bot
        self._texts = texts
        self._monotonic = monotonic
        self._noticed_at: dict[int, float] = {}

    async def __call__(self, updates: Sequence[Raw]) -> None:
        """Write to each private chat that got no such notice within the hour."""
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
                    self._noticed_at.pop(chat_id, None)  # it is sent again with the update

    def _is_due(self, chat_id: int) -> bool:
        now = self._monotonic()
        if now - self._noticed_at.get(chat_id, float("-inf")) < EVERY_S:
            return False
        if len(self._noticed_at) >= MOST_REMEMBERED:
            self._noticed_at.clear()
        self._noticed_at[chat_id] = now
        return True


def make_notify(texts: Texts, database: Database, keyring: Keyring, *, default_language: str) -> Notify:
    """Return the function that writes a notice in the sender's language; groups get none."""

    async def find_language(update: Update) -> str:
        user = update.effective_user
        if user is None:
            return default_language
        async with database.read() as session:
            person = await find_person(session, keyring.user_ref(user.id))
        if person is not None and person.language is not None:
            return person.language
        return texts.choose(user.language_code, default=default_language)

    async def notify(text_id: str, updates: tuple[Update, ...], key: str) -> Outgoing | None:
        chat = updates[0].effective_chat if updates else None
        if chat is None or chat.type != chat.PRIVATE:
            return None
        language, message = await find_language(updates[0]), updates[0].message
        return Outgoing(
            key=key,
            chat_id=chat.id,
            text=texts.get(language, text_id),
            reply_to_message_id=None if message is None else message.message_id,
            language=language,
        )

    return notify
