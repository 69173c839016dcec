"""What a chat hears while its photos wait."""

from collections.abc import Mapping

from bot.delivery.acknowledgement_plan import Pace, Plan, Wait, list_keys, plan_acknowledgements
from storage.queues.acknowledgements import WaitingTurn
from storage.queues.tables import OutboxState

NOW = 1_000.0


def turn(name: str, *, items: int = 1, age_s: float = 1.0) -> WaitingTurn:
    keys = (name, *(f"{name}{number}" for number in range(1, items)))
    return WaitingTurn(keys=keys, first_row=ord(name), received_at=NOW - age_s, is_begun=False)


def plan(
    turns: list[WaitingTurn], states: Mapping[str, OutboxState] | None = None, *, may_edit: bool = True
) -> Plan:
    return plan_acknowledgements(turns, states or {}, now=NOW, after_s=0.35, may_edit=may_edit)


def said(made: Plan) -> list[tuple[str, str | None, int | None]]:
    return [(each.key, each.replaces, each.line) for each in made.acknowledgements]


def test_one_photo_and_the_second_are_acknowledged_each_by_itself() -> None:
    assert said(plan([turn("a")])) == [("a:ack", None, None)]
    assert said(plan([turn("a"), turn("b")], {"a:ack": "sent"})) == [("b:ack", None, None)]


def test_an_answer_that_may_still_come_in_time_is_waited_for() -> None:
    made = plan([turn("a"), turn("b", age_s=0.1)])
    assert said(made) == [("a:ack", None, None)]
    assert not made.settled
    assert plan([turn("a", items=2), turn("b")]).settled == {"a", "a1", "b"}


def test_no_photo_is_acknowledged_before_an_earlier_one_of_its_chat() -> None:
    """The answer takes the place of the acknowledgement, so a later one must not stand above."""
    early, late = turn("a", age_s=0.2), turn("b", age_s=2.0)
    assert plan([early, late]).acknowledgements == ()
    assert plan([early, late]).settled == frozenset()
    assert said(plan([early, late], {"a:ack": "sent"})) == [("b:ack", None, None)]


def test_a_photo_that_came_before_the_clock_was_set_back_is_acknowledged_in_its_turn() -> None:
    before, after = turn("a", age_s=-86_400.0), turn("b", age_s=2.0)
    assert said(plan([before, after])) == [("a:ack", None, None), ("b:ack", None, None)]


def test_of_many_photos_the_second_ones_acknowledgement_tells_of_the_line() -> None:
    """Two messages, however many photos came at once; an album's photos are counted."""
    many = [turn("a"), turn("b"), turn("c", items=3), turn("d")]
    assert said(plan(many)) == [("a:ack", None, None), ("b:ack", None, 6)]
    assert plan(many).settled == {"a", "b", "c", "c1", "c2", "d"}


def test_more_photos_edit_what_was_said_of_the_line() -> None:
    many = [turn("a"), turn("b"), turn("c")]
    told: dict[str, OutboxState] = {"a:ack": "sent", "b:ack": "sent"}
    assert said(plan(many, told)) == [("b:ack:3", "b:ack", 3)]
    assert list_keys(many) == ["a:ack", "a:limit", "b:ack", "b:limit", "b:ack:3"]
    assert said(plan(many, told | {"b:ack:3": "sent"})) == []


def test_the_line_is_not_told_anew_too_often_nor_before_it_was_told_at_all() -> None:
    """An edit of a message that is not out would go out in its place, where the answer cannot find it."""
    many = [turn("a"), turn("b"), turn("c")]
    too_soon = plan(many, {"a:ack": "sent", "b:ack": "sent"}, may_edit=False)
    not_out = plan(many, {"a:ack": "sent", "b:ack": "sending"})
    assert said(too_soon) == said(not_out) == []
    assert too_soon.is_stale
    assert not_out.is_stale
    assert not plan(many, {"a:ack": "sent", "b:ack": "failed"}).is_stale


def test_nothing_waits_and_nothing_is_said() -> None:
    assert plan([]) == Plan(acknowledgements=())


def test_a_photo_whose_sender_knows_when_it_is_read_is_not_acknowledged() -> None:
    assert said(plan([turn("a")], {"a:limit": "sent"})) == []
    assert said(plan([turn("a"), turn("b")], {"a:limit": "cancelled"})) == [("b:ack", None, None)]


def test_the_minutes_follow_what_photos_took() -> None:
    pace = Pace(at_once=8, busy_from=40)
    assert pace.find_wait(own=3, total=3).minutes == 1
    for _ in range(50):
        pace.note(30.0)
    assert pace.find_wait(own=9, total=9) == Wait(minutes=5, is_busy=False)
    assert pace.find_wait(own=1, total=80) == Wait(minutes=5, is_busy=True)


def test_photos_side_by_side_are_answered_in_the_time_of_one() -> None:
    """Eight that take 0.4 s together: the eighth waits no longer than that, the sixteenth twice as long."""
    pace = Pace(at_once=8, busy_from=40)
    assert pace.find_delay(2) < 0.45 < pace.find_delay(3)  # nothing is known yet: a crowd is told at once
    for _ in range(100):
        pace.note(0.4, at_once=8)
    assert round(pace.find_delay(8), 3) == 0.4
    assert round(pace.find_delay(16), 3) == 0.8
