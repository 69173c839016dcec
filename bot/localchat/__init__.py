"""The local chat: a Bot API server on loopback with a chat page, to run a bot without Telegram."""

from bot.localchat.config import Limits, LocalChatConfig, Observer
from bot.localchat.server import LocalChat

__all__ = ["Limits", "LocalChat", "LocalChatConfig", "Observer"]
