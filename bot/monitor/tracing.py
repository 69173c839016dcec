"""Traces by OpenTelemetry, if it is installed and turned on: a photo's journey by stage, and nothing else.

A trace is named by a hash of its turn's random key, so that the message, sent by another task or even by
another process, joins it without anything being handed over. Attributes are the track and nothing about
anyone.
"""

import hashlib
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from typing import Any, Final

from bot.settings import SettingsError

_key: ContextVar[str | None] = ContextVar("trace_key", default=None)
MISSING: Final = (
    "NEVUS_MONITOR_TRACES needs OpenTelemetry: pip install -e '.[traces]' in the checkout, "
    "or leave the setting out."
)


class Tracer:
    """Keeps no trace."""

    def span(self, _name: str, /) -> AbstractContextManager[None]:
        """Around one stage."""
        return nullcontext()

    def trace(self, _key: str, _name: str, _attributes: Mapping[str, str], /) -> AbstractContextManager[None]:
        """Around what belongs to the trace with this key."""
        return nullcontext()

    def add_past(self, _stages_ms: Mapping[str, float], /, *, ended_ns: int) -> None:
        """Spans of stages that are over, one after the other up to this time."""

    def close(self) -> None:
        """Send what waits."""


class OpenTelemetryTracer(Tracer):
    """Spans of a provider."""

    def __init__(self, provider: Any) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer("nevus")

    @contextmanager
    def span(self, name: str, /) -> Iterator[None]:
        """A child of the span around it; an exception is noted by its kind, without its text."""
        with self._start(name):
            yield

    @contextmanager
    def trace(self, key: str, name: str, attributes: Mapping[str, str], /) -> Iterator[None]:
        """A root span; the key chooses the number of its trace."""
        from opentelemetry.context import Context  # an empty one: the span has no parent

        token = _key.set(key)
        try:
            with self._start(name, attributes=dict(attributes), context=Context()):
                yield
        finally:
            _key.reset(token)

    def add_past(self, stages_ms: Mapping[str, float], /, *, ended_ns: int) -> None:
        """Children of the span around it, with the times that were measured in a thread."""
        begins_ns = ended_ns - int(sum(stages_ms.values()) * 1e6)
        for name, milliseconds in stages_ms.items():
            ends_ns = begins_ns + int(milliseconds * 1e6)
            self._tracer.start_span(name, start_time=begins_ns).end(ends_ns)
            begins_ns = ends_ns

    def close(self) -> None:
        """Send what waits; blocks as long as the exporter does."""
        self._provider.shutdown()

    @contextmanager
    def _start(self, name: str, **more: Any) -> Iterator[None]:
        quiet = {"record_exception": False, "set_status_on_exception": False}
        with self._tracer.start_as_current_span(name, **quiet, **more) as span:
            try:
                yield
            except BaseException as error:
                span.set_attribute("error.type", type(error).__name__)
                raise


def make_tracer(*, wanted: bool) -> Tracer:
    """The tracer; OTEL_... variables say where spans go (http://127.0.0.1:4318 by default).

    Raises:
        SettingsError: traces are wanted and OpenTelemetry is not installed.
    """
    if not wanted:
        return Tracer()
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ModuleNotFoundError:
        raise SettingsError(MISSING) from None
    return OpenTelemetryTracer(make_provider(BatchSpanProcessor(OTLPSpanExporter())))


def make_provider(processor: Any) -> Any:
    """A provider whose trace numbers are derived from the key of the current turn."""
    from opentelemetry.sdk.resources import SERVICE_NAME, Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.id_generator import RandomIdGenerator

    class ByTurn(RandomIdGenerator):
        def generate_trace_id(self) -> int:
            key = _key.get()
            return super().generate_trace_id() if key is None else number_trace(key)

    provider = TracerProvider(
        resource=Resource.create({SERVICE_NAME: "nevus"}), id_generator=ByTurn(), shutdown_on_exit=False
    )
    provider.add_span_processor(processor)
    return provider


def number_trace(key: str) -> int:
    """The number (128 bits) of a turn's trace."""
    return int.from_bytes(hashlib.sha256(f"trace {key}".encode()).digest()[:16]) or 1


def read_time_ns() -> int:
    """Now, as spans count it."""
    return time.time_ns()
