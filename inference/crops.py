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

# As in `inference.preprocess`: a crop of more than four times the side is first reduced by a whole factor.
_REDUCING_GAP = 2.0


def find_crop(box: Box, *, fill: float) -> Box:
    """The square that is cropped around a lesion. It may reach beyond the photo.

    Args:
        box: of the lesion, in pixels.
        fill: the box's larger side as a share of the crop's side; above 0.
    """
    half = max(box.long_side, 1.0) / fill / 2
    x, y = box.centre
    return Box(x - half, y - half, x + half, y + half)


def crop_lesion(image: Image.Image, box: Box, *, fill: float, side_px: int) -> NDArray[np.uint8]:
    """A lesion as the networks see it.

    Args:
        image: the upright photo, RGB.
        box: of the lesion, in the photo's own pixels. A centre outside of the photo is moved to its edge.
        fill: the box's larger side as a share of the crop's side; above 0.
        side_px: the network's side.

    Returns:
        (side_px, side_px, 3) RGB, a new array. Resized bilinearly, with antialiasing. Beyond the photo's
        edges it is mirrored, the edge's own pixels first (numpy's `symmetric`), as often as needed.
    """
    # The box, moved so that its centre lies on the photo.
    x, y = box.centre
    across = min(max(x, 0.0), float(image.size[0])) - x
    down = min(max(y, 0.0), float(image.size[1])) - y
    moved = Box(box.left + across, box.top + down, box.right + across, box.bottom + down)
    square = find_crop(moved, fill=fill)
    width, height = image.size
    if square.left < 0 or square.top < 0 or square.right > width or square.bottom > height:
        image, square = _mirror_edges(image, square, side_px)
    region = (square.left, square.top, square.right, square.bottom)
    size = (side_px, side_px)
    resized = image.resize(size, Image.Resampling.BILINEAR, box=region, reducing_gap=_REDUCING_GAP)
    return np.array(resized, dtype=np.uint8)


def _mirror_edges(image: Image.Image, square: Box, side_px: int) -> tuple[Image.Image, Box]:
    """What a square shows of the photo, mirrored where it reaches beyond, and the square on that picture.

    The square's centre lies on the photo, so what it shows is never less than what it mirrors at one edge.
    A large part is first reduced by the whole factor that resizing would reduce it by.
    """
    left, top = max(0, math.floor(square.left)), max(0, math.floor(square.top))
    right, bottom = min(image.width, math.ceil(square.right)), min(image.height, math.ceil(square.bottom))
    left, top = min(left, image.width - 1), min(top, image.height - 1)
    part = (left, top, max(right, left + 1), max(bottom, top + 1))
    factor = max(1, int(square.width / side_px / _REDUCING_GAP))
    pixels = np.asarray(image.reduce(factor, box=part) if factor > 1 else image.crop(part))
    high, wide = pixels.shape[:2]
    across = ((square.left - left) / factor, (square.right - left) / factor)
    down = ((square.top - top) / factor, (square.bottom - top) / factor)
    padding = (_count_missing(*down, high), _count_missing(*across, wide), (0, 0))
    mirrored = Image.fromarray(np.pad(pixels, padding, mode="symmetric"))
    x, y = padding[1][0], padding[0][0]
    return mirrored, Box(across[0] + x, down[0] + y, across[1] + x, down[1] + y)


def _count_missing(start: float, end: float, size: int) -> tuple[int, int]:
    """Pixels that are missing before 0 and after `size`."""
    return max(0, math.ceil(-start)), max(0, math.ceil(end) - size)
