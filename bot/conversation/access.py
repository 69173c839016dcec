"""Who may do what: admins by the settings, senders and dermatologists by invitation."""

import logging

from bot.conversation.request import Reply, Visit
from storage.clinic.members import is_member

log = logging.getLogger(__name__)


def is_admin(visit: Visit) -> bool:
    """Whether the operator named this person in the settings."""
    return visit.user_id in visit.services.settings.admins


async def is_let_in(visit: Visit) -> bool:
    """Whether this person's photos are read."""
    if visit.services.settings.access == "open" or is_admin(visit):
        return True
    if visit.person is None:
        return False
    async with visit.services.database.read() as session:
        return await is_member(session, visit.person.subject)


def turn_away(visit: Visit) -> Reply:
    """The answer to someone whose photos are not read."""
    log_refusal(visit, "no member")
    return visit.answer("access-closed")


def log_refusal(visit: Visit, why: str) -> None:
    """Note a refusal: an opaque reference that changes with each start, and one of our own words."""
    log.info("refused %s: %s", visit.services.keyring.log_ref(visit.user_id), why)
