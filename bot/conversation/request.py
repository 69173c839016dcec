"""An update as a conversation sees it (`Request`), and its answer (`Reply`)."""

import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime

from telegram import Chat, User
from telegram.error import TelegramError
from telegram.ext import ExtBot

from bot.conversation.context import NevusContext, Services
from bot.conversation.wording import Wording
from bot.delivery.outgoing import Check, Keyboard, Outgoing, Record
from bot.delivery.turn import Turn
from bot.texts import Html
from storage.database.errors import StorageError
from storage.record.people import KnownPerson, find_person, relink_person

# A change of meaning in the texts `start-*` needs a new version here; everyone is then asked again.
CONSENT_VERSION = "3"

Effect = Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The messages and records of a conversation's answer, committed in one transaction."""

    messages: tuple[Outgoing, ...] = ()
    records: tuple[Record, ...] = ()
    is_held: bool = False  # the update waits for consent
    unless: Check | None = None  # of what is held: by now it need not wait any more
    pause_s: float | None = None  # the update is taken up again after so long, or earlier
    notice: str | None = None  # shown at the pressed button
    passes: bool = False  # the notice disappears by itself: all went well
    effects: tuple[Effect, ...] = ()  # after the commit; may fail without harm


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One update that is being processed, as a conversation sees it."""

    services: Services
    turn: Turn
    bot: ExtBot[None]
    user_id: int
    chat_id: int
    is_private: bool
    person: KnownPerson | None
    wording: Wording
    reply_to: int | None = field(default=None)

    @property
    def has_consented(self) -> bool:
        """Whether the sender accepted the current terms."""
        return self.person is not None and self.person.consent_version == CONSENT_VERSION

    @property
    def user_ref(self) -> bytes:
        """The keyed hash that finds the sender's link."""
        return self.services.keyring.user_ref(self.user_id)

    @property
    def user_refs(self) -> tuple[bytes, ...]:
        """The same under each key there is: finds what they claimed before a change of keys too."""
        return (self.user_ref, *self.services.keyring.former_user_refs(self.user_id))

    def now(self) -> datetime:
        """The time, aware, in UTC."""
        return self.services.clock()

    def say(self, message_id: str, /, **arguments: object) -> Html:
        """One text in the sender's language."""
        return self.wording.say(message_id, **arguments)

    def message(self, text: str, *, name: str = "answer", keyboard: Keyboard | None = None) -> Outgoing:
        """A new message to the chat. `name` distinguishes the messages of one turn."""
        return Outgoing(
            key=f"{self.turn.key}:{name}",
            chat_id=self.chat_id,
            text=text,
            keyboard=keyboard,
            reply_to_message_id=self.reply_to,
            language=self.wording.language,
        )

    def edit(self, message_id: int, text: str, *, keyboard: Keyboard | None = None) -> Outgoing:
        """A new text for a message that the bot sent, with new buttons or none."""
        return Outgoing(
            key=f"{self.turn.key}:edit",
            chat_id=self.chat_id,
            text=text,
            keyboard=keyboard,  # without one, Telegram takes the old buttons away
            edit_message_id=message_id,
            language=self.wording.language,
        )

    def answer(self, message_id: str, /, **arguments: object) -> Reply:
        """A reply of one text."""
        return Reply(messages=(self.message(self.say(message_id, **arguments)),))


async def open_request(context: NevusContext, *, user: User, chat: Chat) -> Request:
    """Look up the sender."""
    services = context.services
    person = await find_sender(services, user.id)
    chosen = person.language if person else None
    language = chosen or services.texts.choose(user.language_code, default=services.settings.language)
    return Request(
        services=services,
        turn=context.turn,
        bot=context.bot,
        user_id=user.id,
        chat_id=chat.id,
        is_private=chat.type == Chat.PRIVATE,
        person=person,
        wording=word(services, language),
    )


async def find_sender(services: Services, user_id: int) -> KnownPerson | None:
    """The sender's link; one that was made under an older key is found by the key in use from now on."""
    keyring = services.keyring
    async with services.database.read() as session:
        person = await find_person(session, keyring.user_ref(user_id))
        former = keyring.former_user_refs(user_id)
        is_older = person is None and any([await find_person(session, ref) for ref in former])
    if not is_older:
        return person
    async with services.database.write() as session:
        return await relink_person(session, former, keyring.user_ref(user_id))


def word(services: Services, language: str) -> Wording:
    """A language with the operator's words and numbers."""
    settings = services.settings
    return Wording(
        texts=services.texts,
        language=language,
        prevalence=settings.prevalence,
        pathway=settings.pathway,
        tested=services.tested,
    )


async def commit(request: Request, reply: Reply) -> None:
    """Commit the messages and records of a reply, then run its effects, which may fail."""
    if reply.pause_s is not None:
        await request.turn.postpone(*reply.messages, delay_s=reply.pause_s)
        return
    if reply.is_held:
        await request.turn.hold(*reply.messages, record=reply.records, unless=reply.unless)
    else:
        await request.turn.finish(*reply.messages, record=reply.records)
    for effect in reply.effects:
        with contextlib.suppress(TelegramError, StorageError):
            await effect()
