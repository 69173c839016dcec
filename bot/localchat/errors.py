"""Refusals of the local chat.

ChatError
├── BotApiError      a refusal to the bot, in Telegram's words
│   └── TooManyRequests, Migrated: with `parameters`
└── PersonApiError   a refusal to the page or a test
"""

from __future__ import annotations

from typing import Any


class ChatError(Exception):
    """Base class of all refusals."""


class BotApiError(ChatError):
    """A refusal to the bot: `{"ok": false, "error_code": code, "description": ...}`."""

    def __init__(self, code: int, description: str, parameters: dict[str, Any] | None = None) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters


class TooManyRequests(BotApiError):  # noqa: N818 - Telegram's name for it
    """Telegram's flood limit: the bot must wait `retry_after_s` whole seconds."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(
            429, f"Too Many Requests: retry after {retry_after_s}", {"retry_after": retry_after_s}
        )


class Migrated(BotApiError):  # noqa: N818 - an answer, not a crash
    """The group has become a supergroup with another id."""

    def __init__(self, new_id: int) -> None:
        super().__init__(
            400, "Bad Request: group chat was upgraded to a supergroup chat", {"migrate_to_chat_id": new_id}
        )


class PersonApiError(ChatError):
    """A refusal to the page or to a test: `{"error": {"code": ..., "message": ...}}`."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


def bad_request(reason: str) -> BotApiError:
    """400 in Telegram's form."""
    return BotApiError(400, f"Bad Request: {reason}")


def forbidden(reason: str) -> BotApiError:
    """403 in Telegram's form."""
    return BotApiError(403, f"Forbidden: {reason}")


def not_found(what: str) -> PersonApiError:
    """404 of the person's side."""
    return PersonApiError(404, "not_found", f"{what} not found")


def refused(code: str, message: str) -> PersonApiError:
    """400 of the person's side."""
    return PersonApiError(400, code, message)
