"""The steps of reading a photo that are the same wherever its networks run."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from numpy.typing import NDArray

from inference.boxes import Box
from inference.crops import crop_lesion, find_crop
from inference.decoding import DecodePool
from inference.details import DecodePart, look_closer
from inference.finder_policy import FinderPolicy
from inference.findings import ScoredLesion, make_empty_findings, make_findings, make_lesion_findings
from inference.lesions import FoundLesion
from inference.opinions import choose_domain, combine_domains
from inference.photos import DecodedPhoto
from inference.policy import CLASSIFIERS, Policy
from inference.preprocess import prepare
from inference.quality import measure_quality
from inference.raw_opinions import RawOpinion
from inference.readings import (
    ClassifierName,
    Domain,
    EngineVersions,
    Evidence,
    LesionPicture,
    PhotoFindings,
    PhotoReading,
    Quality,
)
from inference.release import Release, ReleaseError
from inference.resizing import name_pillow

Prepared = Mapping[ClassifierName, NDArray[np.uint8]]
"""One lesion, or a whole photo, at each network's size."""
RawPair = Mapping[ClassifierName, RawOpinion]


class StageTimer:
    """Times the stages of one photo."""

    def __init__(self) -> None:
        self._start = self._last = time.perf_counter()
        self.stages_ms: dict[str, float] = {}

    def mark(self, stage: str) -> None:
        """The stage that began at the last mark ends; the time of a stage that ends twice adds up."""
        now = time.perf_counter()
        spent = (now - self._last) * 1000
        self.stages_ms[stage] = round(self.stages_ms.get(stage, 0.0) + spent, 2)
        self._last = now

    def total_ms(self) -> float:
        """Since the timer was made."""
        return round((time.perf_counter() - self._start) * 1000, 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A photo that was opened, before any network saw it."""

    photo: DecodedPhoto
    quality: Quality
    timer: StageTimer = field(repr=False)
    decode_part: DecodePart | None = field(default=None, repr=False)  # of the photo's file, with more pixels


def look_at(data: bytes, decoders: DecodePool, policy: Policy) -> Look:
    """Decode a photo and measure its quality.

    Raises:
        PhotoError: the bytes are not a photo that can be read.
    """
    timer = StageTimer()
    photo = decoders.decode(data)
    timer.mark("decode")
    quality = measure_quality(photo, policy.quality)
    timer.mark("gate")
    return Look(photo=photo, quality=quality, timer=timer, decode_part=partial(decoders.decode_part, data))


@dataclass(frozen=True, slots=True, kw_only=True)
class Views:
    """What of a photo the networks are to see."""

    prepared: tuple[Prepared, ...]  # one for each lesion that is read; else the whole photo or its middle
    lesions: tuple[FoundLesion, ...] = ()  # those that are read, in pixels of the decoded photo
    lesion_count: int | None = None  # how many were found; None if the release has no finder


def view_whole(photo: DecodedPhoto, release: Release) -> Views:
    """The whole photo at each network's size: for a release without a finder."""
    cards = release.cards
    return Views(prepared=({name: prepare(photo.pixels, cards[name].preprocess) for name in CLASSIFIERS},))


def view_lesions(look: Look, found: Sequence[FoundLesion], release: Release) -> Views:
    """The crops of the lesions that are read; of the photo's middle if none was found.

    The part of the file around a small lesion is decoded again, if the file has more pixels there.

    Args:
        look: the photo.
        found: all lesions that the finder found in it, the nearest to the middle first.
        release: with a finder.
    """
    policy = _finder_policy(release.policy)
    read = tuple(found[: policy.max_read])
    least = min(release.cards[name].preprocess.middle for name in CLASSIFIERS)
    boxes = [lesion.box for lesion in read] or [find_middle(look.photo, policy.fill / least)]
    prepared = tuple(_prepare_crop(look, box, release) for box in boxes)
    return Views(prepared=prepared, lesions=read, lesion_count=len(found))


def view_closer(look: Look, views: Views, raws: Sequence[RawPair], release: Release) -> Views | None:
    """The photo's middle from nearer, if no lesion was found and the photo is not taken for dermoscopic.

    A dermoscopic photo is filled by its lesion, a close-up seldom is: from far away the networks see mostly
    skin (decision 37).

    Args:
        look: the photo.
        views: what the networks saw of it.
        raws: their opinions, in the order of `views.prepared`.
        release: whose policy says how near.

    Returns:
        None if what the networks saw is enough.
    """
    finder = release.policy.finder
    if finder is None or not finder.closer_middle or views.lesion_count != 0:
        return None
    if _find_domain(raws[0], release.policy) is Domain.DERMOSCOPIC:
        return None
    box = find_middle(look.photo, finder.closer_middle)
    return Views(prepared=(_prepare_crop(look, box, release),), lesion_count=0)


def choose_opinion(far: RawPair, near: RawPair, policy: Policy) -> RawPair:
    """The opinion on a photo without a found lesion: the nearer view's, unless it shows no lesion."""
    return far if _find_domain(near, policy) is Domain.OTHER else near


def find_middle(photo: DecodedPhoto, fill: float) -> Box:
    """The box with `fill` of the side of the largest square in the photo's middle, in its pixels."""
    height, width = photo.pixels.shape[:2]
    half = fill * min(width, height) / 2
    return Box(width / 2 - half, height / 2 - half, width / 2 + half, height / 2 + half)


def find_results(
    look: Look, views: Views, raws: Sequence[RawPair], policy: Policy, *, gate: bool
) -> PhotoFindings:
    """What both networks' opinions on each view come to.

    Args:
        look: the photo.
        views: what the networks saw of it.
        raws: their opinions, in the order of `views.prepared`.
        policy: of the release.
        gate: when False, a refused photo keeps its scores beside the refusal.
    """
    scores = [{name: opinion.scores for name, opinion in raw.items()} for raw in raws]
    if views.lesion_count is None:
        return make_findings(look.quality, scores[0], policy, gate=gate)
    if not views.lesions:
        return make_empty_findings(look.quality, scores[0], policy, gate=gate)
    height, width = look.photo.pixels.shape[:2]
    across, down = look.photo.width_px / width, look.photo.height_px / height
    left, top = look.photo.left_px, look.photo.top_px  # of a border that was cut off
    lesions = [
        ScoredLesion(found=found.scaled(across, down).moved(left, top), raw=raw)
        for found, raw in zip(views.lesions, scores, strict=True)
    ]
    return make_lesion_findings(look.quality, lesions, views.lesion_count, policy, gate=gate)


def conclude(
    look: Look, views: Views, raws: Sequence[RawPair], policy: Policy, *, gate: bool
) -> PhotoReading:
    """Findings and pictures; see `find_results`."""
    findings = find_results(look, views, raws, policy, gate=gate)
    maps = [{name: opinion.evidence for name, opinion in raw.items()} for raw in raws]
    is_whole = views.lesion_count is None and findings.probability is not None
    return PhotoReading(
        findings=findings,
        preview=look.photo.pixels,
        evidence=maps[0] if is_whole else {},
        lesions=_picture_lesions(views, findings, maps, policy),
        elapsed_ms=look.timer.total_ms(),
        stages_ms=look.timer.stages_ms,
    )


def name_versions(release: Release, *, onnxruntime: str, kernel_class: str) -> EngineVersions:
    """What the scores of a pair depend on, when its graphs run on such a machine."""
    return EngineVersions(
        pair=release.version,
        cnn=release.cards["cnn"].version,
        vit=release.cards["vit"].version,
        onnxruntime=onnxruntime,
        pillow=name_pillow(),
        kernel_class=kernel_class,
        finder=release.finder.version if release.finder is not None else None,
    )


def _picture_lesions(
    views: Views, findings: PhotoFindings, maps: Sequence[Evidence], policy: Policy
) -> tuple[LesionPicture, ...]:
    if not views.lesions:
        return ()
    fill = _finder_policy(policy).fill
    return tuple(
        LesionPicture(
            crop=find_crop(found.box, fill=fill),
            outline=found.outline,
            evidence=evidence if lesion.probability is not None else {},
        )
        for found, lesion, evidence in zip(views.lesions, findings.lesions, maps, strict=True)
    )


def _prepare_crop(look: Look, box: Box, release: Release) -> Prepared:
    """One crop for both networks, which see the whole of it or its middle."""
    fill = _finder_policy(release.policy).fill
    specs = {name: release.cards[name].preprocess for name in CLASSIFIERS}
    side_px = max(round(spec.size_px / spec.middle) for spec in specs.values())
    sight = look_closer(look.photo, box, look.decode_part, fill=fill, side_px=side_px)
    crop = crop_lesion(sight.pixels, sight.box, fill=fill, side_px=side_px)
    return {name: prepare(crop, spec) for name, spec in specs.items()}


def _find_domain(raw: RawPair, policy: Policy) -> Domain:
    scores = {name: opinion.scores for name, opinion in raw.items()}
    return choose_domain(combine_domains(scores, policy.domain), policy.domain)


def _finder_policy(policy: Policy) -> FinderPolicy:
    if policy.finder is None:
        raise ReleaseError("pair.json has no finder: fetch the release again")
    return policy.finder
