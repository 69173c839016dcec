"""Evidence of a network that saw the middle of a crop, as a map of the whole crop.

Apart from `raw_opinions`, which inference servers import: they have no Pillow.
"""

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from inference.raw_opinions import RawOpinion

_FINE: Final = 8  # parts of a side of a map's cell, where a network sees the middle of a crop only


def cover_crop(opinion: RawOpinion, middle: float) -> RawOpinion:
    """The opinion with a map of the whole crop; the network saw `middle` of its side."""
    return replace(opinion, evidence=spread_map(opinion.evidence, middle))


def spread_map(values: NDArray[np.float32], middle: float) -> NDArray[np.float32]:
    """A map of a crop's middle as a finer one of the whole crop, 0 around it; the sum hardly changes.

    Args:
        values: (h, w).
        middle: share of the crop's side that the map covers, above 0; at 1 the map stays as it is.
    """
    if middle == 1:
        return values
    height, width = values.shape
    size = (width * _FINE, height * _FINE)
    fine = np.asarray(Image.fromarray(values).resize(size, Image.Resampling.BICUBIC)) / _FINE**2
    around = (1 / middle - 1) / 2
    margins = [(round(side * around),) * 2 for side in fine.shape]
    return np.pad(fine.astype(np.float32), margins)
