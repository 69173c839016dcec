"""Photos at another size: what the networks, the quality measures and the cards see of one.

The resizer that vector instructions make quick is built for x86-64 and for macOS. Elsewhere Pillow does the
same: no channel of a pixel differs by more than one level of 255 (`tests/unit/inference/test_resizing.py`).
"""

import math
from importlib.metadata import version

import numpy as np
from numpy.typing import NDArray
from PIL import Image

try:
    from cykooz_resizer import CropBox, FilterType, ImageData, PixelType, ResizeAlg, ResizeOptions, Resizer
except ImportError:
    HAS_RESIZER = False
else:
    HAS_RESIZER = True

Edges = tuple[float, float, float, float]
"""Left, top, right and bottom of a part, in pixels."""


def resize(
    pixels: NDArray[np.uint8], size: tuple[int, int], *, box: Edges | None = None
) -> NDArray[np.uint8]:
    """A photo or a part of it at another size: bilinear, with antialiasing where it shrinks.

    Args:
        pixels: (H, W, 3), at least one pixel.
        size: width and height wanted.
        box: the part, within the photo and not empty; all of it if None.

    Returns:
        (height, width, 3), a new array.
    """
    height, width = pixels.shape[:2]
    edges = box or (0.0, 0.0, float(width), float(height))
    if size == (width, height) and edges == (0, 0, width, height):
        return pixels.copy()
    if not HAS_RESIZER:
        return resize_with_pillow(pixels, size, edges)
    left, top, right, bottom = edges
    crop = CropBox(left, top, _span(left, right, width), _span(top, bottom, height))
    resized = ImageData(*size, PixelType.U8x3)
    # A resizer serves one thread at a time, and making one costs a microsecond.
    Resizer().resize(
        ImageData(width, height, PixelType.U8x3, pixels.tobytes()),
        resized,
        ResizeOptions(ResizeAlg.convolution(FilterType.bilinear), use_alpha=False, crop_box=crop),
    )
    return np.frombuffer(resized.get_buffer(), np.uint8).reshape(size[1], size[0], 3).copy()


def resize_with_pillow(pixels: NDArray[np.uint8], size: tuple[int, int], box: Edges) -> NDArray[np.uint8]:
    """The same as `resize`, by Pillow."""
    return np.array(Image.fromarray(pixels).resize(size, Image.Resampling.BILINEAR, box=box))


def name_pillow() -> str:
    """Pillow's version, and the resizer's where there is one: for the record of what a score depends on."""
    if not HAS_RESIZER:
        return version("pillow")
    return f"{version('pillow')}, cykooz-resizer {version('cykooz-resizer')}"


def _span(start: float, end: float, size: int) -> float:
    """From `start` to `end` such that adding it to `start` again never exceeds `size` by rounding."""
    span = end - start
    return span if start + span <= size else math.nextafter(span, 0)
