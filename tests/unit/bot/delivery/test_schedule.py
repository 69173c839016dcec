"""The order of sending: chats side by side, one message of a chat at a time, the most urgent first."""

from bot.delivery.limits import Limiter
from bot.delivery.outgoing import Priority
from bot.delivery.schedule import Schedule
from bot.settings import LimitSettings
from storage.queues.outbox import PendingMessage
from tests.unit.bot.delivery.test_limits import Clock

WIDE = LimitSettings(overall_per_s=1000, chat_per_s=1000, chat_burst=1000, group_per_min=1000)


def make(limits: LimitSettings = WIDE) -> tuple[Schedule, Clock]:
    clock = Clock()
    return Schedule(Limiter(limits, monotonic=clock), monotonic=clock), clock


def wait(number: int, lane: bytes, priority: int = 0) -> PendingMessage:
    return PendingMessage(number, lane, is_group=False, priority=priority, not_before=0.0)


def test_one_message_of_a_chat_is_under_way_at_a_time() -> None:
    lanes, _ = make()
    lanes.add([wait(1, b"a"), wait(2, b"a"), wait(3, b"b")], now=0.0)
    assert lanes.take(10) == [1, 3]
    assert lanes.take(10) == []
    lanes.settle(1)
    assert lanes.take(10) == [2]


def test_the_most_urgent_goes_first_and_a_chat_keeps_its_order() -> None:
    lanes, _ = make()
    lanes.add([wait(1, b"a", 3), wait(2, b"b", 0), wait(3, b"b", 0)], now=0.0)
    assert lanes.take(1) == [2]
    lanes.settle(2)
    assert lanes.take(1) == [3]
    assert lanes.take(1) == [1]


def test_a_message_that_waits_again_keeps_its_chat_waiting_and_no_other() -> None:
    lanes, clock = make()
    lanes.add([wait(1, b"a"), wait(2, b"a"), wait(3, b"b")], now=0.0)
    assert lanes.take(10) == [1, 3]
    lanes.settle(1, again_in_s=5.0)
    lanes.settle(3)
    assert lanes.take(10) == []
    assert lanes.next_wait() == 5.0
    clock.now += 5.0
    assert lanes.take(10) == [1]


def test_a_message_that_may_not_go_yet_lets_a_more_urgent_one_of_its_chat_go_first() -> None:
    lanes, clock = make()
    early = PendingMessage(1, b"a", is_group=False, priority=1, not_before=1_003.0)
    lanes.add([early, wait(2, b"b")], now=1_000.0)
    assert lanes.take(10) == [2]
    lanes.add([wait(3, b"a")], now=1_001.0)
    assert lanes.take(10) == [3]
    lanes.settle(3)
    clock.now += 3.0
    assert lanes.take(10) == [1]


def test_a_clock_that_was_set_back_holds_a_message_for_a_minute_at_most() -> None:
    lanes, clock = make()
    lanes.add([PendingMessage(1, b"a", is_group=False, priority=1, not_before=200_000.0)], now=0.0)
    assert lanes.take(10) == []
    assert lanes.next_wait() == 60.0
    clock.now += 60.0
    assert lanes.take(10) == [1]


def test_a_flood_in_one_chat_delays_that_chat_only() -> None:
    lanes, clock = make(LimitSettings())
    lanes.add([wait(number, b"flood") for number in range(100)], now=0.0)
    lanes.add([wait(1_000, b"calm")], now=0.0)
    sent = []
    for _ in range(4):
        for number in lanes.take(10):
            sent.append(number)
            lanes.settle(number)
    assert 1_000 in sent
    assert sent[:1] == [0]
    assert len(sent) == 4
    waits = lanes.next_wait()
    assert waits is not None
    assert 0 < waits <= 1.1
    clock.now += waits
    assert lanes.take(10) == [3]


def test_chats_take_turns_however_early_the_messages_of_one_came() -> None:
    lanes, clock = make(LimitSettings(overall_per_s=1, chat_per_s=1000, chat_burst=1000))
    lanes.add([wait(number, b"flood") for number in range(9)], now=0.0)
    lanes.add([wait(number, b"calm") for number in (10, 11)], now=0.0)
    sent = []
    while len(sent) < 5:
        for number in lanes.take(10):
            sent.append(number)
            clock.now += 0.1
            lanes.settle(number)
        clock.now += lanes.next_wait() or 0.0
    assert sent == [0, 10, 1, 11, 2]


def test_a_message_is_held_once_however_often_it_is_told() -> None:
    lanes, _ = make()
    lanes.add([wait(1, b"a"), wait(1, b"a")], now=0.0)
    assert len(lanes) == 1
    assert lanes.take(10) == [1]
    lanes.settle(1)
    assert len(lanes) == 0
    assert lanes.next_wait() is None


def test_acknowledgements_leave_room_for_an_answer() -> None:
    """Of a burst of three, two go to acknowledgements; an answer overtakes the third one at once."""
    lanes, clock = make(LimitSettings(chat_burst=3, chat_per_s=1))
    lanes.add([wait(number, b"a", 1) for number in range(3)], now=0.0)
    for number in range(2):
        assert lanes.take(10) == [number]
        lanes.settle(number)
    assert lanes.take(10) == []
    lanes.add([wait(9, b"a", 0)], now=0.0)
    assert lanes.take(10) == [9]
    lanes.settle(9)
    assert lanes.take(10) == []
    clock.now += 3.0
    assert lanes.take(10) == [2]


def test_a_message_that_telegram_put_off_is_not_overtaken_in_its_chat() -> None:
    lanes, clock = make(LimitSettings(chat_burst=3, chat_per_s=1))
    lanes.add([wait(1, b"a", 1)], now=0.0)
    assert lanes.take(10) == [1]
    lanes.settle(1, again_in_s=30.0)
    lanes.add([wait(2, b"a", 0)], now=0.0)
    clock.now += 5.0
    assert lanes.take(10) == []
    clock.now += 26.0
    assert lanes.take(10) == [2]


def test_a_cancelled_message_uses_up_no_place() -> None:
    """After twenty cancelled acknowledgements answers go as if nothing had been before them."""
    lanes, clock = make(LimitSettings())
    lanes.add([wait(number, b"a", Priority.ACKNOWLEDGEMENT) for number in range(20)], now=0.0)
    for number in range(20):
        assert lanes.take(10) == [number]
        lanes.give_back(number)
    lanes.add([wait(number, b"a") for number in range(100, 103)], now=0.0)
    for number in range(100, 103):
        assert lanes.take(10) == [number]
        lanes.leave(number)
        lanes.settle(number)
    assert clock.now == 1_000.0
    lanes.add([wait(103, b"a")], now=0.0)
    assert lanes.take(10) == []


def test_a_message_that_could_not_be_claimed_waits_again_and_gives_its_place_back() -> None:
    lanes, clock = make(LimitSettings(chat_burst=1))
    lanes.add([wait(1, b"a")], now=0.0)
    assert lanes.take(10) == [1]
    lanes.give_back(1, again_in_s=0.5)
    assert lanes.take(10) == []
    clock.now += 0.5
    assert lanes.take(10) == [1]
    lanes.give_back(99)  # unknown: nothing happens
    assert len(lanes) == 1
