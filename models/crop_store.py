"""Lesion crops of labelled photos: found once by the lesion finder, kept as one array for training."""

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from inference.boxes import Box
from inference.crops import crop_lesion
from inference.lesions import FoundLesion
from inference.policy import FinderPolicy
from models.photos import Kind, LabelledPhoto
from models.views import WIDE

STORED_PX: Final = 256
_REPORTED: Final = 2000  # photos between two lines of progress
# Where the finder marks nothing: the middle of the photo, with this share of its shorter side as the lesion.
_ASSUMED: Final = {Kind.CLINICAL: 0.35, Kind.DERMOSCOPIC: 0.7, Kind.OTHER: 0.7}

Finder = Callable[[Image.Image], Sequence[FoundLesion]]  # the nearest to the middle first


@dataclass(frozen=True, slots=True, kw_only=True)
class CropStore:
    """Photos and a wide crop of each one's lesion, in the same order."""

    photos: list[LabelledPhoto]
    crops: NDArray[np.uint8]  # (N, STORED_PX, STORED_PX, 3): `WIDE` times what the networks see
    found: NDArray[np.int64]  # (N,) lesions that the finder marked; 0: the middle was assumed

    @classmethod
    def open(
        cls,
        photos: list[LabelledPhoto],
        finder: Finder,
        *,
        policy: FinderPolicy,
        version: str,
        folder: Path,
    ) -> Self:
        """The store in `folder`, written first if it is not there.

        Args:
            photos: in the order of the crops.
            finder: marks the lesions of an upright photo.
            policy: whose `fill` says how much of a crop a lesion fills.
            version: of the finder; another one writes another store.
            folder: where stores are kept.
        """
        names = "\n".join([version, json.dumps([policy.fill, STORED_PX, WIDE]), *(p.name for p in photos)])
        key = hashlib.sha256(names.encode()).hexdigest()[:16]
        file = folder / f"crops-{key}.npy"
        counts = folder / f"crops-{key}-found.npy"
        if not file.is_file() or not counts.is_file():
            crops, found = _find_crops(photos, finder, fill=policy.fill / WIDE, file=file)
            np.save(counts, found)
            crops.rename(file)
        return cls(photos=photos, crops=np.load(file, mmap_mode="r"), found=np.load(counts))

    def views(self, size_px: int) -> Iterator[NDArray[np.uint8]]:
        """Each crop as the networks see it: (size_px, size_px, 3)."""
        margin = STORED_PX * (1 - 1 / WIDE) / 2
        middle = (margin, margin, STORED_PX - margin, STORED_PX - margin)
        for crop in self.crops:
            image = Image.fromarray(np.asarray(crop))
            yield np.asarray(image.resize((size_px, size_px), Image.Resampling.BILINEAR, box=middle))


def choose_box(lesions: Sequence[FoundLesion], size: tuple[int, int], kind: Kind) -> Box:
    """The lesion that the label is of: the nearest to the middle, or an assumed one if there is none."""
    if lesions:
        return lesions[0].box
    half = min(size) * _ASSUMED[kind] / 2
    return Box(size[0] / 2 - half, size[1] / 2 - half, size[0] / 2 + half, size[1] / 2 + half)


def _find_crops(
    photos: Sequence[LabelledPhoto], finder: Finder, *, fill: float, file: Path
) -> tuple[Path, NDArray[np.int64]]:
    """A file with the crops beside `file`, and how many lesions were found on each photo."""
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(f".{os.getpid()}.npy")  # two runs may start at once
    shape = (len(photos), STORED_PX, STORED_PX, 3)
    crops = np.lib.format.open_memmap(part, mode="w+", dtype=np.uint8, shape=shape)
    found = np.zeros(len(photos), np.int64)
    for index, photo in enumerate(photos):
        with Image.open(photo.path) as opened:
            image = opened.convert("RGB")
        lesions = finder(image)
        found[index] = len(lesions)
        box = choose_box(lesions, image.size, photo.kind)
        crops[index] = crop_lesion(image, box, fill=fill, side_px=STORED_PX)
        if (index + 1) % _REPORTED == 0:
            print(f"{index + 1} of {len(photos)} photos cropped", flush=True)
    crops.flush()
    return part, found


__all__ = ["STORED_PX", "CropStore", "choose_box"]
