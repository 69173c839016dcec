"""The table of methods: each module of this folder enters its functions."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from bot.localchat.params import Call
from bot.localchat.state import State

Method = TypeVar("Method", bound=Callable[[State, Call], Awaitable[Any]])

HANDLERS: dict[str, Callable[[State, Call], Awaitable[Any]]] = {}
"""The function of each method, by the method's name in the Bot API."""


def bot_method(name: str) -> Callable[[Method], Method]:
    """Decorator: the function serves the Bot API's method `name`."""

    def register(function: Method) -> Method:
        HANDLERS[name] = function
        return function

    return register
