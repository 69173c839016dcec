"""Can this photo be read at all: is it large enough, sharp, lit, and is there something to see.

The networks read the whole frame at about 200 px a side, so a photo is judged at that scale and not by its
pixels: a photo of 12 megapixels that is soft at full size is fine here. Judged is the middle disc, where the
lesion is and a dermatoscope's black ring is not.
"""

import functools
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from inference.photos import DecodedPhoto
from inference.policy import QualityLimits
from inference.readings import Quality, QualityFault
from inference.resizing import resize

_SIDE_PX = 128  # the frame is squashed to this square for measuring
_DISC = 0.8  # radius of the judged disc, of half the side
_BLOWN = 250  # a channel from here on holds no detail, of 255
# What a grey or tinted photo has of its own colours, after a JPEG of quality 75: at most so much of both. No
# lesion photo that was tried has so little; see `docs/decisions/0026-no-level-without-colour.md`.
_HUES_LEVELS = 1.0  # root mean square of what brightness does not explain, in levels of 255
_HUES_SHARE = 0.0083  # the same, of the mean luminance: a dim photo has fewer levels
_LEAST_CHROMA = 0.02  # of the mean luminance, what 95 % of the photo stay below: grey whatever the noise
_COLOUR_SIDE = 32  # colour is measured at this side, where noise and compression even out
_STEPS = 24  # of brightness, equally many pixels each
_FLAT = 1e-4  # mean steps below this, of full scale, are rounding and not edges


def measure_quality(photo: DecodedPhoto, limits: QualityLimits) -> Quality:
    """The photo's measures, and the faults by these limits.

    - `sharpness`, 1 to about 2: root mean square of the luminance steps, against that of the same photo at
      half the
      scale. A crisp edge gives 1.4 and fine texture more; where all is out of focus, both scales have the
      same slopes, and it is 1. A ratio of the photo to itself depends neither on contrast nor on how much
      smooth skin there is.
    - `brightness`, 0 to 1: mean luminance.
    - `contrast`, 0 to 1: luminance from the 2nd to the 98th percentile.
    - `glare`, 0 to 1: share of pixels whose three channels are all blown out.
    - `colour`, 0 to about 50: what brightness does not explain of the colours, against the most that a grey,
      sepia or otherwise tinted photo shows. Below 1 the photo has no real colours.

    Args:
        photo: as decoded; its size in the file counts for `TOO_SMALL`.
        limits: from pair.json.
    """
    square = resize(photo.pixels, (_SIDE_PX, _SIDE_PX))
    # (S, S), 0 to 1, with the weights of BT.601.
    weights = np.array([0.299 / 255, 0.587 / 255, 0.114 / 255], np.float32)
    grey: NDArray[np.float32] = square @ weights
    seen = grey[_disc(_SIDE_PX)]
    low, high = np.percentile(seen, (2, 98))
    red, green, blue = (square[..., channel] >= _BLOWN for channel in range(3))
    quality = Quality(
        width_px=photo.width_px,
        height_px=photo.height_px,
        sharpness=round(_sharpness(grey), 4),
        brightness=round(float(seen.mean()), 4),
        contrast=round(float(high - low), 4),
        glare=round(float((red & green & blue)[_disc(_SIDE_PX)].mean()), 4),
        colour=round(_colour(square), 4),
    )
    return replace(quality, faults=find_faults(quality, limits))


def find_faults(quality: Quality, limits: QualityLimits) -> tuple[QualityFault, ...]:
    """What these limits refuse, the fault that explains the others first."""
    found = {
        QualityFault.TOO_SMALL: min(quality.width_px, quality.height_px) < limits.min_side_px,
        QualityFault.TOO_DARK: quality.brightness < limits.min_brightness,
        QualityFault.TOO_BRIGHT: quality.brightness > limits.max_brightness,
        QualityFault.GLARE: quality.glare > limits.max_glare,
        QualityFault.LOW_CONTRAST: quality.contrast < limits.min_contrast,
        QualityFault.NO_COLOUR: quality.colour is not None and quality.colour < limits.min_colour,
        QualityFault.BLURRED: quality.sharpness < limits.min_sharpness,
    }
    return tuple(fault for fault, is_found in found.items() if is_found)


def _colour(square: NDArray[np.uint8]) -> float:
    """How far the colours are from being a function of the brightness, as they are in a tinted photo."""
    block = _SIDE_PX // _COLOUR_SIDE
    small = square.reshape(_COLOUR_SIDE, block, _COLOUR_SIDE, block, 3).mean(axis=(1, 3))[_disc(_COLOUR_SIDE)]
    light = small @ np.array([0.299, 0.587, 0.114])
    chroma = small[:, (2, 0)] - light[:, None]
    level = max(float(light.mean()), 1.0)
    order = np.argsort(light, kind="stable")
    hues = float(np.sqrt((_unexplained(light[order], chroma[order]) ** 2).sum(axis=1).mean()))
    amount = float(np.percentile(np.hypot(*chroma.T), 95))
    return min(max(hues / _HUES_LEVELS, hues / level / _HUES_SHARE), amount / level / _LEAST_CHROMA)


def _unexplained(light: NDArray[np.float64], chroma: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N, 2): what a straight line over the brightness leaves of each of the two colour differences.

    A line of its own for each step of brightness. Args: light: (N,), in ascending order.
    """
    counts = np.array([len(step) for step in np.array_split(light, _STEPS)])
    starts = np.cumsum(counts) - counts

    def centre(values: NDArray[np.float64]) -> NDArray[np.float64]:
        means = np.add.reduceat(values, starts) / counts[:, None]
        centred: NDArray[np.float64] = values - np.repeat(means, counts, axis=0)
        return centred

    light, chroma = centre(light[:, None]), centre(chroma)
    slopes = np.add.reduceat(light * chroma, starts) / np.maximum(
        np.add.reduceat(light * light, starts), 1e-3
    )
    rest: NDArray[np.float64] = chroma - light * np.repeat(slopes, counts, axis=0)
    return rest


def _sharpness(grey: NDArray[np.float32]) -> float:
    half = _SIDE_PX // 2
    coarse = grey.reshape(half, 2, half, 2).mean(axis=(1, 3))
    coarse_slope = _slope(coarse) / 2
    if coarse_slope < _FLAT:
        return 1.0  # nothing to judge by: `LOW_CONTRAST` speaks for it
    return _slope(grey) / coarse_slope


def _slope(grey: NDArray[np.float32]) -> float:
    """Root mean square of the luminance steps in the disc, for one pixel of this scale."""
    across = grey[1:-1, 2:] - grey[1:-1, :-2]
    down = grey[2:, 1:-1] - grey[:-2, 1:-1]
    squares = (across * across + down * down)[_disc(grey.shape[0])[1:-1, 1:-1]]
    return float(np.sqrt(squares.mean())) / 2


@functools.lru_cache(maxsize=4)
def _disc(side: int) -> NDArray[np.bool_]:
    centres = (np.arange(side) + 0.5) / side * 2 - 1
    disc: NDArray[np.bool_] = np.hypot(centres[:, None], centres[None, :]) <= _DISC
    return disc
