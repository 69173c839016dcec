"""The local chat: a Bot API server on loopback and a web page, to run the product without Telegram."""

from bot.localchat.config import Limits, LocalChatConfig, Observer
from bot.localchat.server import LocalChat

__all__ = ["Limits", "LocalChat", "LocalChatConfig", "Observer"]
