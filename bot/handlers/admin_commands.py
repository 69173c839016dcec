"""What admins can ask for. To everyone else these commands do not exist."""

from collections.abc import Awaitable, Callable
from typing import Final

from bot.clinic.invites import ask_invite, make_invite
from bot.clinic.linking import ask_link, press_link
from bot.clinic.members import press_member, show_members
from bot.conversation.access import is_admin
from bot.conversation.callback_data import Press
from bot.conversation.request import Reply, Visit
from bot.handlers.stats import show_stats

ADMIN_COMMANDS: Final[dict[str, Callable[[Visit], Awaitable[Reply]]]] = {
    "link": ask_link,
    "invite": ask_invite,
    "members": show_members,
    "stats": show_stats,
}


ADMIN_PRESSES: Final[dict[str, Callable[[Visit, Press], Awaitable[Reply]]]] = {
    "i": make_invite,
    "j": press_link,
    "m": press_member,
}


def find_admin_command(visit: Visit, name: str) -> Callable[[Visit], Awaitable[Reply]] | None:
    """The conversation behind an admin's command, for an admin."""
    return ADMIN_COMMANDS.get(name) if is_admin(visit) else None
