"""Hooks that record: each call becomes a metric and, if traces are on, a span."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final, get_args

from bot.monitor.hooks import Delivery, Ending, MonitorHooks, TelegramCall, TelegramFault
from bot.monitor.meters import STAGES, Meters
from bot.monitor.tracing import Tracer
from inference.engine import BusyError, EngineError, ReadTimeoutError
from inference.readings import Domain, PhotoReading, QualityFault, Reason, RiskLevel
from storage.queues.tables import Track

RECENT_S: Final = 180.0  # Telegram is called each minute, and each half a minute after a failure


class Listener(MonitorHooks):
    """Writes meters, and spans through the tracer."""

    def __init__(
        self, meters: Meters, tracer: Tracer, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._monotonic = monotonic
        self.meters = meters
        self.tracer = tracer
        self._calls: dict[TelegramCall, tuple[TelegramFault | None, float]] = {}
        # Looked up once. What has not happened yet is 0, so that rates and alerts have a start.
        self._stages = {name: meters.stage.labels(name) for name in STAGES}
        for track in get_args(Track):
            for ending in get_args(Ending):
                meters.turns.labels(track, ending)
        for level in RiskLevel:
            meters.cases.labels(level)
        for domain in Domain:
            meters.photos.labels(domain)
        for reason in (Reason.NO_LESION, Reason.FEW_PIXELS, *QualityFault):
            meters.refusals.labels(reason)
        for outcome in ("sent", "later", "refused"):
            meters.messages.labels(outcome)
        for form in ("whole", "again", "words", "notice"):
            meters.message_refusals.labels(form)
        for kind in ("busy", "timeout", "error"):
            meters.engine_failures.labels(kind)

    @property
    def telegram_state(self) -> str:
        """What is wrong on the way to Telegram; "ok", or "unknown" without a recent call."""
        since = self._monotonic() - RECENT_S
        recent = [fault for fault, at in self._calls.values() if at >= since]
        return next((fault for fault in recent if fault is not None), "ok") if recent else "unknown"

    @contextmanager
    def stage(self, name: str, /) -> Iterator[None]:
        """A span, and a time in the stage's histogram."""
        began = time.perf_counter()
        try:
            with self.tracer.span(name):
                yield
        finally:
            self._note(name, time.perf_counter() - began)

    @contextmanager
    def turn(self, key: str, track: str, /, *, waited_s: float) -> Iterator[None]:
        """The root span of a trace that the turn's key names; a photo's wait is a stage."""
        if track == "photo":
            self._note("wait", waited_s)
        with self.tracer.trace(key, "turn", {"nevus.track": track}):
            yield

    @contextmanager
    def message(self, key: str, /) -> Iterator[None]:
        """A span in the trace of the turn that the message answers."""
        with self.tracer.trace(key.partition(":")[0], "message", {}), self.stage("send"):
            yield

    def ended(self, track: str, ending: Ending, age_s: float, /) -> None:
        """Count it; the age of what is done goes into a histogram."""
        self.meters.turns.labels(track, ending).inc()
        if ending == "done":
            self.meters.turn_age.labels(track).observe(age_s)

    def delivered(self, outcome: Delivery, age_s: float, /) -> None:
        """Count it; what a flood refused is tried again later."""
        self.meters.messages.labels("later" if outcome == "flood" else outcome).inc()
        if outcome == "sent":
            self.meters.message_age.observe(age_s)

    def refused(self, form: str, /) -> None:
        """Count it."""
        self.meters.message_refusals.labels(form).inc()

    def turned_away(self) -> None:
        """Count it."""
        self.meters.floods.inc()

    def stepped_over(self) -> None:
        """Count it."""
        self.meters.stepped_over.inc()

    def called(self, call: TelegramCall, /, *, fault: TelegramFault | None = None) -> None:
        """Note the time of a success; the fault is shown by `/readyz`."""
        self._calls[call] = fault, self._monotonic()
        gauge = self.meters.telegram.labels(call)
        if fault is None:
            gauge.set_to_current_time()

    def answered(self, level: str, reasons: Sequence[str], /) -> None:
        """Count level, reasons and disagreement."""
        self.meters.cases.labels(level).inc()
        for reason in reasons:
            self.meters.reasons.labels(reason).inc()
        if Reason.DISAGREEMENT in reasons:
            self.meters.disagreements.inc()

    def read(self, reading: PhotoReading, *, ended_ns: int) -> None:
        """A photo was read: its stages, one after the other, ended at this time."""
        findings = reading.findings
        self.meters.photos.labels(findings.domain).inc()
        for reason in findings.gate:
            if reason is not Reason.QUALITY:
                self.meters.refusals.labels(reason).inc()
        for fault in findings.quality.faults:
            self.meters.refusals.labels(fault).inc()
        for name, milliseconds in reading.stages_ms.items():
            self._note(name, milliseconds / 1_000)
        self.tracer.add_past(reading.stages_ms, ended_ns=ended_ns)

    def failed(self, error: Exception) -> None:
        """The engine raised this instead of reading a photo."""
        if isinstance(error, EngineError):
            kind = "busy" if isinstance(error, BusyError) else "error"
            self.meters.engine_failures.labels(
                "timeout" if isinstance(error, ReadTimeoutError) else kind
            ).inc()
        else:
            self.meters.unreadable.labels(getattr(error, "code", "unknown")).inc()

    def _note(self, name: str, seconds: float) -> None:
        known = self._stages.get(name)
        (known if known is not None else self.meters.stage.labels(name)).observe(seconds)
