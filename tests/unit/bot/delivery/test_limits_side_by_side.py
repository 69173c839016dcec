"""The bot's limiter against the local chat's flood limits, which share no code with it, in played time."""

from dataclasses import dataclass

import pytest

from bot.delivery.limits import Limiter
from bot.delivery.schedule import Schedule
from bot.localchat.config import FloodLimits as TheirLimits
from bot.localchat.errors import TooManyRequests
from bot.localchat.limits import FloodLimiter
from bot.settings import LimitSettings
from storage.queues.outbox import PendingMessage


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


def play(
    messages: int, chats: int, groups: int, *, tighter: float = 1.0, chat_by_chat: bool = False
) -> tuple[float, int, int]:
    """Seconds until everything arrived, how many arrived, how many were refused."""
    clock = Clock()
    limits = TheirLimits(
        overall_per_s=30 * tighter,
        chat_per_s=tighter,
        chat_burst=max(int(3 * tighter), 1),
        group_per_min=20 * tighter,
    )
    gate = FloodLimiter(limits, now=clock)
    lanes = Schedule(Limiter(LimitSettings(), monotonic=clock), monotonic=clock)
    places = share(messages, chats, groups)
    places = sorted(places) if chat_by_chat else places
    waiting = (
        PendingMessage(number + 1, bytes([place]), place >= chats, 0, 0.0)
        for number, place in enumerate(places)
    )
    lanes.add(waiting, now=0.0)
    arrived = refused = 0
    while len(lanes):
        for number in lanes.take(24):
            place = places[number - 1]
            clock.now += lanes.time_to_leave(number)
            lanes.leave(number)
            try:
                gate.admit(place, is_group=place >= chats)
            except TooManyRequests as error:
                refused += 1
                lanes.settle(number, again_in_s=float(error.parameters["retry_after"]))
            else:
                arrived += 1
                lanes.settle(number)
        clock.now += max(lanes.next_wait() or 0.0, 0.001)
    return clock.now, arrived, refused


def share(messages: int, chats: int, groups: int) -> list[int]:
    """Where each message goes: to a group every second round, to a chat in every one."""
    places: list[int] = []
    turn = 0
    while len(places) < messages:
        turn += 1
        places += range(chats + (groups if turn % 2 else 0))
    return places[:messages]


@pytest.mark.parametrize("chat_by_chat", [False, True])
def test_a_thousand_messages_fill_the_limits_and_none_is_refused(chat_by_chat: bool) -> None:
    """40 chats and 3 groups: within 5 % of what the limits allow, and not one 429.

    Also where all messages of one chat came before those of the next: the last chats must not be left over,
    each with its own second to wait, when the first ones are done.
    """
    took_s, arrived, refused = play(1000, 40, 3, chat_by_chat=chat_by_chat)
    assert (arrived, refused) == (1000, 0)
    assert took_s <= (1000 / 30 - 1) * 1.05


def test_where_the_limits_are_30_percent_tighter_everything_still_arrives() -> None:
    took_s, arrived, refused = play(400, 20, 2, tighter=0.7)
    assert arrived == 400
    assert refused > 0
    assert took_s < 400
