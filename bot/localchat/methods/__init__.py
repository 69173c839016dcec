"""The methods of the Bot API. Each is a function of the state and the call."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from bot.localchat.methods import callbacks, chats, editing, media, messages, profile, updates
from bot.localchat.params import Call
from bot.localchat.state import State

Handler = Callable[[State, Call], Awaitable[Any]]

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
