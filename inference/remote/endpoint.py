"""One inference server as the engine sees it: ready or not, what it runs, how it behaved lately."""

import asyncio
import contextlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from inference.raw_opinions import OUTPUTS, RawOpinion, read_outputs
from inference.reading_steps import name_versions
from inference.readings import ClassifierName, EngineVersions
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

Prepared = Mapping[ClassifierName, NDArray[np.uint8]]
"""A photo at each network's size."""


@dataclass(frozen=True, slots=True)
class PairOpinions:
    """Both opinions on a photo, from one server: never one without the other."""

    raw: dict[ClassifierName, RawOpinion]
    versions: EngineVersions


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

    async def infer_pair(self, photos: Prepared) -> PairOpinions:
        """Both networks' opinions on a photo.

        Raises:
            TransportError: one of them did not come; the other is thrown away.
            ClassifierError: something in them is no number.
        """
        self.in_flight += 1
        try:
            calls = [self._infer(name, model, photos) for name, model in self._models.items()]
            opinions = await asyncio.gather(*calls, return_exceptions=True)
        finally:
            self.in_flight -= 1
        raw: dict[ClassifierName, RawOpinion] = {}
        for name, opinion in zip(self._models, opinions, strict=True):
            if isinstance(opinion, BaseException):
                self._note_failure(opinion)
                raise opinion
            raw[name] = opinion
        self._failures = 0
        return PairOpinions(raw, self._versions)

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
            self._become("wrong release", self._tell_release(error))
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

    async def _infer(self, name: ClassifierName, model: ServedModel, photos: Prepared) -> RawOpinion:
        outputs = await self._transport.infer(model, photos[name], timeout_s=self._timeout_s)
        return read_opinion(outputs)

    def _note_failure(self, error: BaseException) -> None:
        self._failures += 1
        if isinstance(error, UnreachableError | UnknownModelError) or self._failures >= FAILURES_TO_BREAK:
            self._become("away", str(error))
            self._broke.set()

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

    def _tell_release(self, error: Exception) -> str:
        why = "does not have" if isinstance(error, UnknownModelError) else "has altered files of"
        return (
            f"the inference server at {self.address} {why} release {self._release.version} of the networks: "
            "lay it out there with `nevus models repository`, from the same files that the bot has"
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


def read_opinion(outputs: Outputs) -> RawOpinion:
    """The opinion in a server's answer.

    Raises:
        RefusedError: an output is missing or has another shape than the contract's.
        ClassifierError: something in them is no number.
    """
    if missing := [name for name in OUTPUTS if name not in outputs]:
        raise RefusedError(f"the server left out {', '.join(missing)}")
    melanoma, malignant, evidence, domain = (outputs[name] for name in OUTPUTS)
    shapes = (melanoma.shape, malignant.shape, domain.shape)
    if shapes != ((1,), (1,), (1, 3)) or evidence.ndim != 3 or not evidence.size:
        raise RefusedError("the server's tensors have other shapes than the networks'")
    return read_outputs((melanoma, malignant, evidence, domain))


__all__ = ["Endpoint", "PairOpinions", "Prepared", "read_opinion"]
