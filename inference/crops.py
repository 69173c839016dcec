"""Square crops around a lesion: what both networks see, in training and in the product.

A crop is centred on the lesion's box and scaled so that the lesion always fills the same share of it.
So the lesion's place and size in the frame carry no information. What lies beyond the photo's edges is
mirrored, so that a frame or a corner carries none either.
"""

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from inference.boxes import Box
from inference.resizing import resize


def find_crop(box: Box, *, fill: float) -> Box:
    """The square that is cropped around a lesion. It may reach beyond the photo.

    Args:
        box: of the lesion, in pixels.
        fill: the box's larger side as a share of the crop's side; above 0.
    """
    half = max(box.long_side, 1.0) / fill / 2
    x, y = box.centre
    return Box(x - half, y - half, x + half, y + half)


def crop_lesion(pixels: NDArray[np.uint8], box: Box, *, fill: float, side_px: int) -> NDArray[np.uint8]:
    """A lesion as the networks see it.

    Args:
        pixels: the upright photo, (H, W, 3) RGB.
        box: of the lesion, in the photo's own pixels. A centre outside of the photo is moved to its edge.
        fill: the box's larger side as a share of the crop's side; above 0.
        side_px: the network's side.

    Returns:
        (side_px, side_px, 3) RGB, a new array. Resized bilinearly, with antialiasing. Beyond the photo's
        edges it is mirrored, the edge's own pixels first (numpy's `symmetric`), as often as needed.
    """
    # The box, moved so that its centre lies on the photo.
    height, width = pixels.shape[:2]
    x, y = box.centre
    across = min(max(x, 0.0), float(width)) - x
    down = min(max(y, 0.0), float(height)) - y
    moved = Box(box.left + across, box.top + down, box.right + across, box.bottom + down)
    square = find_crop(moved, fill=fill)
    if square.left < 0 or square.top < 0 or square.right > width or square.bottom > height:
        pixels, square = _mirror_edges(pixels, square, side_px)
    region = (square.left, square.top, square.right, square.bottom)
    return resize(pixels, (side_px, side_px), box=region)


def _mirror_edges(pixels: NDArray[np.uint8], square: Box, side_px: int) -> tuple[NDArray[np.uint8], Box]:
    """What a square shows of the photo, mirrored where it reaches beyond, and the square on that picture.

    The square's centre lies on the photo, so what it shows is never less than what it mirrors at one edge.
    A part of more than four times the side is first reduced by a whole factor, so that less is mirrored.
    """
    height, width = pixels.shape[:2]
    left = min(max(0, math.floor(square.left)), width - 1)
    top = min(max(0, math.floor(square.top)), height - 1)
    right = max(min(width, math.ceil(square.right)), left + 1)
    bottom = max(min(height, math.ceil(square.bottom)), top + 1)
    part = pixels[top:bottom, left:right]
    factor = max(1, int(square.width / side_px / 2))
    if factor > 1:
        part = np.asarray(Image.fromarray(part).reduce(factor))
    high, wide = part.shape[:2]
    across = ((square.left - left) / factor, (square.right - left) / factor)
    down = ((square.top - top) / factor, (square.bottom - top) / factor)
    padding = (_count_missing(*down, high), _count_missing(*across, wide), (0, 0))
    mirrored = np.pad(part, padding, mode="symmetric")
    x, y = padding[1][0], padding[0][0]
    return mirrored, Box(across[0] + x, down[0] + y, across[1] + x, down[1] + y)


def _count_missing(start: float, end: float, size: int) -> tuple[int, int]:
    """Pixels that are missing before 0 and after `size`."""
    return max(0, math.ceil(-start)), max(0, math.ceil(end) - size)
