"""The local chat: a Bot API server on loopback and a web page, so that the product runs without a Telegram account."""

from bot.localchat.config import Limits, LocalChatConfig, Observer
from bot.localchat.server import LocalChat

__all__ = ["Limits", "LocalChat", "LocalChatConfig", "Observer"]
