"""The engine in this process: decoding in child processes, both networks in a few threads, bounded."""

import asyncio
from importlib.metadata import version
from typing import TYPE_CHECKING

from inference.bounded_engine import BoundedEngine
from inference.engine import EngineError, ReadTimeoutError
from inference.memory import give_memory_back
from inference.reading_steps import conclude, look_at, name_versions
from inference.readings import EngineVersions, PhotoReading
from inference.release import load_release
from inference.versions import find_kernel_class

if TYPE_CHECKING:
    from inference.networks import Networks


class LocalEngine(BoundedEngine):
    """An `inference.engine.Engine`. One photo is one task of one thread, from decoding to findings."""

    _versions: EngineVersions | None = None  # read once: looking a version up takes milliseconds
    _networks: "Networks | None" = None

    @property
    def versions(self) -> EngineVersions:
        """What the scores depend on.

        Raises:
            EngineError: before `start`.
        """
        if self._versions is None:
            raise EngineError("the engine is not started")
        return self._versions

    async def start(self) -> None:
        """Verify and load the pair, start the decoders.

        Raises:
            ReleaseError: a file is missing, truncated or altered; the text says which.
            ClassifierError: a verified graph does not run here.
        """
        self._open_threads()
        try:
            await asyncio.to_thread(self._load)
        except BaseException:  # Ctrl-C too: the decoders are running
            await self.stop()
            raise

    async def read(self, data: bytes, *, gate: bool = True) -> PhotoReading:
        """Read one photo file; see `Engine.read`."""
        future = asyncio.get_running_loop().run_in_executor(self._enter(), self._read, data, gate)
        future.add_done_callback(self._finished)
        try:
            return await asyncio.wait_for(asyncio.shield(future), self._timeout_s)
        except TimeoutError as error:  # the thread goes on, only the waiting ends
            raise ReadTimeoutError(f"a photo took longer than {self._timeout_s:g} s") from error

    async def stop(self) -> None:
        """Finish what is under way, then free everything."""
        await self._close_threads()
        self._networks = None

    def _finished(self, future: "asyncio.Future[PhotoReading]") -> None:
        self._pending -= 1
        if not future.cancelled():
            future.exception()  # read, so that one which no one waits for any more is not reported as lost

    def _load(self) -> None:
        self._decoders.start()
        release = load_release(self._directory)
        from inference.networks import Networks  # a fifth of a second, off the event loop

        self._networks = Networks.load(release)
        self._versions = name_versions(
            release, onnxruntime=version("onnxruntime"), kernel_class=find_kernel_class()
        )
        self._release = release
        give_memory_back()

    def _read(self, data: bytes, gate: bool) -> PhotoReading:  # noqa: FBT001 - an executor passes by position
        policy = self.release.policy
        assert self._networks is not None  # noqa: S101 - loaded before the threads take photos
        look = look_at(data, self._decoders, policy)
        views, raws = self._networks.classify(look)
        return conclude(look, views, raws, policy, gate=gate)
