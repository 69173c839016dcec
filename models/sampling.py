"""Batches in which neither source nor frame tells the class."""

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor

from models.artefacts import Photo
from models.augment import MEDIUM, MILD, AugmentConfig, augment
from models.clinical import build_closeup
from models.domains import CLINICAL, DERMOSCOPIC, OTHER
from models.photos import DETAIL_PX, LabelledPhoto, Source, load_cache


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplingConfig:
    """Shares of a batch; the rest are dermoscopic lesions, half of them melanomas within each source."""

    ham: float = 0.45  # of the lesions; the others are from `isic`
    no_lesion: float = 0.08
    closeup: float = 0.08  # lesions shown as a clinical close-up
    views: int = 1  # of each photo drawn, side by side in the batch: its score may depend on none of them
    no_lesion_weight: float = 0.5
    other_malignant_weight: float = 0.5  # BCC and SCC as "no melanoma": true, but of less concern
    keratosis_weight: float = 0.5
    seed: int = 20
    augment: AugmentConfig = MEDIUM
    late_augment: AugmentConfig = MILD


class Batch(NamedTuple):
    """What one step learns from."""

    pixels: Tensor  # (N, S, S, 3) uint8
    targets: Tensor  # (N, 2): melanoma, malignant; 0 or 1, between them with a teacher
    weights: Tensor  # (N, 2); 0 where the truth is not known
    domains: Tensor  # (N,) dermoscopic 0, clinical 1, no lesion 2


class Sampler:
    """Draws augmented batches; the n-th photo drawn depends on the seed and on n alone."""

    def __init__(
        self, photos: list[LabelledPhoto], size_px: int, config: SamplingConfig, *, cache: Path
    ) -> None:
        self.photos, self.size_px, self.config = photos, size_px, config
        self.pixels = load_cache(photos, cache)
        self.details = load_cache(photos, cache, DETAIL_PX)
        self.views = config.augment
        self.drawn = 0
        self.pools: dict[tuple[Source, bool], NDArray[np.int64]] = {}
        for source in Source:
            for melanoma in (False, True):
                self.pools[source, melanoma] = self._find(source, melanoma=melanoma)

    def skip_to(self, drawn: int) -> None:
        """Go on after `drawn` photos."""
        self.drawn = drawn

    def settle(self) -> None:
        """Draw milder views from now on."""
        self.views = self.config.late_augment

    def draw(self, count: int) -> Batch:
        """The next batch: `count` pixels, the views of one photo behind each other."""
        drawn = [view for _ in range(count // self.config.views) for view in self._draw_views()]
        pixels = torch.from_numpy(np.stack([pixels for pixels, _, _ in drawn]))
        truths = [truth_of(photo, self.config) for _, photo, _ in drawn]
        values = torch.tensor(truths, dtype=torch.float32)  # (N, 4)
        domains = torch.tensor([domain for _, _, domain in drawn])
        return Batch(pixels, values[:, :2], values[:, 2:], domains)

    def _draw_views(self) -> list[tuple[Photo, LabelledPhoto, int]]:
        rng = np.random.default_rng((self.config.seed, self.drawn))
        self.drawn += self.config.views
        index = self._choose(rng)
        photo = self.photos[index]
        domain = OTHER if photo.label == "no_lesion" else DERMOSCOPIC
        if domain == DERMOSCOPIC and rng.random() < self.config.closeup:
            domain = CLINICAL
        return [(self._view(index, domain, rng), photo, domain) for _ in range(self.config.views)]

    def _view(self, index: int, domain: int, rng: Generator) -> Photo:
        pixels, detail = np.array(self.pixels[index]), np.array(self.details[index])
        if domain == CLINICAL:
            skin = np.array(self.details[rng.choice(self.pools[Source.SKIN, False])])
            closeup = build_closeup(detail, skin, self.pixels.shape[1], rng)
            return augment(closeup, self.size_px, self.views, rng)
        return augment(pixels, self.size_px, self.views, rng, detail=detail)

    def _choose(self, rng: Generator) -> int:
        if rng.random() < self.config.no_lesion:
            source = Source.OBJECTS if rng.random() < 0.6 else Source.SKIN
            return int(rng.choice(self.pools[source, False]))
        source = Source.HAM if rng.random() < self.config.ham else Source.ISIC
        return int(rng.choice(self.pools[source, bool(rng.random() < 0.5)]))

    def _find(self, source: Source, *, melanoma: bool) -> NDArray[np.int64]:
        found = [
            index
            for index, photo in enumerate(self.photos)
            if photo.source is source and photo.melanoma is melanoma
        ]
        return np.array(found, dtype=np.int64)


def truth_of(photo: LabelledPhoto, config: SamplingConfig) -> tuple[float, float, float, float]:
    """Targets of melanoma and malignant, then the weight of each."""
    weights = {
        "other_malignant": config.other_malignant_weight,
        "indeterminate_AK": config.keratosis_weight,
        "no_lesion": config.no_lesion_weight,
    }
    weight = weights.get(photo.label, 1.0)
    known = photo.malignant is not None
    malignant_weight = weight if photo.label == "no_lesion" else float(known)
    return float(photo.melanoma), float(bool(photo.malignant)), weight, malignant_weight
