"""Monitoring as `bot.app` wires it: nothing of it is loaded unless a setting turns it on."""

from typing import TYPE_CHECKING

from bot.monitor.hooks import NULL_MONITOR, MonitorHooks
from bot.monitor.watched import Watched
from bot.settings import Settings
from inference.engine import Engine

if TYPE_CHECKING:
    from bot.monitor.server import MonitorServer


def make_hooks(settings: Settings) -> MonitorHooks:
    """Make the monitoring hooks.

    Raises:
        SettingsError: traces are wanted and OpenTelemetry is not installed.
    """
    if not settings.monitor.is_on:
        return NULL_MONITOR
    from bot.monitor.building import make_listener

    return make_listener(settings.monitor)


def watch_engine(engine: Engine, monitor: MonitorHooks) -> Engine:
    """The engine, with metrics if monitoring is on."""
    if monitor is NULL_MONITOR:
        return engine
    from bot.monitor import building

    return building.watch_engine(engine, monitor)


def make_monitor_server(
    settings: Settings, monitor: MonitorHooks, watched: Watched
) -> "MonitorServer | None":
    """The server of health, readiness and metrics, not started; None without monitoring."""
    if monitor is NULL_MONITOR:
        return None
    from bot.monitor import building

    return building.make_monitor_server(settings.monitor, monitor, watched)
