"""The methods of the Bot API. Each is a function of the state and the call."""

from __future__ import annotations

from bot.localchat.methods import callbacks, chats, editing, media, messages, profile, updates
from bot.localchat.methods.registry import HANDLERS

__all__ = ["HANDLERS", "callbacks", "chats", "editing", "media", "messages", "profile", "updates"]
