"""What watching costs a photo, with nothing else going on: metrics, traces, one scrape. Asserts nothing."""

import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from opentelemetry.sdk.trace import SpanProcessor  # takes spans and does nothing
from prometheus_client import generate_latest
from stage import describe_machine, print_table

sys.path.insert(0, str(Path(__file__).parents[1]))

from bot.monitor.hooks import NULL_MONITOR, MonitorHooks
from bot.monitor.listening import Listener
from bot.monitor.meters import Meters
from bot.monitor.tracing import OpenTelemetryTracer, Tracer, make_provider, read_time_ns
from inference.readings import Domain, PhotoFindings, PhotoReading, Quality

PHOTOS = 5_000
STAGES_MS = {"decode": 4.0, "gate": 1.0, "cnn": 12.0, "vit": 20.0}


def main() -> None:
    """Three watches, one scrape."""
    meters = Meters()
    tracer = OpenTelemetryTracer(make_provider(SpanProcessor()))
    rows = [
        ("nothing listens", f"{time_photos(NULL_MONITOR):.1f} µs a photo"),
        ("metrics", f"{time_photos(Listener(meters, Tracer())):.1f} µs a photo"),
        ("metrics and traces", f"{time_photos(Listener(Meters(), tracer)):.1f} µs a photo"),
        ("/metrics, one scrape", f"{time_call(lambda: generate_latest(meters.registry)) * 1e3:.1f} ms"),
    ]
    print(describe_machine())
    print_table(f"Watching, {PHOTOS} photos", rows)


def time_photos(monitor: MonitorHooks) -> float:
    """Microseconds of processor time a photo, for all that is told of it."""
    reading = make_reading()
    began = time.process_time()
    for number in range(PHOTOS):
        report_one(monitor, reading, f"{number:016x}")
    return (time.process_time() - began) / PHOTOS * 1e6


def report_one(monitor: MonitorHooks, reading: PhotoReading, key: str) -> None:
    """What the parts tell of one photo's journey."""
    with monitor.turn(key, "photo", waited_s=0.01):
        with monitor.stage("download"):
            pass
        with monitor.stage("read"):
            if isinstance(monitor, Listener):
                monitor.read(reading, ended_ns=read_time_ns())
        with monitor.stage("card"):
            pass
        with monitor.stage("commit"):
            pass
        monitor.ended("photo", "done", 0.1)
        monitor.answered("low", ("score_low",))
    with monitor.message(f"{key}:answer"):
        pass
    monitor.delivered("sent", 0.01)


def make_reading() -> PhotoReading:
    """A reading without pictures."""
    findings = PhotoFindings(
        quality=Quality(width_px=9, height_px=9, sharpness=1.4, brightness=0.6, contrast=0.4, glare=0.0),
        domain=Domain.DERMOSCOPIC,
        domain_probabilities=dict.fromkeys(Domain, 1 / 3),
        gate=(),
        opinions=(),
        probability=0.1,
        malignant_probability=0.1,
    )
    return PhotoReading(
        findings=findings,
        preview=np.zeros((1, 1, 3), np.uint8),
        evidence={},
        elapsed_ms=37.0,
        stages_ms=STAGES_MS,
    )


def time_call(work: Callable[[], object]) -> float:
    """Seconds of processor time, the median of 20."""
    times = []
    for _ in range(20):
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    return sorted(times)[10]


if __name__ == "__main__":
    main()
