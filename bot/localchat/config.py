"""Settings of the local chat."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Observer = Callable[[str, dict[str, Any], object], None]
"""Called with (method, parsed parameters, reply envelope) after each request of the bot."""

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True, kw_only=True)
class FloodLimits:
    """Telegram's flood limits, as documented. Telegram does not publish the exact burst."""

    enabled: bool = True
    overall_per_s: float = 30.0
    chat_per_s: float = 1.0
    chat_burst: int = 3
    group_per_min: float = 20.0
    slack_s: float = 0.05  # a socket brings well-spaced messages a little closer together

    def __post_init__(self) -> None:
        """Refuses figures that would let no message pass.

        Raises:
            ValueError: a figure is zero or less.
        """
        if min(self.overall_per_s, self.chat_per_s, self.chat_burst, self.group_per_min) <= 0:
            message = "flood limits must be above zero"
            raise ValueError(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalChatConfig:
    """Settings of one local chat.

    Raises:
        ValueError: `host` is not loopback, or the token does not have Telegram's form.
    """

    state_dir: Path
    host: str = "127.0.0.1"
    port: int = 0  # 0: any free one
    token: str | None = None  # None: generated once and kept in the state
    key: str | None = None  # secret of the person's side; None: generated once and kept in the state
    bot_username: str = "nevus_local_bot"
    bot_name: str = "Nevus"
    privacy_mode: bool = True
    limits: FloodLimits = field(default_factory=FloodLimits)
    faults: tuple[dict[str, Any], ...] = ()
    callback_timeout_s: float = 15.0
    webhook_retry_s: float = 60.0  # Telegram: about a minute
    webhook_timeout_s: float = 60.0
    max_upload_bytes: int = 52 * 1024 * 1024  # Telegram's 50 MB, and the form around the file
    keeps_edits: bool = True  # content before an edit stays in the transcript, for tests
    observer: Observer | None = None

    def __post_init__(self) -> None:
        """Refuses settings that would open the server to others or make it useless."""
        if self.host not in LOOPBACK:
            message = "the local chat listens on loopback only: host must be 127.0.0.1"
            raise ValueError(message)
        if self.token is not None and not self.token.partition(":")[0].isdigit():
            message = "a bot token looks like 123456:secret"
            raise ValueError(message)
