"""A photo's journey as a trace: one trace a turn, whoever works on it, and nothing in it about anyone."""

import sys

import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from bot.monitor.listening import Listener
from bot.monitor.meters import Meters
from bot.monitor.tracing import OpenTelemetryTracer, make_provider, make_tracer, number_trace
from bot.settings import SettingsError

TURN = "c0ffee0011223344"


class Kept:
    """A listener whose spans stay here."""

    def __init__(self) -> None:
        self.exporter = InMemorySpanExporter()
        tracer = OpenTelemetryTracer(make_provider(SimpleSpanProcessor(self.exporter)))
        self.listener = Listener(Meters(), tracer)

    def spans(self):
        return {span.name: span for span in self.exporter.get_finished_spans()}


@pytest.fixture
def kept():
    return Kept()


def test_stages_are_children_of_their_turn(kept):
    with kept.listener.turn(TURN, "photo", waited_s=0.1), kept.listener.stage("download"):
        pass
    spans = kept.spans()
    assert spans["turn"].parent is None
    assert spans["download"].parent.span_id == spans["turn"].context.span_id
    assert spans["turn"].context.trace_id == number_trace(TURN)


def test_the_message_joins_the_trace_of_its_turn_from_another_task(kept):
    with kept.listener.turn(TURN, "photo", waited_s=0.0):
        pass
    with kept.listener.message(f"{TURN}:answer"):
        pass
    spans = kept.spans()
    assert spans["message"].parent is None
    assert spans["send"].context.trace_id == spans["turn"].context.trace_id
    assert spans["message"].context.trace_id == spans["turn"].context.trace_id


def test_two_turns_are_two_traces(kept):
    for key in (TURN, "other"):
        with kept.listener.turn(key, "quick", waited_s=0.0):
            pass
    first, second = kept.exporter.get_finished_spans()
    assert first.context.trace_id != second.context.trace_id


def test_stages_measured_in_a_thread_follow_each_other(kept):
    tracer = kept.listener.tracer
    with kept.listener.turn(TURN, "photo", waited_s=0.0):
        tracer.add_past({"decode": 2.0, "gate": 1.0, "cnn": 10.0}, ended_ns=1_000_000_000)
    spans = kept.spans()
    assert spans["decode"].end_time == spans["gate"].start_time
    assert spans["gate"].end_time == spans["cnn"].start_time
    assert spans["cnn"].end_time == 1_000_000_000
    assert spans["cnn"].parent.span_id == spans["turn"].context.span_id


def test_an_error_is_named_by_its_kind_and_never_quoted(kept):
    def fail():
        with kept.listener.turn(TURN, "photo", waited_s=0.0), kept.listener.stage("download"):
            raise ValueError(
                "Mrs Smith, chat-4711"
            )  # alone, the number may stand in a moment or in a span's id

    with pytest.raises(ValueError, match="Smith"):
        fail()
    for span in kept.exporter.get_finished_spans():
        told = span.to_json()
        assert "ValueError" in told
        assert "Smith" not in told
        assert "chat-4711" not in told


def test_neither_the_key_of_a_turn_nor_of_a_message_stands_in_a_span(kept):
    with kept.listener.turn(TURN, "photo", waited_s=0.0):
        pass
    with kept.listener.message(f"{TURN}:answer"):
        pass
    assert all(TURN not in span.to_json() for span in kept.exporter.get_finished_spans())


def test_without_traces_stages_are_counted_all_the_same():
    listener = Listener(Meters(), make_tracer(wanted=False))
    with listener.turn(TURN, "photo", waited_s=0.3), listener.stage("card"):
        pass
    counted = listener.meters.registry.get_sample_value
    assert counted("nevus_stage_seconds_count", {"stage": "card"}) == 1
    assert counted("nevus_stage_seconds_sum", {"stage": "wait"}) == pytest.approx(0.3)


def test_traces_without_the_exporter_are_refused_with_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter", None)
    with pytest.raises(SettingsError, match=r"pip install -e '\.\[traces\]'"):
        make_tracer(wanted=True)
