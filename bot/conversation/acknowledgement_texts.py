"""Texts that acknowledge waiting photos: in private chats, to senders whose photos are read."""

from collections.abc import Callable
from typing import Any

from telegram import Bot, Chat, Update, User

from bot.conversation.attachments import Attachment
from bot.conversation.request import CONSENT_VERSION
from bot.delivery.acknowledgement_plan import Acknowledgement, Wait
from bot.delivery.acknowledgements import Compose
from bot.delivery.outgoing import Outgoing, Priority
from bot.settings import Settings
from bot.texts import Texts
from storage.clinic.members import is_member
from storage.database.keys import Keyring
from storage.database.sessions import WriteSession
from storage.record.people import KnownPerson, find_person


def make_composer(*, bot: Bot, texts: Texts, keyring: Keyring, settings: Settings) -> Compose:
    """Returns the function that words an acknowledgement in the sender's language."""

    async def compose(
        session: WriteSession, raw: dict[str, Any], acknowledgement: Acknowledgement, wait: Wait
    ) -> Outgoing | None:
        message = Update.de_json(raw, bot).message
        user = message.from_user if message is not None else None
        if message is None or user is None or message.chat.type != Chat.PRIVATE:
            return None
        if message.animation is not None or not Attachment.of(message):
            return None
        person = await find_person(session, keyring.user_ref(user.id))
        if person is None or not await _is_read(session, person, user, settings):
            return None
        language = person.language or texts.choose(user.language_code, default=settings.language)
        return Outgoing(
            key=acknowledgement.key,
            chat_id=message.chat_id,
            text=_word(lambda name, **values: texts.get(language, name, **values), acknowledgement, wait),
            reply_to_message_id=message.message_id,
            replaces=acknowledgement.replaces,
            priority=Priority.ACKNOWLEDGEMENT,
            language=language,
        )

    return compose


async def _is_read(session: WriteSession, person: KnownPerson, user: User, settings: Settings) -> bool:
    if person.consent_version != CONSENT_VERSION:
        return False
    if settings.access == "open" or user.id in settings.admins:
        return True
    return await is_member(session, person.subject)


def _word(say: Callable[..., str], acknowledgement: Acknowledgement, wait: Wait) -> str:
    if acknowledgement.line is not None:
        return say("answer-line", count=acknowledgement.line, minutes=wait.minutes)
    if wait.is_busy and not acknowledgement.turn.is_begun:
        return say("answer-busy", minutes=wait.minutes)
    return say("answer-reading", count=acknowledgement.turn.items)
