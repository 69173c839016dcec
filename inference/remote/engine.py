"""The engine whose networks run elsewhere: photos are decoded, gated and cropped here, tensors travel."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar, Unpack

from inference.bounded_engine import BoundedEngine, Bounds
from inference.engine import BusyError, EngineError, ReadTimeoutError
from inference.letterbox import letterbox
from inference.raw_opinions import ClassifierError
from inference.reading_steps import (
    Look,
    RawPair,
    Views,
    choose_opinion,
    conclude,
    look_at,
    name_versions,
    view_closer,
    view_lesions,
    view_whole,
)
from inference.readings import EngineVersions, PhotoReading
from inference.release import ReleaseError, load_release
from inference.remote.endpoint import Endpoint
from inference.remote.pool import Pool, RemoteSetup, make_pool
from inference.remote.transport import TransportError
from inference.versions import find_kernel_class

if TYPE_CHECKING:
    from inference.networks import Networks

log = logging.getLogger(__name__)


START_LOOK_S: Final = 0.1


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Opinions:
    """All opinions on a photo, from one server or from here: never one without the others."""

    views: Views
    raws: Sequence[RawPair]
    versions: EngineVersions


class AwayError(BusyError):
    """No inference server is ready: try again later."""


class RemoteEngine(BoundedEngine):
    """An `inference.engine.Engine`. Both opinions on a photo come from one server, or from another one."""

    def __init__(self, setup: RemoteSetup, directory: Path | None = None, **bounds: Unpack[Bounds]) -> None:
        """Nothing is loaded or connected yet.

        Args:
            setup: where the networks run.
            directory: the release that must run there; the installed pair if None. Without a fallback the
                graphs themselves need not be in it.
            bounds: see `BoundedEngine`.
        """
        super().__init__(directory, **bounds)
        self._setup = setup
        self._pool: Pool | None = None
        self._local: Networks | None = None
        self._loading = asyncio.Lock()

    @property
    def versions(self) -> EngineVersions:
        """What the scores of the next photo will probably depend on; each reading says what its own did.

        Raises:
            EngineError: before `start`.
        """
        endpoints = self._pool.endpoints if self._pool is not None else ()
        ready = next((each for each in endpoints if each.state == "ready"), None)
        if ready is not None:
            return ready.versions
        return endpoints[0].versions if endpoints else self._name_local_versions()

    @property
    def states(self) -> dict[str, str]:
        """Each server's state by its address: for checks and metrics."""
        return {each.address: each.state for each in self._pool.endpoints} if self._pool is not None else {}

    async def is_ready(self) -> bool:
        """Whether a photo would be read now."""
        return self._setup.fallback or "ready" in self.states.values()

    async def start(self) -> None:
        """Verify the release, start the decoders, look at every server.

        Raises:
            ReleaseError: a file here is altered, or servers answer and none of them has this release.
            EngineError: gRPC is not installed.
        """
        self._open_threads()
        try:
            await asyncio.to_thread(self._decoders.start)
            graphs = self._setup.fallback
            self._release = await asyncio.to_thread(load_release, self._directory, graphs=graphs)
            self._pool = make_pool(self._setup, self.release)
            await self._pool.start()
            await self._judge_start(self._pool)
        except BaseException:  # Ctrl-C too: the decoders are running
            await self.stop()
            raise

    async def read(self, data: bytes, *, gate: bool = True) -> PhotoReading:
        """Read one photo file; see `Engine.read`.

        Raises:
            AwayError: no server is ready, and the networks may not run here.
            ClassifierError: every server that was asked gave something that is not a number.
        """
        if self._pool is None:
            raise EngineError("the engine is not started")
        self._enter()
        try:
            async with asyncio.timeout(self._timeout_s):
                look = await self._in_thread(look_at, data, self._decoders, self.release.policy)
                opinions = await self._ask(look)
            reading = conclude(look, opinions.views, opinions.raws, self.release.policy, gate=gate)
            return replace(reading, versions=opinions.versions)
        except TimeoutError as error:
            raise ReadTimeoutError(f"a photo took longer than {self._timeout_s:g} s") from error
        finally:
            self._pending -= 1

    async def stop(self) -> None:
        """Finish what is under way, then free everything."""
        if self._pool is not None:
            await self._pool.stop()
        await self._close_threads()
        self._local = None

    async def _judge_start(self, pool: Pool) -> None:
        """Refuse to start if servers answer and none has the release; go on while they are away.

        A server that is starting says that it is ready before it knows its networks: it is given time.
        """
        deadline = time.monotonic() + self._setup.start_grace_s
        while time.monotonic() < deadline and pool.may_be_starting:  # noqa: ASYNC110 - which the pool probes
            await asyncio.sleep(START_LOOK_S)
        states = {each.state for each in pool.endpoints}
        if "ready" in states:
            return
        if "wrong release" in states:
            wrong = next(each for each in pool.endpoints if each.state == "wrong release")
            raise ReleaseError(wrong.fault)
        until = "the networks run here" if self._setup.fallback else "photos wait"
        log.warning("no inference server is ready: until one is, %s", until)

    async def _ask(self, look: Look) -> Opinions:
        """All opinions on a photo, from whichever server gives them first, else from here."""
        assert self._pool is not None  # noqa: S101 - checked by `read`
        tried: list[Endpoint] = []
        errors: list[EngineError] = []
        while (endpoint := self._pool.choose(tried)) is not None:
            tried.append(endpoint)
            try:
                return await self._classify(endpoint, look)
            except (TransportError, ClassifierError) as error:
                log.warning("asked elsewhere: %s at %s", error, endpoint.address)
                errors.append(error)
        if self._setup.fallback:
            async with self._loading:
                if self._local is None:
                    self._local = await asyncio.to_thread(self._load_local)

            def classify(networks: "Networks") -> Opinions:
                return Opinions(*networks.classify(look), self._name_local_versions())

            return await self._in_thread(classify, self._local)
        if errors and all(isinstance(error, ClassifierError) for error in errors):
            raise errors[-1]  # it is the photo: later it would be the same
        raise AwayError("no inference server is ready")

    async def _classify(self, endpoint: Endpoint, look: Look) -> Opinions:
        """All opinions on a photo, from one server; the same as `Networks.classify`."""
        views = await self._view(endpoint, look)
        raws = await endpoint.infer_pairs(views.prepared)
        look.timer.mark("remote")
        closer = await self._in_thread(view_closer, look, views, raws, self.release)
        if closer is not None:
            (near,) = await endpoint.infer_pairs(closer.prepared)
            raws = [choose_opinion(raws[0], near, self.release.policy)]
            look.timer.mark("remote")
        return Opinions(views, raws, endpoint.versions)

    async def _view(self, endpoint: Endpoint, look: Look) -> Views:
        """What the networks are to see of a photo; the finder, if there is one, runs on the server."""
        photo, release = look.photo, self.release
        if release.finder is None:
            views = await self._in_thread(view_whole, photo, release)
        else:
            canvas = await self._in_thread(letterbox, photo.pixels, release.finder.preprocess)
            look.timer.mark("prepare")
            height, width = photo.pixels.shape[:2]
            found = await endpoint.find(canvas, (width, height))
            look.timer.mark("find")
            views = await self._in_thread(view_lesions, look, found, release)
        look.timer.mark("prepare")
        return views

    async def _in_thread(self, work: Callable[..., T], *arguments: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._executor, work, *arguments)

    def _load_local(self) -> "Networks":
        from inference.networks import Networks  # only when it is needed: it costs memory

        log.warning("no inference server is ready: the networks run here")
        return Networks.load(self.release)

    def _name_local_versions(self) -> EngineVersions:
        return name_versions(
            self.release, onnxruntime=version("onnxruntime"), kernel_class=find_kernel_class()
        )
