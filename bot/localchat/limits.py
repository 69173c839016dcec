"""Telegram's flood limits as sliding windows over the times of past messages."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable

from bot.localchat.config import FloodLimits
from bot.localchat.errors import TooManyRequests

_HISTORY = 64  # times remembered for a chat's burst rule


class FloodLimiter:
    """Counts what a bot sends: overall, in a chat, in a group. Refused messages do not count."""

    def __init__(self, limits: FloodLimits, now: Callable[[], float] = time.monotonic) -> None:
        self.limits = limits
        self._now = now
        self._overall: deque[float] = deque()
        self._chats: dict[int, deque[float]] = {}
        self._groups: dict[int, deque[float]] = {}

    def admit(self, chat_id: int, *, is_group: bool, messages: int = 1) -> None:
        """Counts a message, or an album of several, unless a limit forbids it.

        An album counts once in its chat's second, and by its items in the other limits.

        Raises:
            TooManyRequests: a limit is reached; holds the whole seconds to wait.
        """
        if not self.limits.enabled:
            return
        now = self._now()
        in_group = self._groups.setdefault(chat_id, deque())
        wait = max(
            self._window_wait(self._overall, 1.0, self.limits.overall_per_s, now),
            self._burst_wait(self._chats.setdefault(chat_id, deque(maxlen=_HISTORY)), now),
            self._window_wait(in_group, 60.0, self.limits.group_per_min, now) if is_group else 0.0,
        )
        if wait > 0:
            raise TooManyRequests(max(1, math.ceil(wait)))
        self._chats[chat_id].append(now)
        self._overall.extend([now] * messages)
        if is_group:
            in_group.extend([now] * messages)

    def _window_wait(self, sent: deque[float], window_s: float, most: float, now: float) -> float:
        length = window_s - self.limits.slack_s
        while sent and sent[0] <= now - length:
            sent.popleft()
        excess = len(sent) + 1 - math.floor(most)
        return 0.0 if excess <= 0 else sent[min(excess, len(sent)) - 1] + length - now

    def _burst_wait(self, sent: deque[float], now: float) -> float:
        # In every window that ends now, at most the burst plus what the rate allows in its length.
        wait = 0.0
        for count, moment in enumerate(reversed(sent), start=2):
            needed = (count - self.limits.chat_burst) / self.limits.chat_per_s
            wait = max(wait, needed - (now - moment) - self.limits.slack_s)
        return wait
