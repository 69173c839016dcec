"""Checks the address of a webhook, and describes why Telegram refused one."""

import socket
from typing import Final
from urllib.parse import urlsplit

from telegram.error import BadRequest, TelegramError

PORTS: Final = (443, 80, 88, 8443)  # https://core.telegram.org/bots/api#setwebhook
_LONGEST: Final = 300


def find_address_fault(url: str) -> str | None:
    """A sentence on an address that setWebhook would refuse; None if nothing is wrong. Looks the host up.

    A Bot API server of your own that runs with `--local` takes http and any port, too.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or 443
    except ValueError:
        host, port = None, 443
        parts = urlsplit("")
    if parts.scheme != "https" or not host:
        return "Set NEVUS_WEBHOOK_URL to an address that begins with https://: Telegram calls no others."
    if port not in PORTS:
        return f"Set NEVUS_WEBHOOK_URL to port 443, 80, 88 or 8443: Telegram does not call port {port}."
    try:
        socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return f"Set NEVUS_WEBHOOK_URL to a host that can be resolved: {host} cannot."
    return None


def describe_refusal(error: TelegramError) -> str:
    """Telegram's reason for refusing a webhook; of other errors only their kind."""
    if not isinstance(error, BadRequest):
        return type(error).__name__
    return " ".join(error.message.split())[:_LONGEST]
