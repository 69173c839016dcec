"""Small lesions on large photos: which part of the file is decoded again, and the crop made from it."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.boxes import Box
from inference.crops import find_crop
from inference.photo_errors import PhotoError
from inference.photo_parts import ALIGNMENT, Part
from inference.photos import DecodedPhoto

DecodePart = Callable[[Part], NDArray[np.uint8]]
"""Gives (H, W, 3) pixels of a part of the photo's file; may raise a `PhotoError`."""

_MARGIN = 2  # pixels of the part around a crop: what resizing looks at beyond it


@dataclass(frozen=True, slots=True)
class CloserLook:
    """A picture and a lesion's box in its pixels."""

    pixels: NDArray[np.uint8]  # (H, W, 3) RGB
    box: Box


def find_part(photo: DecodedPhoto, box: Box, *, fill: float, side_px: int) -> Part | None:
    """The part of the file that gives a lesion's crop the networks' side, at the smallest scale that does.

    Args:
        photo: as decoded.
        box: of the lesion, in pixels of the decoded photo.
        fill: as for `inference.crops.find_crop`.
        side_px: the largest of the networks' sides.

    Returns:
        None if the decoded photo has enough pixels, or if its file has no more of them.
    """
    height, width = photo.pixels.shape[:2]
    across, down = photo.width_px / width, photo.height_px / height  # pixels of the file to one of the photo
    crop = find_crop(box, fill=fill)
    if crop.width >= side_px or min(across, down) < 1.5:
        return None
    factor = max(1, math.floor(crop.width * min(across, down) / side_px))
    if factor >= min(across, down):
        return None
    left, right = _find_range(crop.left * across, crop.right * across, factor, photo.width_px)
    top, bottom = _find_range(crop.top * down, crop.bottom * down, factor, photo.height_px)
    x, y = photo.left_px, photo.top_px
    return Part(x + left, y + top, x + right, y + bottom, factor)


def _find_range(start: float, end: float, factor: int, size: int) -> tuple[int, int]:
    """What is decoded of a side: the crop with a margin, not beyond the photo."""
    margin = _MARGIN * factor
    first = math.floor((start - margin) / ALIGNMENT) * ALIGNMENT
    last = math.ceil((end + margin) / ALIGNMENT) * ALIGNMENT
    first = min(max(first, 0), size - 1)
    return first, max(min(last, size), first + 1)


def look_closer(
    photo: DecodedPhoto, box: Box, decode_part: DecodePart | None, *, fill: float, side_px: int
) -> CloserLook:
    """The picture to crop a lesion from: a part of the file with more pixels if the photo has too few.

    Args:
        photo: as decoded.
        box: of the lesion, in pixels of the decoded photo.
        decode_part: decodes a part of the file again; None if the file is not at hand.
        fill: as for `find_part`.
        side_px: likewise.
    """
    part = find_part(photo, box, fill=fill, side_px=side_px) if decode_part is not None else None
    if part is None or decode_part is None:
        return CloserLook(photo.pixels, box)
    try:
        pixels = decode_part(part)
    except PhotoError:  # it was readable before: too much memory is in use now
        return CloserLook(photo.pixels, box)
    return CloserLook(pixels, _place_on_part(photo, box, part, pixels.shape))


def _place_on_part(photo: DecodedPhoto, box: Box, part: Part, shape: tuple[int, ...]) -> Box:
    """A box of the decoded photo in pixels of a part of its file."""
    height, width = photo.pixels.shape[:2]
    in_file = box.scaled(photo.width_px / width, photo.height_px / height)
    moved = in_file.moved(photo.left_px - part.left, photo.top_px - part.top)
    # A part is smaller by a whole factor; its last pixels may stand for less than a whole block.
    across = max(1, round((part.right - part.left) / shape[1]))
    down = max(1, round((part.bottom - part.top) / shape[0]))
    return moved.scaled(1 / across, 1 / down)
