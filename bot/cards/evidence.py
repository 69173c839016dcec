"""Where a classifier looked: its evidence laid over the photo in grey, amber for melanoma, blue against."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from bot.cards.palette import AGAINST, FOR, FOR_MOST

Plane = NDArray[np.floating[Any]]

OPACITY = 0.72
SHARED = 0.2  # of the places may speak otherwise before their common part is painted, too
SHADE = 0.5  # light that the colour keeps on black parts of the photo
CONTOUR_LEVEL = 0.5  # of the strongest evidence for melanoma: the line drawn round it
CONTOUR_WIDTH_PX = 1.6


def overlay_evidence(
    grey: Image.Image, evidence: NDArray[np.float32], mask: NDArray[np.float32] | None = None
) -> Image.Image:
    """The photo in grey under its evidence, RGB.

    Args:
        grey: the photo, mode L, at the size wanted.
        evidence: (h, w), signed contributions to the melanoma logit, covering the whole photo.
        mask: (height, width) of `grey`, 1 where evidence is shown, 0 where it is left out.

    Both signs share one scale, so that weak evidence stays pale beside strong evidence of the other sign.
    What nearly all places share is left out: it belongs to the score, and says nothing about where.
    """
    signed = Image.fromarray(_normalise(leave_out_shared(evidence)))
    smooth = signed.resize(grey.size, Image.Resampling.BICUBIC)
    strength = np.clip(np.asarray(smooth, np.float32), -1, 1)
    if mask is not None:
        strength = strength * mask
    step = ((strength + 1) * _STEPS).astype(np.intp)
    painted = np.take(_PAINTED, step * 256 + np.asarray(grey), mode="clip")
    _draw_contour(painted, strength)
    return Image.frombuffer("RGB", grey.size, painted, "raw", "RGBX", 0, 1).convert("RGB")


def leave_out_shared(evidence: NDArray[np.float32]) -> NDArray[np.float32]:
    """Where four fifths of the places speak for one side, only what goes beyond the weakest fifth of them.

    A transformer's places often do. Those that a network does not see are exactly zero, and do not count.
    """
    seen = evidence[evidence != 0]
    if 2 * seen.size < evidence.size:
        return evidence
    low, high = np.quantile(seen, (SHARED, 1 - SHARED))
    if low > 0:
        return np.where(evidence > 0, np.maximum(evidence - low, 0), evidence).astype(np.float32)
    if high < 0:
        return np.where(evidence < 0, np.minimum(evidence - high, 0), evidence).astype(np.float32)
    return evidence


def _normalise(evidence: NDArray[np.float32]) -> NDArray[np.float32]:
    """To -1 to 1 by the strongest evidence of either sign; all zero stays zero."""
    strongest = float(np.abs(evidence).max(initial=0.0))
    if strongest == 0.0 or not np.isfinite(strongest):
        return np.zeros_like(evidence)
    return (evidence / strongest).astype(np.float32)


_STEPS = 127  # of each sign: a step changes a colour by less than two of 255
_STRENGTHS = np.linspace(-1, 1, 2 * _STEPS + 2)


def _paint() -> NDArray[np.uint32]:
    """The pixel (RGBX) for each step of strength and each of the 256 greys, the grey changing fastest."""
    opacity = (np.abs(_STRENGTHS) ** 1.1 * OPACITY)[:, None, None]
    ground = (np.arange(256) * 0.82 + 30)[None, :, None]
    light = ground * ((1 - SHADE) / 255) + SHADE  # the lesion stays visible underneath
    steps = np.array([-1.0, 0.0, 1e-6, 0.55, 1.0])
    anchors = np.array([AGAINST, AGAINST, FOR, FOR, FOR_MOST], np.float32)
    channels = [np.interp(_STRENGTHS, steps, anchors[:, channel]) for channel in range(3)]
    palette = np.stack(channels, axis=-1).astype(np.float32)
    colours = palette[:, None, :] * opacity * light + ground * (1 - opacity)
    pixels = np.full((*colours.shape[:2], 4), 255, np.uint8)
    pixels[..., :3] = np.clip(colours, 0, 255)
    return pixels.view(np.uint32).ravel()


_PAINTED = _paint()


def _draw_contour(painted: NDArray[np.uint32], strength: Plane) -> None:
    """A white line with a dark rim round the strongest evidence for melanoma, if there is any."""
    top = float(strength.max())
    if top <= 0.35 or min(strength.shape) < 2:  # far weaker than what speaks against: no line round it
        return
    down, right = np.gradient(strength)
    slope = np.sqrt(down * down + right * right) + np.float32(1e-4)
    distance_px = (np.abs(strength - np.float32(CONTOUR_LEVEL * top)) / slope).ravel()
    near = np.flatnonzero(distance_px < CONTOUR_WIDTH_PX + 1.5)
    rim = np.clip(CONTOUR_WIDTH_PX + 1.5 - distance_px[near], 0, 1)[:, None] * 0.55
    line = np.clip(CONTOUR_WIDTH_PX - distance_px[near], 0, 1)[:, None]
    channels = painted.reshape(-1, 1).view(np.uint8)
    channels[near] = channels[near] * (1 - rim) * (1 - line) + 255 * line
