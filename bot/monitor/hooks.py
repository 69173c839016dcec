"""Monitoring hooks that the parts of the product call; these do nothing.

With monitoring on, `bot.monitor.listening.Listener` replaces them. No argument can identify anyone: stages,
counts, codes and random keys only.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Final, Literal

Ending = Literal["done", "held", "set_aside", "again"]
Delivery = Literal["sent", "later", "refused", "flood"]
TelegramCall = Literal["get_me", "get_updates", "get_webhook_info"]
TelegramFault = Literal["unreachable", "token_refused", "conflict", "unreadable", "webhook_error"]


class MonitorHooks:
    """Hooks for stages, turns and messages; calling them costs next to nothing."""

    def stage(self, _name: str, /) -> AbstractContextManager[None]:
        """Around one stage of a photo's journey."""
        return _NOTHING

    def turn(self, _key: str, _track: str, /, *, waited_s: float) -> AbstractContextManager[None]:  # noqa: ARG002
        """Around the work on one turn, so long after its update came; its key names its trace."""
        return _NOTHING

    def message(self, _key: str, /) -> AbstractContextManager[None]:
        """Around one request to Telegram; the key of an answer starts with its turn's."""
        return _NOTHING

    def ended(self, _track: str, _ending: Ending, _age_s: float, /) -> None:
        """A turn was put away, so long after its update came."""

    def delivered(self, _outcome: Delivery, _age_s: float, /) -> None:
        """Telegram answered a request with a message that was written so long ago."""

    def refused(self, _form: str, /) -> None:
        """Telegram refused a message in this form (`whole`, `again`, `words`, `notice`)."""

    def turned_away(self) -> None:
        """Telegram answered a call, whatever it asked for, with 429: too many requests."""

    def called(self, _call: TelegramCall, /, *, fault: TelegramFault | None = None) -> None:
        """Telegram answered a call that shows whether the way to it works; `fault` is what was wrong."""

    def stepped_over(self) -> None:
        """An update from Telegram could not be read or kept, and was skipped."""

    def answered(self, _level: str, _reasons: Sequence[str], /) -> None:
        """A case got its level."""


_NOTHING: Final[AbstractContextManager[None]] = nullcontext()
NULL_MONITOR: Final = MonitorHooks()
