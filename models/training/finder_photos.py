"""What the lesion finder learns from: photos with drawn outlines, skin to paste lesions on, and neither."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from models.training.photos import DataError, LabelledPhoto, Source

MASKED_PX: Final = 192  # side of the outlines as published
SQUASHED: Final = 0.75  # height of a HAM photo as a share of its width, before it was squashed to a square
CLOSEUP_SIZE: Final = (320, 240)  # width and height at which close-ups are kept


@dataclass(frozen=True, slots=True, kw_only=True)
class OutlinedPhotos:
    """Photos with drawn outlines, squashed to squares."""

    pixels: NDArray[np.uint8]  # (N, S, S, 3)
    masks: NDArray[np.uint8]  # (N, S, S), 0 or 255
    boxes: NDArray[np.float32]  # (N, 4): left, top, right, bottom of the outline
    surrounds: NDArray[np.float32]  # (N, 3): mean colour of the skin around it
    squashed: NDArray[np.bool_]  # (N,) whether the photo was wider than high
    whole: NDArray[np.int64]  # places of those whose outline touches no edge: fit to be pasted

    @classmethod
    def load(cls, photos: Sequence[LabelledPhoto], data: Path) -> Self:
        """Those of the photos that have an outline under `masks` of the data folder.

        Raises:
            DataError: none has one.
        """
        outlined = [
            (photo, mask)
            for photo in photos
            if (mask := (data / "masks" / photo.name).with_suffix(".png")).is_file()
        ]
        if not outlined:
            raise DataError(
                f"{data / 'masks'} holds no outline of a training photo: the finder needs outlines"
            )
        size = (MASKED_PX, MASKED_PX)
        pixels = np.stack([load_sized(photo.path, size) for photo, _ in outlined])
        masks = np.stack([load_sized(mask, size, mode="L") for _, mask in outlined])
        boxes = np.array([_find_box(mask) for mask in masks], np.float32)
        share = (masks > 127).mean(axis=(1, 2))
        touches = (boxes[:, :2].min(axis=1) < 1) | (boxes[:, 2:].max(axis=1) > MASKED_PX - 1)
        return cls(
            pixels=pixels,
            masks=masks,
            boxes=boxes,
            surrounds=np.stack([_surround(*each) for each in zip(pixels, masks, boxes, strict=True)]),
            squashed=np.array([photo.source is not Source.OLD_ARCHIVE for photo, _ in outlined]),
            whole=np.flatnonzero(~touches & (share > 0.02) & (share < 0.45)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Skins:
    """Where skin to paste on is cut from: the sides of close-ups, and plain skin."""

    closeups: NDArray[np.uint8]  # (N, 240, 320, 3)
    plain: NDArray[np.uint8]  # (M, S, S, 3)
    objects: NDArray[np.uint8]  # (K, S, S, 3): everyday photos, in which nothing is a lesion

    @classmethod
    def load(cls, photos: Sequence[LabelledPhoto]) -> Self:
        """The close-ups, plain skin and everyday objects among the photos.

        Raises:
            DataError: one of the three is missing.
        """

        def take(source: Source, size: tuple[int, int]) -> NDArray[np.uint8]:
            paths = [photo.path for photo in photos if photo.source is source]
            if not paths:
                raise DataError(f"no training photo is of the source {source}: the finder needs some")
            return np.stack([load_sized(path, size) for path in paths])

        square = (MASKED_PX, MASKED_PX)
        return cls(
            closeups=take(Source.MILK_CLOSEUP, CLOSEUP_SIZE),
            plain=take(Source.SKIN, square),
            objects=take(Source.OBJECTS, square),
        )


def _find_box(mask: NDArray[np.uint8]) -> tuple[int, int, int, int]:
    rows, columns = (np.flatnonzero((mask > 127).any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return 0, 0, MASKED_PX, MASKED_PX
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def _surround(
    pixels: NDArray[np.uint8], mask: NDArray[np.uint8], box: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Mean colour of the skin near the outline; of the whole photo if there is hardly any."""
    left, top, right, bottom = (int(side) for side in box)
    across, down = (right - left) // 4, (bottom - top) // 4
    near = np.s_[max(0, top - down) : bottom + down + 1, max(0, left - across) : right + across + 1]
    skin = pixels[near][mask[near] <= 127]
    around: NDArray[np.float32] = (skin if len(skin) > 20 else pixels.reshape(-1, 3)).mean(axis=0)
    return around.astype(np.float32)


def load_sized(path: Path, size: tuple[int, int], mode: str = "RGB") -> NDArray[np.uint8]:
    """(H, W, 3) or (H, W): a picture at a width and height."""
    with Image.open(path) as image:
        return np.asarray(image.convert(mode).resize(size, Image.Resampling.BILINEAR))
