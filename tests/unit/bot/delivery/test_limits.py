"""The limiter keeps within Telegram's limits, whatever comes."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.delivery.limits import CATCH_UP_STEPS, RECOVER_S, Limiter
from bot.delivery.schedule import ROUNDING_S
from bot.settings import LimitSettings


class Clock:
    """Moves when told."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def send(limiter: Limiter, clock: Clock, chats: list[tuple[str, bool]]) -> list[tuple[float, str]]:
    """Send to these chats as fast as the limiter lets; the moments."""
    sent = []
    for chat, is_group in chats:
        while (wait := max(limiter.overall_wait(), limiter.chat_wait(chat))) > 0:
            clock.now += wait
        limiter.take(chat, is_group=is_group)
        sent.append((clock.now, chat))
    return sent


@given(
    st.lists(st.tuples(st.sampled_from("abcd"), st.booleans(), st.floats(0, 0.3)), max_size=150),
    st.floats(0, 0.1),
)
def test_places_that_are_given_back_let_no_more_through_than_the_limits(
    turns: list[tuple[str, bool, float]], ahead: float
) -> None:
    clock = Clock()
    limiter = Limiter(LimitSettings(overall_per_s=4, chat_per_s=2, chat_burst=2), monotonic=clock)
    sent: list[tuple[float, str]] = []
    for chat, is_cancelled, pause in turns:
        clock.now += pause
        while (wait := max(limiter.overall_wait(), limiter.chat_wait(chat)) - ahead) > ROUNDING_S:
            clock.now += wait
        taken_at = limiter.take(chat, is_group=False)
        if is_cancelled:
            limiter.give_back(chat, taken_at=taken_at)
        else:
            clock.now = taken_at
            sent.append((clock.now, chat))
    for chat in "abcd":
        moments = [moment for moment, to in sent if to == chat]
        assert not moments or most_within(moments, 0.5) <= 3
    assert not sent or most_within([moment for moment, _ in sent], 1.0) <= 4


@pytest.mark.parametrize("is_group", [True, False])
def test_what_is_given_back_uses_up_nothing(is_group: bool) -> None:
    clock = Clock()
    limiter = Limiter(LimitSettings(), monotonic=clock)
    for _ in range(100):
        limiter.give_back("a", taken_at=limiter.take("a", is_group=is_group))
    moments = [moment for moment, _ in send(limiter, clock, [("a", is_group)] * 20)]
    assert moments[2] == 1_000.0
    assert moments[-1] < 1_000.0 + 17 * 1.02


def test_a_place_given_back_early_is_not_free_before_its_time() -> None:
    """Taken for a moment ahead and given back, it does not let the next one go before that moment."""
    clock = Clock()
    limiter = Limiter(LimitSettings(), monotonic=clock)
    send(limiter, clock, [("a", True)] * 20)
    clock.now += limiter.chat_wait("a") - 0.1
    for _ in range(50):
        taken_at = limiter.take("a", is_group=True)
        limiter.give_back("a", taken_at=taken_at)
        assert limiter.chat_wait("a") == pytest.approx(0.1)
        assert taken_at == pytest.approx(clock.now + 0.1)


def most_within(moments: list[float], length: float) -> int:
    return max(sum(start <= moment < start + length for moment in moments) for start in moments)


def test_a_chat_gets_a_burst_of_three_then_one_a_second() -> None:
    clock = Clock()
    moments = [
        moment for moment, _ in send(Limiter(LimitSettings(), monotonic=clock), clock, [("a", False)] * 10)
    ]
    assert moments[2] == moments[0]
    assert all(later - earlier >= 1.0 for earlier, later in pairwise(moments[2:]))


def test_a_group_gets_twenty_a_minute() -> None:
    clock = Clock()
    moments = [
        moment for moment, _ in send(Limiter(LimitSettings(), monotonic=clock), clock, [("g", True)] * 50)
    ]
    assert most_within(moments, 60.0) == 20


def test_all_chats_together_get_thirty_a_second_and_nearly_that() -> None:
    clock = Clock()
    sent = send(Limiter(LimitSettings(), monotonic=clock), clock, [(f"chat {n}", False) for n in range(300)])
    moments = [moment for moment, _ in sent]
    assert most_within(moments, 1.0) == 30
    assert moments[-1] - moments[0] < 9 * 1.05 + 1.0  # what the first burst gains is spread, once


def test_a_few_go_at_once_and_many_are_spread_over_the_second() -> None:
    """Answers to a handful of people do not wait; a flood leaves evenly, as it has to arrive."""
    clock = Clock()
    sent = send(Limiter(LimitSettings(), monotonic=clock), clock, [(f"chat {n}", False) for n in range(90)])
    moments = [moment for moment, _ in sent]
    assert moments[14] == moments[0]
    assert most_within(moments[15:], 0.1) <= 3 + CATCH_UP_STEPS


def test_what_leaves_late_counts_from_when_it_left() -> None:
    """Between being counted and leaving a message is claimed, which takes as long as the disk takes."""
    clock = Clock()
    limiter = Limiter(LimitSettings(), monotonic=clock)
    taken = [limiter.take(f"chat {number}", is_group=True) for number in range(30)]
    clock.now += 0.5
    for number, moment in enumerate(taken):
        limiter.leave(f"chat {number}", taken_at=moment)
    assert limiter.overall_wait() > 1.0
    for _ in range(2):
        limiter.take("chat 0", is_group=True)
    assert limiter.chat_wait("chat 0") > 1.0


def test_who_wakes_late_catches_up() -> None:
    """A timer that fires 5 ms late at each message costs no throughput."""
    clock = Clock()
    limiter = Limiter(LimitSettings(), monotonic=clock)
    began = clock.now
    for number in range(300):
        while (wait := limiter.overall_wait()) > 0:
            clock.now += wait + 0.005
        limiter.take(f"chat {number}", is_group=False)
    assert clock.now - began < 9 * 1.05 + 1.0


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.floats(0, 3)), min_size=1, max_size=60))
def test_no_window_ever_holds_more_than_the_limits(steps: list[tuple[str, float]]) -> None:
    clock = Clock()
    limiter = Limiter(LimitSettings(), monotonic=clock)
    sent: list[tuple[float, str]] = []
    for chat, pause in steps:
        clock.now += pause
        sent += send(limiter, clock, [(chat, chat in "ab")])
    for chat in "abcdef":
        moments = [moment for moment, to in sent if to == chat]
        if moments:
            assert most_within(moments, 1.0) <= 4  # the burst, and what a second allows
            assert chat not in "ab" or most_within(moments, 60.0) <= 20
    assert most_within([moment for moment, _ in sent], 1.0) <= 30


def test_after_a_complaint_less_is_sent_and_a_while_later_more_is_tried() -> None:
    clock = Clock()
    limiter = Limiter(LimitSettings(), monotonic=clock)

    def count_second() -> int:
        clock.now += 1.1
        began, sent = clock.now, 0
        while (wait := limiter.overall_wait()) + clock.now - began < 1.0:
            clock.now += wait
            limiter.take(f"chat {clock.now} {sent}", is_group=False)
            sent += 1
        return sent

    usual = count_second()
    limiter.ease()
    limiter.ease()  # of the same moment: counts once
    less = count_second()
    assert 0.8 * usual <= less < usual
    limiter.forget_idle()
    assert count_second() == less
    clock.now += RECOVER_S
    limiter.forget_idle()
    assert count_second() == usual


def test_a_pause_holds_everything() -> None:
    clock = Clock()
    limiter = Limiter(LimitSettings(), monotonic=clock)
    limiter.pause(7.0)
    assert limiter.overall_wait() == 7.0
    clock.now += 7.0
    assert limiter.overall_wait() == 0.0


def test_idle_chats_are_forgotten_without_opening_the_limit() -> None:
    clock = Clock()
    limiter = Limiter(LimitSettings(), monotonic=clock)
    send(limiter, clock, [("a", False)] * 3)
    limiter.forget_idle()
    assert limiter.chat_wait("a") > 0
    clock.now += 10
    limiter.forget_idle()
    assert limiter.chat_wait("a") == 0.0


def test_processes_that_share_the_limit_have_a_part_each() -> None:
    now = [100.0]
    limiter = Limiter(LimitSettings(overall_per_s=30), monotonic=lambda: now[0])
    for chat in range(10):
        limiter.take(chat, is_group=False)
    assert limiter.overall_wait() == 0
    limiter.share(3)
    assert limiter.overall_wait() > 0  # the ten that went count
    now[0] += 1.1
    assert limiter.overall_wait() == 0
    limiter.share(1)
    for chat in range(14):
        limiter.take(chat, is_group=False)
    assert limiter.overall_wait() == 0
