"""Builds the monitoring; loaded only if a setting turns it on."""

from bot import __version__
from bot.monitor.hooks import MonitorHooks
from bot.monitor.listening import Listener
from bot.monitor.meters import Meters
from bot.monitor.server import MonitorServer
from bot.monitor.tracing import make_tracer
from bot.monitor.watched import Watched
from bot.monitor.watched_engine import WatchedEngine
from bot.settings_groups import MonitorSettings
from inference.engine import Engine


def make_listener(settings: MonitorSettings) -> Listener:
    """Make the hooks that record metrics and traces.

    Raises:
        SettingsError: traces are wanted and OpenTelemetry is not installed.
    """
    return Listener(Meters(), make_tracer(wanted=settings.traces))


def watch_engine(engine: Engine, monitor: MonitorHooks) -> Engine:
    """The engine, with metrics and spans of its readings."""
    return WatchedEngine(engine, monitor) if isinstance(monitor, Listener) else engine


def make_monitor_server(
    settings: MonitorSettings, monitor: MonitorHooks, watched: Watched
) -> MonitorServer | None:
    """The server, not started; None without monitoring."""
    if not isinstance(monitor, Listener):
        return None
    return MonitorServer(
        settings=settings,
        listener=monitor,
        database=watched.database,
        engine=watched.engine,
        judge_drift=watched.judge_drift,
        now=watched.now,
        version=__version__,
    )
