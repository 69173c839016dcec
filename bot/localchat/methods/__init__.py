"""The methods of the Bot API, each a function of the world and the call."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from bot.localchat.methods import callbacks, chats, editing, media, messages, profile, updates
from bot.localchat.params import Call
from bot.localchat.world import World

Handler = Callable[[World, Call], Awaitable[Any]]

HANDLERS: dict[str, Handler] = {
    **updates.HANDLERS,
    **messages.HANDLERS,
    **media.HANDLERS,
    **editing.HANDLERS,
    **callbacks.HANDLERS,
    **chats.HANDLERS,
    **profile.HANDLERS,
}

__all__ = ["HANDLERS", "Handler"]
