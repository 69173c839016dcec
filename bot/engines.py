"""Builds the engine that the settings choose; only this one is imported."""

from typing import TYPE_CHECKING

from bot.settings import Settings

if TYPE_CHECKING:
    from inference.engine import Engine
    from inference.remote.pool import RemoteSetup


def make_engine(settings: Settings) -> "Engine":
    """The engine, not started."""
    if settings.engine == "oip":
        from inference.remote.engine import RemoteEngine

        return RemoteEngine(make_setup(settings), settings.models_dir, threads=settings.engine_threads)
    from inference.local_engine import LocalEngine

    return LocalEngine(settings.models_dir, threads=settings.engine_threads)


def make_setup(settings: Settings) -> "RemoteSetup":
    """Where the networks run, with `NEVUS_ENGINE=oip`."""
    from inference.remote.pool import RemoteSetup

    oip = settings.oip
    return RemoteSetup(
        addresses=oip.addresses, timeout_s=oip.timeout_s, probe_s=oip.probe_s, fallback=oip.fallback
    )
