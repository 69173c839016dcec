"""Where a classifier looked: its evidence laid over the photo in grey, amber for melanoma, blue against."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from bot.cards.palette import AGAINST, FOR, FOR_MOST

Plane = NDArray[np.floating[Any]]

OPACITY = 0.72
SHADE = 0.5  # light that the colour keeps where the photo is black
CONTOUR_LEVEL = 0.5  # of the strongest evidence for melanoma: the line drawn round it
CONTOUR_WIDTH_PX = 1.6


def overlay_evidence(grey: Image.Image, evidence: NDArray[np.float32]) -> Image.Image:
    """The photo in grey under its evidence, RGB.

    Args:
        grey: the photo, mode L, at the size wanted.
        evidence: (h, w), signed contributions to the melanoma logit, covering the whole photo.

    Both signs share one scale, so that weak evidence stays pale beside strong evidence of the other sign.
    """
    strength = _resize(_normalise(evidence), grey.size)
    ground = np.asarray(grey, np.float32) * np.float32(0.82) + np.float32(30)
    step = ((strength + 1) * _STEPS).astype(np.intp)
    light = ground * np.float32((1 - SHADE) / 255) + np.float32(SHADE)  # the lesion stays visible underneath
    uncovered = ground * np.take(_UNCOVERED, step, mode="clip")
    picture = np.take(_PAINT, step, axis=0, mode="clip") * light[..., None] + uncovered[..., None]
    return Image.fromarray(np.clip(_with_contour(picture, strength), 0, 255).astype(np.uint8))


def _normalise(evidence: NDArray[np.float32]) -> NDArray[np.float32]:
    """To -1 to 1 by the strongest evidence of either sign; all zero stays zero."""
    strongest = float(np.abs(evidence).max(initial=0.0))
    if strongest == 0.0 or not np.isfinite(strongest):
        return np.zeros_like(evidence)
    return (evidence / strongest).astype(np.float32)


def _resize(evidence: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    smooth = Image.fromarray(evidence).resize(size, Image.Resampling.BICUBIC)
    return np.clip(np.asarray(smooth, np.float32), -1, 1)


def _palette() -> NDArray[np.float32]:
    """A colour for each step from -1 to 1."""
    steps = np.array([-1.0, 0.0, 1e-6, 0.55, 1.0])
    colours = np.array([AGAINST, AGAINST, FOR, FOR, FOR_MOST], np.float32)
    channels = [np.interp(_STRENGTHS, steps, colours[:, channel]) for channel in range(3)]
    return np.stack(channels, axis=-1).astype(np.float32)


_STEPS = 255  # of each sign
_STRENGTHS = np.linspace(-1, 1, 2 * _STEPS + 1)
_OPACITY = (np.abs(_STRENGTHS) ** 1.1 * OPACITY).astype(np.float32)
_PAINT = _palette() * _OPACITY[:, None]  # each step's colour, as far as it covers
_UNCOVERED = 1 - _OPACITY


def _with_contour(picture: Plane, strength: Plane) -> Plane:
    """A white line with a dark rim round the strongest evidence for melanoma, if there is any."""
    top = float(strength.max())
    if top <= 0.35:  # far weaker than what speaks against: no line round it
        return picture
    down, right = np.gradient(strength)
    slope = np.sqrt(down * down + right * right) + np.float32(1e-4)
    distance_px = np.abs(strength - np.float32(CONTOUR_LEVEL * top)) / slope
    rim = np.clip(CONTOUR_WIDTH_PX + 1.5 - distance_px, 0, 1)[..., None] * 0.55
    line = np.clip(CONTOUR_WIDTH_PX - distance_px, 0, 1)[..., None]
    drawn: Plane = (picture * (1 - rim)) * (1 - line) + 255 * line
    return drawn
