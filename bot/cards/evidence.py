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
    ground = np.asarray(grey, np.float32)[..., None] * 0.82 + 30
    colour = _colours(strength)
    opacity = (np.abs(strength) ** 1.1 * OPACITY)[..., None]
    shaded = colour * (SHADE + (1 - SHADE) * ground / 255)  # the lesion's structure stays visible underneath
    picture = _with_contour(ground * (1 - opacity) + shaded * opacity, strength)
    return Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8))


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
    """511 colours from -1 to 1."""
    steps = np.array([-1.0, 0.0, 0.0, 0.55, 1.0])
    colours = np.array([AGAINST, AGAINST, FOR, FOR, FOR_MOST], np.float32)
    positions = np.linspace(-1, 1, 511)
    steps[2] = 1e-6
    return np.stack([np.interp(positions, steps, colours[:, c]) for c in range(3)], axis=-1).astype(
        np.float32
    )


_PALETTE = _palette()


def _colours(strength: NDArray[np.float32]) -> NDArray[np.float32]:
    picked: NDArray[np.float32] = _PALETTE[((strength + 1) * 255).astype(np.uint16)]
    return picked


def _with_contour(picture: Plane, strength: Plane) -> Plane:
    """A white line with a dark rim round the strongest evidence for melanoma, if there is any."""
    top = float(strength.max())
    if top <= 0.35:  # far weaker than what speaks against: no line round it
        return picture
    down, right = np.gradient(strength)
    distance_px = np.abs(strength - CONTOUR_LEVEL * top) / (np.hypot(down, right) + 1e-4)
    rim = np.clip(CONTOUR_WIDTH_PX + 1.5 - distance_px, 0, 1)[..., None] * 0.55
    line = np.clip(CONTOUR_WIDTH_PX - distance_px, 0, 1)[..., None]
    drawn: Plane = (picture * (1 - rim)) * (1 - line) + 255 * line
    return drawn
