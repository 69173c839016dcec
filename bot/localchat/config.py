"""What the local chat can be told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Observer = Callable[[str, dict[str, Any], object], None]
"""Called with (method, parameters as understood, reply envelope) after each request of the bot."""

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Telegram's flood limits. The exact burst is not published; these figures are the documented ones."""

    enabled: bool = True
    overall_per_s: float = 30.0
    chat_per_s: float = 1.0
    chat_burst: int = 3
    group_per_min: float = 20.0
    slack_s: float = 0.05  # the way over the socket squeezes well-spaced messages together a little

    def __post_init__(self) -> None:
        """Refuses figures that would let nothing through."""
        if min(self.overall_per_s, self.chat_per_s, self.chat_burst, self.group_per_min) <= 0:
            message = "flood limits must be above zero"
            raise ValueError(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalChatConfig:
    """How a local chat starts.

    Raises:
        ValueError: `host` is anything but loopback, or the token has not Telegram's form.
    """

    state_dir: Path
    host: str = "127.0.0.1"
    port: int = 0  # 0: any free one
    token: str | None = None  # None: made up once and kept in the state
    key: str | None = None  # the secret of the person side; None: made up once and kept in the state
    bot_username: str = "nevus_local_bot"
    bot_name: str = "Nevus"
    privacy_mode: bool = True
    limits: Limits = field(default_factory=Limits)
    faults: tuple[dict[str, Any], ...] = ()
    callback_timeout_s: float = 15.0
    webhook_retry_s: float = 60.0  # Telegram: about a minute
    webhook_timeout_s: float = 60.0
    max_upload_bytes: int = 52 * 1024 * 1024  # Telegram takes 50 MB; the rest is the form around it
    keeps_edits: bool = True  # what a message said before an edit, and its picture: for tests
    observer: Observer | None = None

    def __post_init__(self) -> None:
        """Checks what would open the server to others or make it useless."""
        if self.host not in LOOPBACK:
            message = "the local chat listens on loopback only: host must be 127.0.0.1"
            raise ValueError(message)
        if self.token is not None and not self.token.partition(":")[0].isdigit():
            message = "a bot token looks like 123456:secret"
            raise ValueError(message)
