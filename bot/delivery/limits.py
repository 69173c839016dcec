"""How fast the bot may write: its own limits within Telegram's, by windows that slide.

Telegram: about 30 messages a second over all chats, 1 a second in a chat (short bursts pass), 20 a minute in
a group; the exact burst is not published (https://core.telegram.org/bots/faq, read 2026).
"""

from collections import deque
from collections.abc import Callable, Hashable, Iterable
from typing import Final

from bot.settings import LimitSettings

MARGIN_S: Final = 0.015  # on the way to the server well-spaced messages are squeezed together a little
CATCH_UP_STEPS: Final = 2
MINUTE_S: Final = 60.0
GIVEN_BACK: Final = 32  # at once, at most: more than messages are claimed at once
EASE_EVERY_S: Final = 1.0
EASE_FACTOR: Final = 0.9
RECOVER_S: Final = 10.0
LEAST_EASE: Final = 0.25


class _Window:
    """At most `most` moments in any `length_s` seconds.

    `paced`: when half of them are used up, the others are spread evenly. Messages that leave in bursts reach
    the server in bursts of another shape, and more than the limit may meet there within a second.
    """

    def __init__(
        self, most: float, length_s: float, moments: Iterable[float] = (), *, paced: bool = False
    ) -> None:
        # Fewer than one in a window: one in a longer window.
        self._most = max(int(most), 1)
        self._length_s = length_s * max(1.0, 1.0 / most) + MARGIN_S
        # More than count: those before matter again when one is given back.
        self.moments: deque[float] = deque(moments, maxlen=2 * self._most + GIVEN_BACK)
        self._free = self._most // 2 if paced else 0
        self._step_s = self._length_s / self._most
        self._next_at = float("-inf")  # by the pace

    def wait(self, now: float) -> float:
        is_full = len(self.moments) >= self._most
        full_s = self.moments[-self._most] + self._length_s - now if is_full else 0.0
        pace_s = self._next_at - now if self._is_paced(now) else 0.0
        return max(full_s, pace_s, 0.0)

    def take(self, now: float) -> None:
        # Who comes a little late is not late for good: the event loop wakes milliseconds after the time set.
        on_time = max(self._next_at, now - CATCH_UP_STEPS * self._step_s) if self._is_paced(now) else now
        self._next_at = on_time + self._step_s
        self.moments.append(now)

    def delay(self, taken_at: float, now: float) -> None:
        """What was taken then leaves only now."""
        for place in range(len(self.moments) - 1, -1, -1):
            if self.moments[place] == taken_at:
                self.moments[place] = now
                return

    def give_back(self, taken_at: float) -> None:
        """Undo a `take`: what was taken then does not leave."""
        for place in range(len(self.moments) - 1, -1, -1):
            if self.moments[place] == taken_at:
                del self.moments[place]
                self._next_at -= self._step_s
                return

    def _is_paced(self, now: float) -> bool:
        many = 0 < self._free <= len(self.moments)
        return many and self.moments[-self._free] + self._length_s > now

    def is_idle(self, now: float) -> bool:
        return not self.moments or self.moments[-1] + self._length_s < now


class _Bucket:
    """At most `burst + rate * t` in any t seconds (the generic cell rate algorithm: one number a chat)."""

    def __init__(self, rate_per_s: float, burst: int) -> None:
        self._step_s = 1.0 / rate_per_s + MARGIN_S
        self._slack_s = (burst - 1) * self._step_s
        self._full_at = float("-inf")

    def wait(self, now: float, *, spare: int = 0) -> float:
        slack_s = max(self._slack_s - spare * self._step_s, 0.0)
        return max(self._full_at - slack_s - now, 0.0)

    def take(self, now: float) -> None:
        self._full_at = max(self._full_at, now) + self._step_s

    def delay(self, taken_at: float, now: float) -> None:
        self._full_at += now - taken_at

    def give_back(self, _taken_at: float) -> None:
        self._full_at -= self._step_s

    def is_idle(self, now: float) -> bool:
        return self._full_at < now


class Limiter:
    """Computes how long a message has to wait. A chat is any key that identifies it."""

    def __init__(self, limits: LimitSettings, *, monotonic: Callable[[], float]) -> None:
        self._limits = limits
        self._monotonic = monotonic
        self._overall_per_s: float = limits.overall_per_s
        self._processes = 1
        self._ease = 1.0  # part of the overall limit that is used: less if Telegram allows less
        self._eased_at = float("-inf")
        self._overall = _Window(limits.overall_per_s, 1.0, paced=True)
        self._chats: dict[Hashable, _Bucket] = {}
        self._groups: dict[Hashable, _Window] = {}
        self._paused_until = float("-inf")

    def share(self, processes: int) -> None:
        """Leave the others their part of the overall limit; chats go to one process or another."""
        self._processes = max(processes, 1)
        self._set_overall()

    def ease(self) -> None:
        """Telegram's limits are tighter than ours: send less for a while, whatever is documented."""
        now = self._monotonic()
        if now - self._eased_at >= EASE_EVERY_S:
            self._eased_at = now
            self._ease = max(self._ease * EASE_FACTOR, LEAST_EASE)
            self._set_overall()

    def _set_overall(self) -> None:
        most = self._limits.overall_per_s * self._ease / self._processes
        if most != self._overall_per_s:
            self._overall_per_s = most
            self._overall = _Window(most, 1.0, self._overall.moments, paced=True)

    def overall_wait(self) -> float:
        """Seconds until any message may go."""
        now = self._monotonic()
        return max(self._overall.wait(now), self._paused_until - now, 0.0)

    def chat_wait(self, chat: Hashable, *, spare: int = 0) -> float:
        """Seconds until a message may go to this chat, as far as the chat's own limits go.

        `spare`: as many more of its burst stay free after it.
        """
        now = self._monotonic()
        own_s = self._chats[chat].wait(now, spare=spare) if chat in self._chats else 0.0
        group_s = self._groups[chat].wait(now) if chat in self._groups else 0.0
        return max(own_s, group_s)

    def take(self, chat: Hashable, *, is_group: bool) -> float:
        """Count a message that is sent as soon as it may be; the time (by the clock), for `leave`."""
        now = self._monotonic() + max(self.overall_wait(), self.chat_wait(chat))
        self._overall.take(now)
        limits = self._limits
        self._chats.setdefault(chat, _Bucket(limits.chat_per_s, limits.chat_burst)).take(now)
        if is_group:
            self._groups.setdefault(chat, _Window(limits.group_per_min, MINUTE_S)).take(now)
        return now

    def leave(self, chat: Hashable, *, taken_at: float) -> None:
        """The message that was counted for then leaves now, a little later: it counts from now on."""
        now = max(self._monotonic(), taken_at)
        self._overall.delay(taken_at, now)
        for limits in (self._chats, self._groups):
            if chat in limits:
                limits[chat].delay(taken_at, now)

    def give_back(self, chat: Hashable, *, taken_at: float) -> None:
        """The message that was counted for then does not leave: it uses up nothing."""
        self._overall.give_back(taken_at)
        for limits in (self._chats, self._groups):
            if chat in limits:
                limits[chat].give_back(taken_at)

    def pause(self, seconds: float) -> None:
        """Pause sending for as long as Telegram asked."""
        self._paused_until = max(self._paused_until, self._monotonic() + seconds)

    def forget_idle(self) -> None:
        """Drop the chats that nothing went to for long. To be called every few seconds."""
        now = self._monotonic()
        # Try a little more, some seconds after Telegram last complained.
        if self._ease < 1.0 and now - self._eased_at >= RECOVER_S:
            self._eased_at = now
            self._ease = min(self._ease / EASE_FACTOR, 1.0)
            self._set_overall()
        self._chats = {chat: limit for chat, limit in self._chats.items() if not limit.is_idle(now)}
        self._groups = {chat: limit for chat, limit in self._groups.items() if not limit.is_idle(now)}
