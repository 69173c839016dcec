"""Commands, in texts and in captions, and the closest one to a command that does not exist."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial
from typing import Final

from telegram import Message, MessageEntity

from bot.cases.export import export
from bot.cases.history import show_history
from bot.cases.letter import letter
from bot.cases.privacy import ask_forget, privacy
from bot.cases.reminders import remind
from bot.clinic.follow_level import follow_level
from bot.clinic.invites import ask_invite, make_invite
from bot.clinic.linking import ask_link, press_link
from bot.clinic.members import press_member, show_members
from bot.clinic.worklist import show_mine, show_open
from bot.conversation.access import is_admin
from bot.conversation.callback_data import Press
from bot.conversation.consent import greet
from bot.conversation.language import ask_language
from bot.conversation.request import Reply, Request
from bot.routing.information import about, help_
from bot.routing.statistics import show_stats

Conversation = Callable[[Request], Awaitable[Reply]]


async def ask_photo(request: Request) -> Reply:
    """`/triage` without a photo."""
    return request.answer("otherwise-text") if request.has_consented else await greet(request)


COMMANDS: dict[str, Conversation] = {
    "start": greet,
    "help": help_,
    "history": partial(show_history, follow=follow_level),
    "letter": partial(letter, follow=follow_level),
    "remind": remind,
    "export": export,
    "about": about,
    "privacy": privacy,
    "language": ask_language,
    "forget": ask_forget,
    "triage": ask_photo,
    "open": show_open,
    "mine": show_mine,
}
# What French speakers type first; the menu shows the names above.
ALIASES = {
    "aide": "help",
    "historique": "history",
    "courrier": "letter",
    "rappel": "remind",
    "apropos": "about",
    "confidentialite": "privacy",
    "langue": "language",
    "oublier": "forget",
    "demarrer": "start",
}
PRIVATE_ONLY = frozenset({"history", "letter", "remind", "export", "forget", "language"})


@dataclass(frozen=True, slots=True)
class Command:
    """A command as it was written, without the slash, and the bot it names, if any."""

    name: str
    addressee: str | None

    @classmethod
    def of(cls, message: Message) -> "Command | None":
        """The command at the beginning of a text or a caption."""
        entities = message.parse_entities([MessageEntity.BOT_COMMAND])
        entities |= message.parse_caption_entities([MessageEntity.BOT_COMMAND])
        word = next((word for entity, word in entities.items() if entity.offset == 0), None)
        if word is None:
            return None
        name, _, addressee = word.removeprefix("/").partition("@")
        return cls(ALIASES.get(name.lower(), name.lower()), addressee.lower() or None)

    def is_for(self, username: str) -> bool:
        """Whether the command is for this bot."""
        return self.addressee is None or self.addressee == username.lower()


async def answer_command(request: Request, command: Command) -> Reply:
    """Do what the command says, or name the one that was probably meant."""
    conversation = COMMANDS.get(command.name) or find_admin_command(request, command.name)
    if conversation is not None:
        return await conversation(request)
    written = f"/{command.name[:32]}"
    closest = find_closest(command.name)
    if closest is None:
        return request.answer("command-unknown-plain", command=written)
    return request.answer("command-unknown", command=written, closest=f"/{closest}")


def find_closest(name: str) -> str | None:
    """The command that was probably meant."""
    matches = get_close_matches(name, [*COMMANDS, *ALIASES], n=1, cutoff=0.6)
    return ALIASES.get(matches[0], matches[0]) if matches else None


ADMIN_COMMANDS: Final[dict[str, Callable[[Request], Awaitable[Reply]]]] = {
    "link": ask_link,
    "invite": ask_invite,
    "members": show_members,
    "stats": show_stats,
}


# In a clinic's group, for those who may answer there; the lists also in private.
CLINIC_COMMANDS: Final[dict[str, Callable[[Request], Awaitable[Reply]]]] = {
    "open": show_open,
    "mine": show_mine,
    "stats": show_stats,
}


ADMIN_PRESSES: Final[dict[str, Callable[[Request, Press], Awaitable[Reply]]]] = {
    "i": make_invite,
    "j": press_link,
    "m": press_member,
}


def find_admin_command(request: Request, name: str) -> Callable[[Request], Awaitable[Reply]] | None:
    """The conversation behind an admin's command, for an admin."""
    return ADMIN_COMMANDS.get(name) if is_admin(request) else None
