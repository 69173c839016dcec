"""The steps of reading a photo that are the same wherever its networks run: before them and after them."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import version

from inference.decoding import DecodePool
from inference.findings import make_findings
from inference.photos import DecodedPhoto
from inference.policy import Policy
from inference.quality import measure_quality
from inference.raw_opinions import RawOpinion
from inference.readings import ClassifierName, EngineVersions, PhotoReading, Quality
from inference.release import Release


class Watch:
    """Times the stages of one photo."""

    def __init__(self) -> None:
        self._start = self._last = time.perf_counter()
        self.stages_ms: dict[str, float] = {}

    def mark(self, stage: str) -> None:
        """The stage that began at the last mark ends."""
        now = time.perf_counter()
        self.stages_ms[stage] = round((now - self._last) * 1000, 2)
        self._last = now

    def total_ms(self) -> float:
        """Since the watch was made."""
        return round((time.perf_counter() - self._start) * 1000, 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A photo that was opened, before any network saw it."""

    photo: DecodedPhoto
    quality: Quality
    watch: Watch = field(repr=False)


def look_at(data: bytes, decoders: DecodePool, policy: Policy) -> Look:
    """Decode a photo and measure its quality.

    Raises:
        PhotoError: the bytes are no photo that can be read.
    """
    watch = Watch()
    photo = decoders.decode(data)
    watch.mark("decode")
    quality = measure_quality(photo, policy.quality)
    watch.mark("gate")
    return Look(photo=photo, quality=quality, watch=watch)


def conclude(
    look: Look, raw: Mapping[ClassifierName, RawOpinion], policy: Policy, *, gate: bool
) -> PhotoReading:
    """What both opinions on a photo come to."""
    scores = {name: opinion.scores for name, opinion in raw.items()}
    findings = make_findings(look.quality, scores, policy, gate=gate)
    is_scored = findings.probability is not None
    return PhotoReading(
        findings=findings,
        preview=look.photo.pixels,
        evidence={name: opinion.evidence for name, opinion in raw.items()} if is_scored else {},
        elapsed_ms=look.watch.total_ms(),
        stages_ms=look.watch.stages_ms,
    )


def name_versions(release: Release, *, onnxruntime: str, kernel_class: str) -> EngineVersions:
    """What the scores of a pair depend on, when its graphs run on such a machine."""
    return EngineVersions(
        pair=release.version,
        cnn=release.cards["cnn"].version,
        vit=release.cards["vit"].version,
        onnxruntime=onnxruntime,
        pillow=version("pillow"),
        kernel_class=kernel_class,
    )
