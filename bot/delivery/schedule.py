"""The order of sending: chats in parallel, one message per chat at a time, the most urgent first.

Among chats with equally urgent messages, the one that has been ready for longest goes first. So each chat
gets its share, however many messages another one has.

The schedule is kept in memory and contains ids only; the outbox contains the messages.
"""

import heapq
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from bot.delivery.limits import Limiter
from bot.delivery.outgoing import Priority
from storage.queues.outbox import PendingMessage

ANSWERS_SPARED: Final = (
    1  # messages of a chat's burst kept free, so that an acknowledgement never delays the next answer
)
AHEAD_S: Final = 0.1  # taken so early, a message has been claimed (two writes to a slow disk) by its moment
ROUNDING_S: Final = 1e-6
LONGEST_HOLD_S: Final = 60.0  # of a message that may not go yet: a clock that was set must not stop a chat
Entry = tuple[int, int]  # priority, then number: the order in a queue


@dataclass(slots=True)
class _ChatQueue:
    is_group: bool
    waiting: list[Entry] = field(default_factory=list)  # a heap
    busy: bool = False  # a message is on its way
    asleep_until: float = float("-inf")
    leaves_at: float = 0.0  # the moment that the message on its way was counted for
    ready_since: float | None = None  # when its head could have gone, but for the other queues
    is_held_up: bool = False  # asleep for the head's own sake: another head may go sooner


class Schedule:
    """Decides which message is sent next. No message is in it twice."""

    def __init__(self, limiter: Limiter, *, monotonic: Callable[[], float]) -> None:
        self._limiter = limiter
        self._monotonic = monotonic
        self._queues: dict[bytes, _ChatQueue] = {}
        self._known: dict[int, bytes] = {}
        # A heap of heads: priority, since when, number. Stale ones are passed over.
        self._ready: list[tuple[int, float, int, bytes]] = []
        self._asleep: list[tuple[float, bytes]] = []  # a heap

    def __len__(self) -> int:
        """The number of messages that wait or are being sent."""
        return len(self._known)

    def add(self, messages: Iterable[PendingMessage], *, now: float) -> None:
        """Add messages to their queues. Args: now: Unix seconds, on the clock of their `not_before`."""
        for message in messages:
            if message.id not in self._known:
                self._known[message.id] = message.lane_ref
                queue = self._queues.setdefault(message.lane_ref, _ChatQueue(message.is_group))
                heapq.heappush(queue.waiting, (message.priority, message.id))
                is_head = queue.waiting[0][1] == message.id
                if queue.is_held_up and is_head:
                    queue.asleep_until, queue.is_held_up = float("-inf"), False
                if is_head and not queue.busy and message.not_before > now:
                    queue.is_held_up = True
                    self._sleep(message.lane_ref, queue, min(message.not_before - now, LONGEST_HOLD_S))
                self._offer(message.lane_ref, queue)

    def take(self, most: int) -> list[int]:
        """The messages that may go now or soon (`time_to_leave`); their queues are busy until `settle`."""
        self._wake()
        taken: list[int] = []
        while self._ready and len(taken) < most and self._limiter.overall_wait() <= AHEAD_S + ROUNDING_S:
            priority, _, number, chat = heapq.heappop(self._ready)
            queue = self._queues.get(chat)
            if queue is None or queue.busy or not queue.waiting or queue.waiting[0] != (priority, number):
                continue
            if queue.asleep_until > self._monotonic():
                continue
            queue.is_held_up, queue.ready_since = False, None
            spare = ANSWERS_SPARED if priority >= Priority.ACKNOWLEDGEMENT else 0
            if (wait_s := self._limiter.chat_wait(chat, spare=spare)) > AHEAD_S + ROUNDING_S:
                queue.is_held_up = True
                self._sleep(chat, queue, wait_s - AHEAD_S)
            else:
                queue.busy = True
                queue.leaves_at = self._limiter.take(chat, is_group=queue.is_group)
                taken.append(number)
        return taken

    def time_to_leave(self, message: int) -> float:
        """Seconds until a message that was taken may leave."""
        chat = self._known.get(message)
        return 0.0 if chat is None else max(self._queues[chat].leaves_at - self._monotonic(), 0.0)

    def leave(self, message: int) -> None:
        """The message leaves now; if it is late, the next ones are delayed as well."""
        if (chat := self._known.get(message)) is not None:
            self._limiter.leave(chat, taken_at=self._queues[chat].leaves_at)

    def give_back(self, message: int, *, again_in_s: float | None = None) -> None:
        """The message that was taken does not leave: it was cancelled, or waits again for so long.

        Its place within the limits is free for the next one.
        """
        if (chat := self._known.get(message)) is not None and self._queues[chat].busy:
            self._limiter.give_back(chat, taken_at=self._queues[chat].leaves_at)
        self.settle(message, again_in_s=again_in_s)

    def settle(self, message: int, *, again_in_s: float | None = None) -> None:
        """The message is out, or refused, or waits again for so long (and its queue with it)."""
        chat = self._known.get(message)
        if chat is None:
            return
        queue = self._queues[chat]
        queue.busy = False
        if again_in_s is None:
            del self._known[message]
            queue.waiting = [entry for entry in queue.waiting if entry[1] != message]
            heapq.heapify(queue.waiting)
        if not queue.waiting:
            del self._queues[chat]
        elif again_in_s:
            self._sleep(chat, queue, again_in_s)
        else:
            self._offer(chat, queue)

    def next_wait(self) -> float | None:
        """Seconds until `take` may give something again; None when nothing waits for time to pass."""
        waits = []
        if self._ready:
            waits.append(self._limiter.overall_wait() - AHEAD_S)
        if self._asleep:
            waits.append(self._asleep[0][0] - self._monotonic())
        return max(min(waits), 0.0) if waits else None

    def _offer(self, chat: bytes, queue: _ChatQueue) -> None:
        now = self._monotonic()
        if not queue.busy and queue.waiting and queue.asleep_until <= now:
            if queue.ready_since is None:
                queue.ready_since = now
            priority, number = queue.waiting[0]
            heapq.heappush(self._ready, (priority, queue.ready_since, number, chat))

    def _sleep(self, chat: bytes, queue: _ChatQueue, seconds: float) -> None:
        queue.asleep_until = self._monotonic() + seconds
        heapq.heappush(self._asleep, (queue.asleep_until, chat))

    def _wake(self) -> None:
        now = self._monotonic()
        while self._asleep and self._asleep[0][0] <= now:
            _, chat = heapq.heappop(self._asleep)
            if (queue := self._queues.get(chat)) is not None:
                self._offer(chat, queue)
