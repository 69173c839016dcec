"""Photos of the collections without outlines, with an earlier finder's marks in their place.

A mark is the mean of what the finder says of the photo and of its mirror image at several sizes: larger ones
show it lesions that it misses at its own. The lesion next to the middle is learnt from, and any other that
it is very sure of; its probabilities are kept, so that boxes stay where they were and the classifiers see
what they learnt on. What it is not sure of is left out. Of a dermoscopic photo on which it marks nothing the
middle is lesion, and the rest is not known: lesions that fill the frame are of this kind.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from inference.ink import measure_ink
from inference.lesions import label_regions
from inference.letterbox import letterbox
from models.networks.finder import SPEC, Finder
from models.training.finder_photos import load_sized
from models.training.photos import Kind, LabelledPhoto, Source

LOOKS_PX: Final = (192, 256, 320)  # sides of the canvases that a photo is looked at on
# Size of the photos, how near the middle the lesion is, how close it is looked at, share of a batch
_MARKED: Final[dict[Source, tuple[tuple[int, int], float, float, float]]] = {
    Source.MILK_CLOSEUP: ((320, 240), 0.16, 1.3, 0.32),
    Source.MILK_DERMOSCOPIC: ((192, 144), 0.16, 0.6, 0.10),
    Source.ACRAL: ((192, 144), 0.3, 0.6, 0.10),
}
MARKED_SOURCES: Final = tuple(_MARKED)
_FURTHER: Final = 0.85  # least peak of a lesion away from the middle
_SEVERAL: Final = 3.0  # times as often as others is a photo of several lesions drawn
_FAINT: Final = 0.5  # a photo without a cell of this probability is one on which nothing is marked
_INKED: Final = 0.3  # share of ink from which a mark is not learnt from
_MIDDLE: Final = 0.18  # of the shorter side: radius of what is lesion where nothing is marked


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkedPhotos:
    """Photos of a collection that an earlier finder marked."""

    pixels: NDArray[np.uint8]  # (N, H, W, 3)
    masks: NDArray[np.float32]  # (N, H, W) probabilities of the lesions, 0 elsewhere
    sure: NDArray[np.bool_]  # (N, H, W)
    several: NDArray[np.bool_]  # (N,) whether more than one lesion is marked
    zoom: float
    share: float  # of a batch

    def draw(self, count: int, rng: Generator) -> NDArray[np.int64]:
        """Places of so many photos, those of several lesions more often."""
        weights = np.where(self.several, _SEVERAL, 1.0)
        return rng.choice(len(weights), size=count, p=weights / weights.sum())


def mark_collection(
    network: Finder, photos: Sequence[LabelledPhoto], source: Source, *, sure: float, nothing: float
) -> MarkedPhotos | None:
    """The photos of one collection on which the network is sure of the lesion in the middle; None if none.

    Args:
        network: the earlier finder.
        photos: of any collection.
        source: the collection.
        sure: least peak, 0 to 1, of the mark in the middle.
        nothing: probability, 0 to 1, below which a place is learnt as skin.
    """
    size, reach, zoom, share = _MARKED[source]
    kept = []
    for photo in photos:
        if photo.source is source:
            pixels = load_sized(photo.path, size)
            probabilities = look(network, pixels)
            marks = find_marks(probabilities, reach=reach, sure=sure, nothing=nothing)
            skin = probabilities < nothing
            if marks:
                if any(_is_ink(pixels, mark, skin) for mark in marks):
                    continue
                marked = np.logical_or.reduce(marks)
                kept.append((pixels, np.where(marked, probabilities, 0), marked | skin, len(marks) > 1))
            elif photo.kind is Kind.DERMOSCOPIC and probabilities.max() < _FAINT:
                middle = _draw_middle(pixels.shape[:2])
                kept.append((pixels, middle.astype(np.float32), middle, False))
    several = sum(each[-1] for each in kept)
    print(f"finder: marked {len(kept)} photos of {source}, {several} with several lesions", flush=True)
    if not kept:
        return None
    columns = (np.stack(column) for column in zip(*kept, strict=True))
    return MarkedPhotos(
        **dict(zip(("pixels", "masks", "sure", "several"), columns, strict=True)), zoom=zoom, share=share
    )


@torch.inference_mode()
def look(network: Finder, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(H, W) probabilities of a photo (H, W, 3), by the mean logit over sizes and mirror images."""
    logits = torch.stack([_look_at(network, pixels, side_px) for side_px in LOOKS_PX])
    probabilities: NDArray[np.float32] = torch.sigmoid(logits.mean(dim=0)).numpy()
    return probabilities


def _look_at(network: Finder, pixels: NDArray[np.uint8], side_px: int) -> Tensor:
    """(H, W) logits: the mean of a photo's and its mirror image's on a canvas of this side."""
    canvas = torch.from_numpy(letterbox(pixels, replace(SPEC, size_px=side_px)))
    straight, mirrored = network(torch.stack([canvas, canvas.flip(1)]))
    cells = ((straight + mirrored.flip(1)) / 2)[None, None]
    whole = functional.interpolate(cells, size=(side_px, side_px), mode="bilinear", align_corners=False)
    height, width = pixels.shape[:2]
    high, wide = round(side_px * height / max(height, width)), round(side_px * width / max(height, width))
    top, left = (side_px - high) // 2, (side_px - wide) // 2
    part = whole[:, :, top : top + high, left : left + wide]
    return functional.interpolate(part, size=(height, width), mode="bilinear", align_corners=False)[0, 0]


def find_marks(
    probabilities: NDArray[np.float32], *, reach: float, sure: float, nothing: float
) -> list[NDArray[np.bool_]]:
    """The lesion next to the middle and others that are sure, each (H, W) down to `nothing`.

    None of them if the one next to the middle is further from it than `reach` of the width, or its peak is
    not above `sure`.
    """
    labels = label_regions(probabilities > 0.5)
    if not labels.any():
        return []
    rows, columns = np.nonzero(labels)
    height, width = labels.shape
    distances = np.hypot(rows - (height - 1) / 2, columns - (width - 1) / 2)
    nearest = int(distances.argmin())
    region = labels == labels[rows[nearest], columns[nearest]]
    near = distances[nearest] / width < reach
    if not near or probabilities[region].max() <= sure:
        return []
    wider = label_regions(probabilities >= nothing)
    middle = wider[rows[nearest], columns[nearest]]
    others = np.unique(wider[(probabilities >= _FURTHER) & (wider != middle)])
    return [wider == label for label in (middle, *others)]


def _is_ink(pixels: NDArray[np.uint8], mark: NDArray[np.bool_], skin: NDArray[np.bool_]) -> bool:
    """Whether a mark on a photo (H, W, 3) is in the colour of a pen."""
    return measure_ink(pixels[mark], pixels[skin])[0] >= _INKED


def _draw_middle(size: tuple[int, int]) -> NDArray[np.bool_]:
    """(H, W): a disc in the middle of a photo."""
    down, across = (np.arange(length) - (length - 1) / 2 for length in size)
    disc: NDArray[np.bool_] = np.hypot(down[:, None], across[None]) < _MIDDLE * min(size)
    return disc
