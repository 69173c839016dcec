"""Every metric of the product, in one registry. No label can name a person, a chat or a case."""

from functools import partial
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)

STAGES: Final = ("wait", "download", "read", "decode", "gate", "find", "cnn", "vit", "card", "commit", "send")
_STAGE_BUCKETS: Final = (0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 15.0)
_WAIT_BUCKETS: Final = (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0, 120.0, 600.0)
_DELAY_BUCKETS: Final = (0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1.0)


class Meters:
    """The metrics by name; docs/operating.md says what each is for."""

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call] # a second sample for each, never asked for
        self.registry = registry = CollectorRegistry(auto_describe=False)
        ProcessCollector(registry=registry)  # memory, CPU and open files of this process
        gauge, counter = partial(Gauge, registry=registry), partial(Counter, registry=registry)
        histogram = partial(Histogram, registry=registry)
        self.build = gauge("nevus_build_info", "What runs", ["version", "pair"])
        self.stage = histogram(
            "nevus_stage_seconds",
            "One stage of a photo's journey; read holds decode, gate, cnn, vit and the wait for a thread",
            ["stage"],
            buckets=_STAGE_BUCKETS,
        )
        self.turns = counter("nevus_turns", "Turns put away, by track and ending", ["track", "ending"])
        self.turn_age = histogram(
            "nevus_turn_seconds",
            "From an update's arrival to the commit of its answer, of turns that are done",
            ["track"],
            buckets=_WAIT_BUCKETS,
        )
        self.messages = counter(
            "nevus_messages", "Requests to Telegram with a message, by outcome", ["outcome"]
        )
        self.message_refusals = counter(
            "nevus_message_refusals",
            "Messages that Telegram refused (400, 413), by the form in which they were tried",
            ["form"],
        )
        self.message_age = histogram(
            "nevus_message_seconds", "From a message's commit to Telegram's acceptance", buckets=_WAIT_BUCKETS
        )
        self.floods = counter("nevus_telegram_too_many_requests", "429 answers to calls of any kind")
        self.stepped_over = counter(
            "nevus_updates_stepped_over",
            "Updates from Telegram that could not be read or kept, and were skipped",
        )
        self.telegram = gauge(
            "nevus_telegram_last_success_timestamp_seconds",
            "When this call to Telegram last succeeded, in Unix seconds; 0 if not since the start",
            ["call"],
        )
        self.loop_delay = histogram(
            "nevus_loop_delay_seconds", "How late the event loop woke a task", buckets=_DELAY_BUCKETS
        )
        self.cases = counter("nevus_cases", "Cases answered, by level", ["level"])
        self.reasons = counter("nevus_case_reasons", "Why cases got their level", ["reason"])
        self.disagreements = counter("nevus_disagreements", "Cases in which the classifiers disagreed")
        self.photos = counter("nevus_photos", "Photos read, by domain", ["domain"])
        self.refusals = counter(
            "nevus_gate_refusals", "Photos that a gate refused, by reason or fault", ["reason"]
        )
        self.unreadable = counter("nevus_unreadable_files", "Files that were no readable photo", ["code"])
        self.engine_failures = counter(
            "nevus_engine_failures", "Readings that the engine could not do", ["kind"]
        )
        self.ready = gauge("nevus_ready", "1 if updates can be taken")
        self.engine_up = gauge("nevus_engine_up", "1 if the engine can read photos")
        self.servers = gauge("nevus_engine_server_up", "1 if an inference server has the release", ["server"])
        self.reading = gauge("nevus_engine_reading", "Photos with the engine now")
        self.inbox = gauge("nevus_inbox_updates", "Updates that wait, by state", ["state"])
        self.outbox = gauge("nevus_outbox_messages", "Messages that wait, by state", ["state"])
        self.oldest = gauge("nevus_queue_oldest_seconds", "Age of what waits longest", ["queue"])
        self.drift_photos = gauge("nevus_drift_photos", "Recent photos that drift is judged on")
        self.drift_psi = gauge(
            "nevus_drift_psi", "Population stability index against the pair's reference", ["measure"]
        )
        self.drift_chance = gauge("nevus_drift_p_value", "How often chance alone comes so far", ["measure"])
        self.drift_state = gauge(
            "nevus_drift_state", "0 too few photos, 1 steady, 2 watch, 3 drifted", ["measure"]
        )
