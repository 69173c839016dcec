"""Pen marks: dots and rings in blue or violet ink, drawn around a lesion before it is cut out.

A finder that knows lesions by their contrast marks them, too. Ink is told by its colour, compared with that
of the skin in the same photo, since a lamp can make a whole photo bluish.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

LARGEST: Final = 0.4  # of the photo's longer side: a larger bluish mark can be a blue or vascular lesion
OTHERS: Final = 0.75  # of the least share of ink, for further marks of a photo with a pen mark
# Values of 255, one added to each so that none is 0. Of 11,000 marks on photos for training and validation,
# 130 small ones had 0.4 or more of such pixels. All that were looked at (93) were ink; blue nevi and vascular
# lesions have 0.31 and less.
_BLUE_TO_GREEN, _BLUE_TO_RED = 1.25, 1.1
_BLUER_THAN_SKIN: Final = 1.4  # times, in blue to green
_DARKEST_SKIN: Final = 120  # sum of a pixel's three values; darker is a frame or hair


def measure_ink(pixels: NDArray[np.uint8], skin: NDArray[np.uint8]) -> float:
    """The share of a mark's pixels that have the colour of ink, 0 to 1.

    Args:
        pixels: (N, 3) RGB of the mark, N above 0.
        skin: (M, 3) RGB of what lies beside all marks; if it is all dark or empty, ink is told by itself.
    """
    red, green, blue = (pixels.astype(np.float32) + 1).T
    bluish = (blue > _BLUE_TO_GREEN * green) & (blue > _BLUE_TO_RED * red)
    if not bluish.any():
        return 0.0
    light = skin[skin.sum(axis=1, dtype=np.int64) > _DARKEST_SKIN].astype(np.float32) + 1
    if len(light):
        middle = np.median(light, axis=0)
        bluish &= blue / green > _BLUER_THAN_SKIN * middle[2] / middle[1]
    return float(bluish.mean())
