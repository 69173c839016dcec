"""An engine with monitoring: the same answers, and each reading is recorded."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from bot.monitor.listening import Listener
from bot.monitor.tracing import read_time_ns
from inference.engine import Engine, EngineError
from inference.photos import PhotoError
from inference.readings import EngineVersions, PhotoReading

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class WatchedEngine:
    """Stands before another `Engine`."""

    def __init__(
        self, engine: Engine, listener: Listener, *, now_ns: Callable[[], int] = read_time_ns
    ) -> None:
        self.watched = engine
        self._listener = listener
        self._now_ns = now_ns
        self._reading = listener.meters.reading

    @property
    def versions(self) -> EngineVersions:
        """As the engine has them."""
        return self.watched.versions

    @property
    def release(self) -> Any:
        """As the engine has it."""
        return getattr(self.watched, "release", None)

    async def is_ready(self) -> bool:
        """As the engine says; one in this process is ready once it has started."""
        ask = getattr(self.watched, "is_ready", None)
        return ask is None or bool(await ask())

    @property
    def states(self) -> Mapping[str, str]:
        """The state of each inference server, if there are any."""
        states: Mapping[str, str] = getattr(self.watched, "states", {})
        return states

    async def start(self) -> None:
        """Start it."""
        await self.watched.start()

    async def read(self, data: bytes, *, gate: bool = True) -> PhotoReading:
        """Read one photo file; see `Engine.read`."""
        try:
            with self._reading.track_inprogress(), self._listener.stage("read"):
                reading = await self.watched.read(data, gate=gate)
                self._listener.read(reading, ended_ns=self._now_ns())
        except (PhotoError, EngineError) as error:
            self._listener.failed(error)
            raise
        return reading

    async def open_full(self, data: bytes) -> "NDArray[np.uint8]":
        """Decode one photo file to be shown; see `Engine.open_full`."""
        return await self.watched.open_full(data)

    async def stop(self) -> None:
        """Stop it."""
        await self.watched.stop()
