"""What the parts tell becomes the right metric."""

import dataclasses

import numpy as np
import pytest

from bot.monitor.hooks import NULL_MONITOR
from bot.monitor.listening import Listener
from bot.monitor.meters import Meters
from bot.monitor.tracing import Tracer
from bot.monitor.watched_engine import WatchedEngine
from inference.engine import BusyError, EngineError, ReadTimeoutError
from inference.photos import PhotoError
from inference.readings import Domain, PhotoFindings, PhotoReading, Quality, QualityFault, Reason

GOOD = Quality(width_px=300, height_px=300, sharpness=1.4, brightness=0.6, contrast=0.4, glare=0.0)


def make_reading(*, domain=Domain.DERMOSCOPIC, gate=(), faults=()):
    findings = PhotoFindings(
        quality=dataclasses.replace(GOOD, faults=faults),
        domain=domain,
        domain_probabilities=dict.fromkeys(Domain, 1 / 3),
        gate=gate,
        opinions=(),
        probability=None,
        malignant_probability=None,
    )
    stages = {"decode": 4.0, "gate": 1.0, "cnn": 12.0, "vit": 20.0}
    return PhotoReading(
        findings=findings,
        preview=np.zeros((1, 1, 3), np.uint8),
        evidence={},
        elapsed_ms=37.0,
        stages_ms=stages,
    )


class FakeEngine:
    """Gives or raises what it was told to."""

    versions = "as they are"
    release = "the pair"

    def __init__(self, result):
        self.result = result
        self.started = self.stopped = False

    async def start(self):
        self.started = True

    async def read(self, data, *, gate=True):
        if isinstance(self.result, Exception):
            raise self.result
        return self.result

    async def stop(self):
        self.stopped = True


@pytest.fixture
def listener():
    return Listener(Meters(), Tracer())


def value(listener, name, **labels):
    return listener.meters.registry.get_sample_value(name, labels)


async def test_a_reading_is_counted_with_its_stages(listener):
    reading = make_reading()
    assert await WatchedEngine(FakeEngine(reading), listener).read(b"") is reading
    assert value(listener, "nevus_photos_total", domain="dermoscopic") == 1
    assert value(listener, "nevus_stage_seconds_sum", stage="vit") == pytest.approx(0.02)
    assert value(listener, "nevus_stage_seconds_count", stage="read") == 1
    assert value(listener, "nevus_engine_reading") == 0


async def test_each_reason_of_a_refusal_is_counted_once(listener):
    reading = make_reading(
        domain=Domain.OTHER,
        gate=(Reason.NO_LESION, Reason.QUALITY),
        faults=(QualityFault.BLURRED, QualityFault.TOO_DARK),
    )
    await WatchedEngine(FakeEngine(reading), listener).read(b"")
    for reason in ("no_lesion", "blurred", "too_dark"):
        assert value(listener, "nevus_gate_refusals_total", reason=reason) == 1
    assert value(listener, "nevus_gate_refusals_total", reason="quality") is None


@pytest.mark.parametrize(
    ("error", "kind"),
    [(BusyError("x"), "busy"), (ReadTimeoutError("x"), "timeout"), (EngineError("x"), "error")],
)
async def test_failures_of_the_engine_are_told_apart_and_raised_on(listener, error, kind):
    with pytest.raises(type(error)):
        await WatchedEngine(FakeEngine(error), listener).read(b"")
    assert value(listener, "nevus_engine_failures_total", kind=kind) == 1


async def test_a_file_that_is_no_photo_is_no_failure_of_the_engine(listener):
    with pytest.raises(PhotoError):
        await WatchedEngine(FakeEngine(PhotoError("x")), listener).read(b"")
    assert value(listener, "nevus_unreadable_files_total", code=PhotoError.code) == 1
    assert value(listener, "nevus_engine_failures_total", kind="error") == 0


async def test_a_watched_engine_starts_stops_and_tells_as_the_engine_does(listener):
    engine = FakeEngine(make_reading())
    watched = WatchedEngine(engine, listener)
    assert (watched.versions, watched.release, watched.states) == ("as they are", "the pair", {})
    assert await watched.is_ready()
    await watched.start()
    await watched.stop()
    assert (engine.started, engine.stopped) == (True, True)


def test_a_case_is_counted_by_level_reason_and_disagreement(listener):
    listener.answered("moderate", ("disagreement", "score_moderate"))
    listener.answered("high", ("score_high",))
    assert value(listener, "nevus_cases_total", level="moderate") == 1
    assert value(listener, "nevus_case_reasons_total", reason="score_high") == 1
    assert value(listener, "nevus_disagreements_total") == 1


def test_an_update_that_is_stepped_over_is_counted(listener):
    assert value(listener, "nevus_updates_stepped_over_total") == 0
    listener.stepped_over()
    assert value(listener, "nevus_updates_stepped_over_total") == 1


def test_a_429_is_counted_apart_and_as_sent_later(listener):
    listener.delivered("flood", 1.0)
    listener.turned_away()
    listener.delivered("sent", 2.0)
    assert value(listener, "nevus_telegram_too_many_requests_total") == 1
    assert value(listener, "nevus_messages_total", outcome="later") == 1
    assert value(listener, "nevus_message_seconds_sum") == 2.0


def test_a_refusal_is_counted_by_the_form_that_was_tried(listener):
    listener.refused("again")
    assert value(listener, "nevus_message_refusals_total", form="again") == 1
    assert value(listener, "nevus_message_refusals_total", form="notice") == 0  # from the start, for alerts


def test_only_turns_that_are_done_have_an_age(listener):
    listener.ended("photo", "done", 0.5)
    listener.ended("photo", "again", 9.0)
    assert value(listener, "nevus_turn_seconds_sum", track="photo") == 0.5
    assert value(listener, "nevus_turns_total", track="photo", ending="again") == 1


def test_the_watch_that_listens_to_nothing_takes_everything():
    with (
        NULL_MONITOR.turn("key", "photo", waited_s=0.0),
        NULL_MONITOR.stage("card"),
        NULL_MONITOR.message("key:answer"),
    ):
        NULL_MONITOR.ended("photo", "done", 0.1)
        NULL_MONITOR.delivered("sent", 0.1)
        NULL_MONITOR.answered("low", ())


def test_the_way_to_telegram_is_seen_by_the_last_calls():
    """A fault of one call shows, whatever another one says; what was long ago does not count."""
    seconds = 0.0
    listener = Listener(Meters(), Tracer(), monotonic=lambda: seconds)
    assert listener.telegram_state == "unknown"
    listener.called("get_updates", fault="conflict")
    listener.called("get_me")
    assert listener.telegram_state == "conflict"
    value = listener.meters.registry.get_sample_value
    assert value("nevus_telegram_last_success_timestamp_seconds", {"call": "get_updates"}) == 0
    assert value("nevus_telegram_last_success_timestamp_seconds", {"call": "get_me"}) > 1_700_000_000
    listener.called("get_updates")
    assert listener.telegram_state == "ok"
    listener.called("get_updates", fault="unreachable")
    seconds += 200.0
    assert listener.telegram_state == "unknown"


def test_every_track_and_ending_is_exposed_before_it_happens():
    meters = Meters()
    Listener(meters, Tracer())
    for track in ("quick", "photo"):
        for ending in ("done", "held", "set_aside", "again"):
            labels = {"track": track, "ending": ending}
            assert meters.registry.get_sample_value("nevus_turns_total", labels) == 0, labels
