"""What a link to the bot brings along: `/start PAYLOAD`."""

from collections.abc import Awaitable, Callable
from typing import Final

from telegram import Message

from bot.clinic.comments import LINK_PREFIX, ask_comment
from bot.clinic.invites import PREFIX as INVITE
from bot.clinic.invites import redeem
from bot.conversation.request import Reply, Visit

LONGEST: Final = 64  # signs, as Telegram allows

# By the payload's beginning.
PAYLOADS: Final[dict[str, Callable[[Visit, str], Awaitable[Reply]]]] = {
    INVITE: redeem,
    LINK_PREFIX: ask_comment,
}


def read_payload(message: Message) -> str:
    """What follows `/start`; empty when nothing does."""
    _, _, payload = (message.text or "").partition(" ")
    return payload.strip()[:LONGEST]


async def answer_payload(visit: Visit, payload: str) -> Reply | None:
    """Do what the link is for; None where it is for nothing in particular."""
    conversation = next((each for prefix, each in PAYLOADS.items() if payload.startswith(prefix)), None)
    return None if conversation is None else await conversation(visit, payload)
