"""What stands behind a command: a case number, or nothing."""

import re
from typing import Final

from bot.conversation.request import Visit
from bot.handlers.history import find_own_case
from storage.cases import Case, list_cases

NUMBER: Final = re.compile(r"\b(?:N-)?([2-9B-Z]{6})\b", re.IGNORECASE)


async def find_meant_case(visit: Visit) -> Case | None:
    """The sender's case that the command names; without a number, the newest one."""
    message = visit.turn.updates[0].effective_message
    _, _, words = (message.text or "").partition(" ") if message else ("", "", "")
    if not words.strip():
        return await _find_newest(visit)
    found = NUMBER.search(words)
    return await find_own_case(visit, f"N-{found.group(1).upper()}") if found else None


async def _find_newest(visit: Visit) -> Case | None:
    if visit.person is None:
        return None
    async with visit.services.database.read() as session:
        cases = await list_cases(session, subject=visit.person.subject, limit=1)
    return cases[0] if cases else None
