"""Pen marks: dots and rings in blue or violet ink, drawn around a lesion before it is cut out.

A finder that knows lesions by their contrast marks them, too. Ink is recognised by its colour, compared with
that of the skin in the same photo, since a lamp can make a whole photo bluish.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

LARGEST: Final = 0.4  # of the photo's longer side: a larger bluish mark can be a blue or vascular lesion
OTHERS: Final = 0.85  # of the least share of ink, for further marks of a photo with a pen mark
# Values of 255, one added to each so that none is 0. Photos of black lesions are bluish by chance: ink has a
# colour, not only a tint.
_BLUE_TO_GREEN, _BLUE_TO_RED = 1.25, 1.1
_LEAST_BLUE, _LEAST_GAP = 50, 20  # of blue, and of blue above green
_BLUER_THAN_SKIN: Final = 1.4  # times, in blue to green
_DARKEST_SKIN: Final = 120  # sum of a pixel's three values; darker is a frame or hair
# What is a lesion beside ink, or inside a ring: darker than the skin, and hardly bluer.
_DARKER, _HARDLY_BLUER = 0.8, 1.15


def measure_ink(pixels: NDArray[np.uint8], skin: NDArray[np.uint8]) -> tuple[float, float]:
    """The shares of a mark's pixels that are ink, and that are a lesion's by their colour; each 0 to 1.

    Args:
        pixels: (N, 3) RGB of the mark, N above 0.
        skin: (M, 3) RGB of what lies beside all marks. Its light pixels are the reference, or all if none is
            light; without any, nothing counts as ink.
    """
    if not len(skin):
        return 0.0, 1.0
    red, green, blue = (pixels.astype(np.float32) + 1).T
    is_coloured = (blue > _LEAST_BLUE) & (blue > green + _LEAST_GAP)
    is_bluish = is_coloured & (blue > _BLUE_TO_GREEN * green) & (blue > _BLUE_TO_RED * red)
    if not is_bluish.any():
        return 0.0, 1.0
    is_light = skin.sum(axis=1, dtype=np.int64) > _DARKEST_SKIN
    middle = np.median(skin[is_light] if is_light.any() else skin, axis=0) + 1.0
    bluer = blue / green / (middle[2] / middle[1])
    is_lesion = (red + green + blue < _DARKER * middle.sum()) & (bluer < _HARDLY_BLUER)
    return float((is_bluish & (bluer > _BLUER_THAN_SKIN)).mean()), float(is_lesion.mean())
