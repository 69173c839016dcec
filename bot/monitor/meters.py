"""Every metric of the product, in one registry. No label can name a person, a chat or a case."""

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
        self.build = Gauge("nevus_build_info", "What runs", ["version", "pair"], registry=registry)
        self._count_work(registry)
        self._count_photos(registry)
        self.ready = Gauge("nevus_ready", "1 if updates can be taken", registry=registry)
        self.engine_up = Gauge("nevus_engine_up", "1 if the engine can read photos", registry=registry)
        self.servers = Gauge(
            "nevus_engine_server_up",
            "1 where an inference server has the release",
            ["server"],
            registry=registry,
        )
        self.reading = Gauge("nevus_engine_reading", "Photos with the engine now", registry=registry)
        self.inbox = Gauge("nevus_inbox_updates", "Updates that wait, by state", ["state"], registry=registry)
        self.outbox = Gauge(
            "nevus_outbox_messages", "Messages that wait, by state", ["state"], registry=registry
        )
        self.oldest = Gauge(
            "nevus_queue_oldest_seconds", "Age of what waits longest", ["queue"], registry=registry
        )
        self._gauge_drift(registry)

    def _count_work(self, registry: CollectorRegistry) -> None:
        self.stage = Histogram(
            "nevus_stage_seconds",
            "One stage of a photo's journey; read holds decode, gate, cnn, vit and the wait for a thread",
            ["stage"],
            buckets=_STAGE_BUCKETS,
            registry=registry,
        )
        self.turns = Counter(
            "nevus_turns", "Turns put away, by track and ending", ["track", "ending"], registry=registry
        )
        self.turn_age = Histogram(
            "nevus_turn_seconds",
            "From an update's arrival to the commit of its answer, of turns that are done",
            ["track"],
            buckets=_WAIT_BUCKETS,
            registry=registry,
        )
        self.messages = Counter(
            "nevus_messages",
            "Requests to Telegram with a message, by outcome",
            ["outcome"],
            registry=registry,
        )
        self.message_refusals = Counter(
            "nevus_message_refusals",
            "Messages that Telegram refused (400, 413), by the form in which they were tried",
            ["form"],
            registry=registry,
        )
        self.message_age = Histogram(
            "nevus_message_seconds",
            "From a message's commit to Telegram's acceptance",
            buckets=_WAIT_BUCKETS,
            registry=registry,
        )
        self.floods = Counter(
            "nevus_telegram_too_many_requests", "429 answers to calls of any kind", registry=registry
        )
        self.stepped_over = Counter(
            "nevus_updates_stepped_over",
            "Updates from Telegram that could not be read or kept, and were skipped",
            registry=registry,
        )
        self.telegram = Gauge(
            "nevus_telegram_last_success_timestamp_seconds",
            "When this call to Telegram last succeeded, in Unix seconds; 0 if not since the start",
            ["call"],
            registry=registry,
        )
        self.loop_delay = Histogram(
            "nevus_loop_delay_seconds",
            "How late the event loop woke a task",
            buckets=_DELAY_BUCKETS,
            registry=registry,
        )

    def _count_photos(self, registry: CollectorRegistry) -> None:
        self.cases = Counter("nevus_cases", "Cases answered, by level", ["level"], registry=registry)
        self.reasons = Counter(
            "nevus_case_reasons", "Why cases got their level", ["reason"], registry=registry
        )
        self.disagreements = Counter(
            "nevus_disagreements", "Cases in which the classifiers disagreed", registry=registry
        )
        self.photos = Counter("nevus_photos", "Photos read, by domain", ["domain"], registry=registry)
        self.refusals = Counter(
            "nevus_gate_refusals",
            "Photos that a gate refused, by reason or fault",
            ["reason"],
            registry=registry,
        )
        self.unreadable = Counter(
            "nevus_unreadable_files", "Files that were no readable photo", ["code"], registry=registry
        )
        self.engine_failures = Counter(
            "nevus_engine_failures", "Readings that the engine could not do", ["kind"], registry=registry
        )

    def _gauge_drift(self, registry: CollectorRegistry) -> None:
        self.drift_photos = Gauge(
            "nevus_drift_photos", "Recent photos that drift is judged on", registry=registry
        )
        self.drift_psi = Gauge(
            "nevus_drift_psi",
            "Population stability index against the pair's reference",
            ["measure"],
            registry=registry,
        )
        self.drift_chance = Gauge(
            "nevus_drift_p_value", "How often chance alone comes so far", ["measure"], registry=registry
        )
        self.drift_state = Gauge(
            "nevus_drift_state",
            "0 too few photos, 1 steady, 2 watch, 3 drifted",
            ["measure"],
            registry=registry,
        )
