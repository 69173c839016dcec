"""The local chat: a Bot API server on loopback with a chat page, to run a bot without Telegram."""

from bot.localchat.config import FloodLimits, LocalChatConfig, Observer
from bot.localchat.server import LocalChat

__all__ = ["FloodLimits", "LocalChat", "LocalChatConfig", "Observer"]
