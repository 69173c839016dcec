"""What a lesion finder reaches on photos that it was not trained on: boxes, counts, photos without a mark."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from inference.boxes import Box
from inference.evaluation.metrics import Estimate, share_with_interval
from models.training.crop_folder import FindLesions
from models.training.finder_pasting import compose_pictures
from models.training.finder_photos import OutlinedPhotos, Skins
from models.training.photos import LabelledPhoto, Source

CLOSEUP_BOXES: Final = Path(__file__).parents[1] / "training" / "closeup_boxes.csv"
COUNTS_BY_EYE: Final = CLOSEUP_BOXES.with_name("counts_by_eye.csv")
_SEED: Final = 50
_PICTURES: Final = 300  # that are composed
_OVERLAPS: Final = (0.5, 0.3)
_NO_LESION: Final = (Source.OBJECTS, Source.SKIN)


@dataclass(frozen=True, slots=True, kw_only=True)
class FinderFigure:
    """One line: a share of photos with its 95 % interval and their number."""

    name: str
    estimate: Estimate

    def __str__(self) -> str:
        value, low, high = (
            f"{100 * share:.1f}" for share in (self.estimate.value, self.estimate.low, self.estimate.high)
        )
        return f"{self.name:58} {value:>5} % ({low} to {high}) of {self.estimate.n}"


def measure_finder(find: FindLesions, photos: Sequence[LabelledPhoto], data: Path) -> list[FinderFigure]:
    """All figures of a finder.

    Args:
        find: marks the lesions of an upright photo, the nearest to its middle first.
        photos: validation and held out: none of them was trained on.
        data: folder with the photos and the outlines.

    Raises:
        DataError: there is no outline, or no skin to compose pictures on.
    """
    outlined = OutlinedPhotos.load(photos, data)
    return [
        *_measure_outlined(find, outlined),
        *_measure_closeups(find, data),
        *_measure_composed(find, outlined, Skins.load(photos)),
        *count_by_source(find, photos),
    ]


def overlap_of(first: Box, second: Box) -> float:
    """Intersection over union of two boxes, 0 to 1."""
    across = min(first.right, second.right) - max(first.left, second.left)
    down = min(first.bottom, second.bottom) - max(first.top, second.top)
    both = max(across, 0.0) * max(down, 0.0)
    either = first.width * first.height + second.width * second.height - both
    return both / either if either > 0 else 0.0


def _measure_outlined(find: FindLesions, outlined: OutlinedPhotos) -> Iterator[FinderFigure]:
    overlaps = []
    for pixels, box in zip(outlined.pixels, outlined.boxes, strict=True):
        found = find(Image.fromarray(pixels))
        overlaps.append(overlap_of(found[0].box, Box(*map(float, box))) if found else 0.0)
    yield _share("box right at an overlap of 0.5, drawn outlines", [each >= 0.5 for each in overlaps])


def _measure_closeups(find: FindLesions, data: Path) -> Iterator[FinderFigure]:
    """Boxes of close-ups that were drawn by eye before a finder saw them."""
    overlaps = []
    with CLOSEUP_BOXES.open(newline="", encoding="utf-8") as table:
        for row in csv.DictReader(table):
            image = _open(data / row["file"])
            drawn = Box(*(float(row[side]) for side in ("left", "top", "right", "bottom")))
            found = find(image)
            wanted = drawn.scaled(*image.size)
            overlaps.append(overlap_of(found[0].box, wanted) if found else 0.0)
    for least in _OVERLAPS:
        name = f"box right at an overlap of {least}, close-ups drawn by eye"
        yield _share(name, [each >= least for each in overlaps])


def _measure_composed(find: FindLesions, outlined: OutlinedPhotos, skins: Skins) -> Iterator[FinderFigure]:
    """Pictures of 2 to 7 lesions on skin: whether as many are found, and whether each is."""
    rng = np.random.default_rng(_SEED)
    right, near, met = [], [], []
    for picture in compose_pictures(outlined, skins, _PICTURES, rng):
        found = find(Image.fromarray(picture.pixels))
        right.append(len(found) == len(picture.boxes))
        near.append(abs(len(found) - len(picture.boxes)) <= 1)
        met += [any(overlap_of(lesion.box, box) >= 0.3 for lesion in found) for box in picture.boxes]
    yield _share("2 to 7 lesions composed: counted right", right)
    yield _share("2 to 7 lesions composed: right within one", near)
    yield _share("2 to 7 lesions composed: lesions that are met", met)


def _read_counts() -> dict[str, str]:
    """Of each photo in `COUNTS_BY_EYE`, whether it shows `several` lesions or that is `unclear`.

    All close-ups of MILK10k's validation fold were looked at, without a finder's marks. Of the other sources
    those with several marks of a loose finder (peaks from 0.5 on, a twenty-fifth of the largest one's area)
    were looked at, among 47 photos with one. All others are taken for photos of one lesion.
    """
    with COUNTS_BY_EYE.open(newline="", encoding="utf-8") as table:
        return {row["file"]: row["lesions"] for row in csv.DictReader(table)}


def count_by_source(find: FindLesions, photos: Sequence[LabelledPhoto]) -> Iterator[FinderFigure]:
    """How often several lesions and none are found, with what the eye sees where it was asked."""
    by_eye = _read_counts()
    counts: dict[Source, list[int]] = {}
    melanomas: dict[Source, list[int]] = {}
    single: dict[Source, list[int]] = {}
    several = []
    for photo in photos:
        found = len(find(_open(photo.path)))
        counts.setdefault(photo.source, []).append(found)
        if photo.melanoma:
            melanomas.setdefault(photo.source, []).append(found)
        if photo.name not in by_eye:
            single.setdefault(photo.source, []).append(found)
        elif by_eye[photo.name] == "several":
            several.append(found)
    nothing = [count == 0 for source in _NO_LESION for count in counts.get(source, [])]
    yield _share("photos without a lesion: nothing found", nothing)
    if several:
        yield _share("several found where the eye sees several", [count > 1 for count in several])
    for source in (each for each in Source if each in counts and each not in _NO_LESION):
        yield _share(f"{source}: several found", [count > 1 for count in counts[source]])
        if source in single:
            name = f"{source}: several found where the eye sees one"
            yield _share(name, [count > 1 for count in single[source]])
        yield _share(f"{source}: nothing found", [count == 0 for count in counts[source]])
        if source in melanomas:
            yield _share(f"{source}: nothing found on melanomas", [count == 0 for count in melanomas[source]])


def _share(name: str, hits: Sequence[bool]) -> FinderFigure:
    return FinderFigure(name=name, estimate=share_with_interval(sum(hits), len(hits)))


def _open(path: Path) -> Image.Image:
    with Image.open(path) as opened:
        return opened.convert("RGB")
