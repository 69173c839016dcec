"""Permissions: admins by the settings, senders and dermatologists by invitation."""

import logging

from bot.conversation.request import Reply, Request
from storage.clinic.members import is_member

log = logging.getLogger(__name__)


def is_admin(request: Request) -> bool:
    """Whether the operator named this person in the settings."""
    return request.user_id in request.services.settings.admins


async def is_let_in(request: Request) -> bool:
    """Whether this person's photos are read."""
    if request.services.settings.access == "open" or is_admin(request):
        return True
    if request.person is None:
        return False
    async with request.services.database.read() as session:
        return await is_member(session, request.person.subject)


def turn_away(request: Request) -> Reply:
    """The answer to someone whose photos are not read."""
    log_refusal(request, "no member")
    return request.answer("access-closed")


def log_refusal(request: Request, why: str) -> None:
    """Log a refusal: an opaque reference that changes with each start, and a fixed reason."""
    log.info("refused %s: %s", request.services.keyring.log_ref(request.user_id), why)
