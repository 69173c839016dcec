"""Monitoring as `bot.app` wires it: nothing of it is loaded unless a setting turns it on."""

from typing import TYPE_CHECKING

from bot import __version__
from bot.monitor.hooks import NULL_MONITOR, MonitorHooks
from bot.monitor.watched import Watched
from bot.settings import Settings
from inference.engine import Engine

if TYPE_CHECKING:
    from bot.monitor.server import MonitorServer


def make_hooks(settings: Settings) -> MonitorHooks:
    """The hooks that record metrics and, if wanted, traces; the null object if monitoring is off.

    Raises:
        SettingsError: traces are wanted and OpenTelemetry is not installed.
    """
    if not settings.monitor.is_on:
        return NULL_MONITOR
    from bot.monitor.listening import Listener
    from bot.monitor.meters import Meters
    from bot.monitor.tracing import make_tracer

    return Listener(Meters(), make_tracer(wanted=settings.monitor.traces))


def watch_engine(engine: Engine, monitor: MonitorHooks) -> Engine:
    """The engine, with metrics and spans of its readings if monitoring is on."""
    if monitor is NULL_MONITOR:
        return engine
    from bot.monitor.listening import Listener
    from bot.monitor.watched_engine import WatchedEngine

    return WatchedEngine(engine, monitor) if isinstance(monitor, Listener) else engine


def make_monitor_server(
    settings: Settings, monitor: MonitorHooks, watched: Watched
) -> "MonitorServer | None":
    """The server of health, readiness and metrics, not started; None without monitoring."""
    if monitor is NULL_MONITOR:
        return None
    from bot.monitor.listening import Listener
    from bot.monitor.server import MonitorServer

    if not isinstance(monitor, Listener):
        return None
    return MonitorServer(
        settings=settings.monitor,
        listener=monitor,
        database=watched.database,
        engine=watched.engine,
        judge_drift=watched.judge_drift,
        now=watched.now,
        version=__version__,
    )
