"""One inference server as the engine sees it: ready or not, what it runs, how it behaved lately."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from typing import Final, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from inference.evidence_maps import cover_crop
from inference.finder_policy import FINDER
from inference.lesions import FoundLesion, read_lesions
from inference.policy import CLASSIFIERS
from inference.raw_opinions import FINDER_OUTPUTS, OUTPUTS, RawOpinion, read_outputs
from inference.reading_steps import Prepared, RawPair, name_versions
from inference.readings import EngineVersions
from inference.release import Release, ReleaseError
from inference.remote.transport import (
    Outputs,
    RefusedError,
    Transport,
    TransportError,
    UnknownModelError,
    UnreachableError,
)
from inference.served import KERNEL, ONNXRUNTIME, SHA256, ServedModel, find_served, read_facts

log = logging.getLogger(__name__)

State = Literal["unknown", "ready", "away", "wrong release"]
FAILURES_TO_BREAK: Final = 3  # in a row; a server that cannot be reached is left at the first
FIRST_PROBE_S: Final = 0.25  # after a break, then twice as long each time
UNKNOWN: Final = "unknown"

T = TypeVar("T")
Call = tuple[ServedModel, NDArray[np.uint8]]


class Endpoint:
    """A server. Its circuit is closed while it is `ready`; once broken, only a probe closes it again."""

    def __init__(self, address: str, transport: Transport, release: Release, *, timeout_s: float) -> None:
        self.address = address
        self.state: State = "unknown"
        self.fault = ""  # why it is not ready
        self.in_flight = 0
        self._transport = transport
        self._release = release
        self._models = find_served(release)
        self._timeout_s = timeout_s
        self._failures = 0
        self._probes_failed = 0
        self._broke = asyncio.Event()
        self._versions = name_versions(release, onnxruntime=UNKNOWN, kernel_class=UNKNOWN)

    @property
    def versions(self) -> EngineVersions:
        """What its scores depend on, as far as it says so itself."""
        return self._versions

    async def find(self, canvas: NDArray[np.uint8], size: tuple[int, int]) -> tuple[FoundLesion, ...]:
        """All lesions of one photo, in its pixels; for a release with a finder.

        Args:
            canvas: (S, S, 3), as `inference.letterbox` makes it.
            size: width and height of the photo.

        Raises:
            TransportError: the answer did not come.
            ClassifierError: it is not a grid of numbers.
        """

        def read(outputs: Outputs) -> tuple[FoundLesion, ...]:
            return read_found(outputs, canvas, size, self._release)

        return (await self._infer_all([(self._models[FINDER], canvas)], read))[0]

    async def infer_pairs(self, views: Sequence[Prepared]) -> list[RawPair]:
        """Both networks' opinions on each view of a photo.

        Raises:
            TransportError: one of them did not come; the others are thrown away.
            ClassifierError: something in them is not a number.
        """
        calls = [(self._models[name], view[name]) for view in views for name in CLASSIFIERS]
        opinions = await self._infer_all(calls, read_opinion)
        count = len(CLASSIFIERS)
        shares = [self._release.cards[name].preprocess.middle for name in CLASSIFIERS]
        pairs = (opinions[at : at + count] for at in range(0, len(opinions), count))
        return [
            {
                name: cover_crop(opinion, share)
                for name, opinion, share in zip(CLASSIFIERS, pair, shares, strict=True)
            }
            for pair in pairs
        ]

    async def probe(self) -> None:
        """Ask whether it is ready and has the release; the answer is its new state."""
        try:
            await self._transport.check_ready(timeout_s=self._timeout_s)
            replies = [
                await self._transport.list_versions(model, timeout_s=self._timeout_s)
                for model in self._models.values()
            ]
            self._check_release(replies)
        except (UnknownModelError, ReleaseError) as error:
            self._probes_failed += 1
            why = "does not have" if isinstance(error, UnknownModelError) else "has altered files of"
            fault = (
                f"the inference server at {self.address} {why} release {self._release.version} of the "
                "networks: lay it out there with `nevus models repository`, from the same files that the bot "
                "has"
            )
            self._become("wrong release", fault)
        except TransportError as error:
            self._probes_failed += 1
            self._become("away", str(error))
        else:
            self._probes_failed = self._failures = 0
            self._become("ready", "")

    async def rest(self, usual_s: float) -> None:
        """Wait until the next probe is due: sooner when the circuit breaks."""
        if self.state == "ready":
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._broke.wait(), usual_s)
        self._broke.clear()
        if self.state != "ready":
            await asyncio.sleep(min(FIRST_PROBE_S * 2.0 ** min(self._probes_failed, 16), usual_s))

    async def close(self) -> None:
        """Close the way to it."""
        await self._transport.close()

    async def _infer_all(self, calls: Sequence[Call], read: Callable[[Outputs], T]) -> list[T]:
        """What each call's outputs mean, in order. All calls end before a failure is raised."""

        async def infer(model: ServedModel, photo: NDArray[np.uint8]) -> T:
            return read(await self._transport.infer(model, photo, timeout_s=self._timeout_s))

        self.in_flight += 1
        try:
            replies = await asyncio.gather(*(infer(*call) for call in calls), return_exceptions=True)
        finally:
            self.in_flight -= 1
        found: list[T] = []
        for reply in replies:
            if isinstance(reply, BaseException):
                self._failures += 1
                is_gone = isinstance(reply, UnreachableError | UnknownModelError)
                if is_gone or self._failures >= FAILURES_TO_BREAK:
                    self._become("away", str(reply))
                    self._broke.set()
                raise reply
            found.append(reply)
        self._failures = 0
        return found

    def _check_release(self, replies: list[tuple[str, ...]]) -> None:
        """Compare what the server says of its networks with pair.json, and note what it runs on."""
        facts: dict[str, str] = {}
        for model, versions in zip(self._models.values(), replies, strict=True):
            facts = read_facts(versions)
            if facts.get(SHA256, model.sha256) != model.sha256:
                raise ReleaseError("its hash is another")
        self._versions = name_versions(
            self._release,
            onnxruntime=facts.get(ONNXRUNTIME, UNKNOWN),
            kernel_class=facts.get(KERNEL, UNKNOWN),
        )

    def _become(self, state: State, fault: str) -> None:
        before, self.state, self.fault = self.state, state, fault
        if state == before:
            return
        if state == "ready":
            log.info("the inference server at %s is ready", self.address)
        elif state == "wrong release":
            log.warning("%s", fault)
        else:
            log.warning("the inference server at %s is left out (%s)", self.address, fault)


def read_found(
    outputs: Outputs, canvas: NDArray[np.uint8], size: tuple[int, int], release: Release
) -> tuple[FoundLesion, ...]:
    """The lesions in a server's answer, in pixels of a photo of this width and height.

    Args:
        outputs: of the finder.
        canvas: that was sent.
        size: width and height of the photo.
        release: with a finder.

    Raises:
        RefusedError: the finder's output is missing.
        ClassifierError: it is not a grid of numbers.
    """
    (name,) = FINDER_OUTPUTS
    if name not in outputs:
        raise RefusedError(f"the server left out {name}")
    policy = release.policy.finder
    assert release.finder is not None and policy is not None  # noqa: S101, PT018 - asked of such a release only
    return read_lesions(outputs[name], canvas, size, spec=release.finder.preprocess, policy=policy)


def read_opinion(outputs: Outputs) -> RawOpinion:
    """The opinion in a server's answer.

    Raises:
        RefusedError: an output is missing or has another shape than the contract's.
        ClassifierError: something in them is not a number.
    """
    if missing := [name for name in OUTPUTS if name not in outputs]:
        raise RefusedError(f"the server left out {', '.join(missing)}")
    melanoma, malignant, evidence, domain = (outputs[name] for name in OUTPUTS)
    shapes = (melanoma.shape, malignant.shape, domain.shape)
    if shapes != ((1,), (1,), (1, 3)) or evidence.ndim != 3 or not evidence.size:
        raise RefusedError("the server's tensors have other shapes than the networks'")
    return read_outputs((melanoma, malignant, evidence, domain))
