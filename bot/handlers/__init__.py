"""Handlers: update to use case to answer. One file a conversation."""

from bot.handlers.routing import register

__all__ = ["register"]
