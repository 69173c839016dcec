"""Serves `/healthz`, `/readyz` and `/metrics` on one port, and reads gauges when they are asked for."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from bot.monitor.health import Phase, check_readiness, is_up
from bot.monitor.listening import Listener
from bot.monitor.meters import Meters
from bot.monitor.watched import JudgeDrift
from bot.settings_groups import MonitorSettings
from inference.evaluation.drift import RANK
from inference.evaluation.drift_reference import DriftReferenceError
from storage.database.errors import StorageError
from storage.database.sessions import Database
from storage.queues.counts import count_queues

log = logging.getLogger(__name__)

TICK_S: Final = 0.5
IDLE_S: Final = 75.0  # longer than Prometheus scrapes (60) by default
COUNTS_FRESH_S: Final = 5.0  # several scrapers cost no more than one
DRIFT_EVERY_S: Final = 300.0


@dataclass(kw_only=True, eq=False)
class MonitorServer:
    """Serves the three addresses, and observes drift and the event loop."""

    settings: MonitorSettings
    listener: Listener
    database: Database
    engine: Any  # inference.engine.Engine; one that is elsewhere may have `is_ready`
    judge_drift: JudgeDrift
    now: Callable[[], float]  # Unix seconds
    version: str
    _phase: Phase = field(default="starting", init=False)
    _runner: web.AppRunner | None = field(default=None, init=False)
    _counted_at: float = field(default=float("-inf"), init=False)
    _next_drift: float = field(default=float("-inf"), init=False)

    @property
    def _meters(self) -> Meters:
        return self.listener.meters

    @property
    def port(self) -> int | None:
        """The port it listens on; None if it serves nothing."""
        if self._runner is None or not self._runner.addresses:
            return None
        return int(self._runner.addresses[0][1])

    async def start(self) -> None:
        """Listen, if a port is set.

        Raises:
            OSError: address or port cannot be had.
        """
        settings = self.settings
        if settings.port is None:
            return
        app = web.Application()
        app.router.add_get("/healthz", self._answer_health)
        app.router.add_get("/readyz", self._answer_readiness)
        app.router.add_get("/metrics", self._answer_metrics)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0, keepalive_timeout=IDLE_S)
        await self._runner.setup()
        await web.TCPSite(self._runner, settings.host, settings.port).start()

    async def run(self) -> None:
        """Measure the event loop's delay, and drift at intervals, until cancelled."""
        while True:
            due = time.monotonic() + TICK_S
            await asyncio.sleep(TICK_S)
            self._meters.loop_delay.observe(max(time.monotonic() - due, 0.0))
            if self._phase == "running" and time.monotonic() >= self._next_drift:
                self._next_drift = time.monotonic() + DRIFT_EVERY_S
                await self.look_at_drift()

    def set_phase(self, phase: Phase) -> None:
        """Note that the product starts, takes updates, answers them too, or stops."""
        self._phase = phase
        self._meters.ready.set(phase in ("taking", "running"))

    async def stop(self) -> None:
        """Close the port, send the last spans."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
        await asyncio.to_thread(self.listener.tracer.close)

    async def look_at_drift(self) -> None:
        """Judge the newest recorded photos and set the gauges of drift."""
        release = getattr(self.engine, "release", None)
        if release is None:
            return
        self._meters.build.labels(self.version, release.version).set(1)
        try:
            report = await self.judge_drift(release.pair)
        except (StorageError, DriftReferenceError) as error:
            log.warning("drift cannot be judged (%s)", type(error).__name__)
            return
        meters = self._meters
        meters.drift_photos.set(report.photos)
        for each in report.measures:
            meters.drift_state.labels(each.measure).set(RANK.index(each.state))
            if each.psi is not None and each.p_value is not None:
                meters.drift_psi.labels(each.measure).set(each.psi)
                meters.drift_chance.labels(each.measure).set(each.p_value)

    async def _answer_health(self, _request: web.Request) -> web.Response:
        return web.Response(text="ok")

    async def _answer_readiness(self, _request: web.Request) -> web.Response:
        telegram = self.listener.telegram_state
        readiness = await check_readiness(self._phase, self.database, self.engine, telegram=telegram)
        self._meters.ready.set(readiness.is_ready)
        body = {"ready": readiness.is_ready, "checks": asdict(readiness)}
        return web.json_response(body, status=200 if readiness.is_ready else 503)

    async def _answer_metrics(self, _request: web.Request) -> web.Response:
        await self._count_queues()
        engine, running = self.engine, self._phase == "running"
        self._meters.engine_up.set(running and await is_up(engine))
        states: Mapping[str, str] = getattr(engine, "states", {})
        _set_all(self._meters.servers, {server: state == "ready" for server, state in states.items()})
        body = generate_latest(self._meters.registry)
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def _count_queues(self) -> None:
        """Read the queues from the database; if it refuses, the gauges are removed."""
        if time.monotonic() - self._counted_at < COUNTS_FRESH_S:
            return
        meters = self._meters
        try:
            async with self.database.read() as session:
                counts = await count_queues(session)
        except StorageError:
            for gauge in (meters.inbox, meters.outbox, meters.oldest):
                gauge.clear()
            return
        self._counted_at = time.monotonic()
        _set_all(meters.inbox, counts.inbox)
        _set_all(meters.outbox, counts.outbox)
        now = self.now()
        oldest = {"inbox": counts.oldest_update, "outbox": counts.oldest_message}
        _set_all(meters.oldest, {name: max(now - (at or now), 0.0) for name, at in oldest.items()})


def _set_all(gauge: Any, values: Mapping[str, float]) -> None:
    for label, value in values.items():
        gauge.labels(label).set(value)
