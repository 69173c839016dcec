"""Batches in which neither source nor archive predicts the class."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor

from models.training.crop_folder import CropFolder
from models.training.photos import DataError, LabelledPhoto, Source
from models.training.views import ViewConfig, draw_views

# Shares of a batch from MILK10k by class: melanoma, nevus, other benign, BCC or SCC, actinic keratosis.
_MILK_SHARES: Final = (0.34, 0.22, 0.16, 0.24, 0.04)
_ARCHIVE_FLOOR: Final = 0.02  # weight of an archive that has no melanoma


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplingConfig:
    """Shares of a batch. The rest is half HAM, half ISIC, and half melanomas within each."""

    milk_closeup: float = 0.21
    milk_dermoscopic: float = 0.15
    acral: float = 0.10
    no_lesion: float = 0.03
    no_lesion_weight: float = 0.5
    other_malignant_weight: float = 0.5  # BCC and SCC as "no melanoma": true, but of less concern
    keratosis_weight: float = 0.5
    seed: int = 20


class Batch(NamedTuple):
    """What one step learns from."""

    pixels: Tensor  # (N, S, S, 3) float, 0 to 255
    targets: Tensor  # (N, 2): melanoma, malignant
    weights: Tensor  # (N, 2); 0 if the truth is not known


@dataclass(frozen=True, slots=True)
class _Pool:
    """Photos of one kind; each is drawn with its share, or all alike."""

    index: NDArray[np.int64]
    shares: NDArray[np.float64] | None = None

    def draw(self, rng: Generator) -> int:
        return int(rng.choice(self.index, p=self.shares))


class Sampler:
    """Draws batches of views. The n-th batch depends on the seed and on n alone.

    Raises:
        DataError: the store holds no photo that a batch is drawn from.
    """

    def __init__(
        self, store: CropFolder, size_px: int, config: SamplingConfig, views: ViewConfig, *, device: str
    ) -> None:
        self.store, self.size_px, self.config, self.views = store, size_px, config, views
        self.device = torch.device(device)
        self.truths = torch.tensor([truth_of(photo, config) for photo in store.photos])
        self.sources = _plan(store.photos, config)
        if not self.sources:
            raise DataError("there is no photo to learn from")

    def draw(self, count: int, step: int) -> Batch:
        """The batch of a step: `count` views of as many photos."""
        rng = np.random.default_rng((self.config.seed, step))
        index = [self._choose(rng) for _ in range(count)]
        crops = torch.from_numpy(self.store.crops(index)).to(self.device)
        generator = torch.Generator(self.device).manual_seed(int(rng.integers(2**62)))
        pixels = draw_views(crops, self.size_px, self.views, generator)
        truths = self.truths[index].to(self.device)  # (N, 4)
        return Batch(pixels, truths[:, :2], truths[:, 2:])

    def mix(self, batch: Batch, step: int, spread: float) -> Batch:
        """Each view with another one of its batch, rarely itself, laid over it (mixup, arXiv:1710.09412).

        A network cannot memorise such views.

        Args:
            batch: from `draw`.
            step: of the batch; with the seed, all that the mixture depends on.
            spread: both parameters of the beta distribution of the shares; above 0.
        """
        rng = np.random.default_rng((self.config.seed, step, 1))
        drawn = torch.from_numpy(rng.beta(spread, spread, (len(batch.pixels), 1))).float().to(self.device)
        share = torch.maximum(drawn, 1 - drawn)  # each view stays the stronger one
        other = torch.from_numpy(rng.permutation(len(batch.pixels))).to(self.device)
        own, weights = share * batch.weights, share * batch.weights + (1 - share) * batch.weights[other]
        part = own / weights.clamp(min=1e-6)
        targets = torch.lerp(batch.targets[other], batch.targets, part)
        return Batch(torch.lerp(batch.pixels[other], batch.pixels, share[..., None, None]), targets, weights)

    def _choose(self, rng: Generator) -> int:
        point = rng.random()
        for share, pools, within in self.sources:
            if point < share:
                return pools[int(rng.choice(len(pools), p=within))].draw(rng)
            point -= share
        return self._choose(rng)  # the shares add up to 1, but for rounding


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


_Source = tuple[float, list[_Pool], list[float]]  # share of a batch, pools, share of each pool


def _plan(photos: Sequence[LabelledPhoto], config: SamplingConfig) -> list[_Source]:
    """Which pools a batch is drawn from, without the sources that are not there."""
    wanted = [
        (config.milk_closeup, *_milk(photos, Source.MILK_CLOSEUP)),
        (config.milk_dermoscopic, *_milk(photos, Source.MILK_DERMOSCOPIC)),
        (config.acral, *_acral(photos)),
        (config.no_lesion, [_find(photos, Source.OBJECTS), _find(photos, Source.SKIN)], [0.6, 0.4]),
    ]
    rest = (1 - sum(share for share, _, _ in wanted)) / 2
    for source in (Source.HAM, Source.ISIC):
        pools = [_find(photos, source, melanoma=melanoma) for melanoma in (False, True)]
        wanted.append((rest, pools, [0.5, 0.5]))
    there = [(share, *_drop_empty(pools, within)) for share, pools, within in wanted]
    total = sum(share for share, pools, _ in there if pools)
    return [(share / total, pools, within) for share, pools, within in there if pools]


def _drop_empty(pools: list[_Pool], within: Sequence[float]) -> tuple[list[_Pool], list[float]]:
    full = [(pool, share) for pool, share in zip(pools, within, strict=True) if len(pool.index)]
    total = sum(share for _, share in full)
    return [pool for pool, _ in full], [share / total for _, share in full]


def _milk(photos: Sequence[LabelledPhoto], source: Source) -> tuple[list[_Pool], list[float]]:
    classes: list[list[int]] = [[], [], [], [], []]
    for index, photo in enumerate(photos):
        if photo.source is source:
            classes[_milk_class(photo)].append(index)
    return [_Pool(np.array(members, np.int64)) for members in classes], list(_MILK_SHARES)


def _milk_class(photo: LabelledPhoto) -> int:
    if photo.label == "benign":
        return 1 if photo.diagnosis.startswith("NV") else 2
    return {"melanoma": 0, "other_malignant": 3, "indeterminate_AK": 4}[photo.label]


def _acral(photos: Sequence[LabelledPhoto]) -> tuple[list[_Pool], list[float]]:
    """Melanomas, and benign photos drawn by the archives' shares of melanomas."""
    melanomas = _find(photos, Source.ACRAL, melanoma=True)
    benign = _find(photos, Source.ACRAL, melanoma=False)
    ill = [photos[index].archive for index in melanomas.index]
    well = [photos[index].archive for index in benign.index]
    shares = {name: max(ill.count(name) / max(len(ill), 1), _ARCHIVE_FLOOR) for name in set(well)}
    raw = np.array([shares[name] / well.count(name) for name in well], np.float64)
    return [_Pool(benign.index, raw / max(raw.sum(), 1e-12)), melanomas], [0.5, 0.5]


def _find(photos: Sequence[LabelledPhoto], source: Source, *, melanoma: bool = False) -> _Pool:
    found = [
        index for index, photo in enumerate(photos) if photo.source is source and photo.melanoma is melanoma
    ]
    return _Pool(np.array(found, np.int64))
