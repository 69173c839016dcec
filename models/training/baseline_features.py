"""What the baselines see of a photo: its colours, its background alone, or no more than its frame."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

SIDE_PX = 64
_BINS = 6  # of each colour channel
_SMALL_PX = 16
_CORNER = 1.2  # of half the side: beyond this radius lie the corners
_DISC = 1.0  # within it there is no black frame


def shrink(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(SIDE_PX, SIDE_PX, 3)."""
    small = Image.fromarray(pixels).resize((SIDE_PX, SIDE_PX), Image.Resampling.BILINEAR)
    return np.asarray(small)


def describe_colours(photo: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Share of the pixels in each cell of a grid over red, green and blue."""
    return _histogram(photo.reshape(-1, 3))


def describe_background(photo: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Colours and a small picture of the photo with its lesion painted over in the skin's mean colour."""
    lesion = find_lesion(photo)
    around = photo[~lesion] if (~lesion).any() else photo.reshape(-1, 3)
    painted = photo.copy()
    painted[lesion] = around.mean(axis=0)
    small = Image.fromarray(painted).resize((_SMALL_PX, _SMALL_PX), Image.Resampling.BOX)
    return np.concatenate([_histogram(around), np.asarray(small, np.float64).ravel() / 255])


def describe_frame(photo: NDArray[np.uint8]) -> NDArray[np.float64]:
    """How dark each corner is, and the lesion's share of the frame, its place, its width and height."""
    grey = _grey(photo)
    distance, across, along = _places()
    corners = [
        float(grey[(distance > _CORNER) & (across * x > 0) & (along * y > 0)].mean())
        for x in (-1, 1)
        for y in (-1, 1)
    ]
    lesion = find_lesion(photo)
    rows, columns = np.nonzero(lesion) if lesion.any() else (np.zeros(1), np.zeros(1))
    box = [rows.min(), rows.max(), columns.min(), columns.max(), rows.mean(), columns.mean()]
    rim = np.concatenate([lesion[0], lesion[-1], lesion[:, 0], lesion[:, -1]]).mean()
    return np.array([*corners, float(lesion.mean()), float(rim), *(value / SIDE_PX for value in box)])


def find_lesion(photo: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """The darker side of Otsu's threshold within the disc, a little widened; (S, S)."""
    grey = _grey(photo)
    inside = _places()[0] < _DISC
    dark = (grey < _otsu(grey[inside])) & inside
    wide = Image.fromarray(dark).convert("L").filter(ImageFilter.MaxFilter(5))
    return np.asarray(wide) > 0


FEATURES: dict[str, Callable[[NDArray[np.uint8]], NDArray[np.float64]]] = {
    "colour histogram only": describe_colours,
    "background only, the lesion painted over": describe_background,
    "frame only: corners, lesion's share and place": describe_frame,
}


def _histogram(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    cells = (pixels.astype(int) * _BINS // 256) @ np.array([_BINS**2, _BINS, 1])
    return np.bincount(cells, minlength=_BINS**3) / len(cells)


def _grey(photo: NDArray[np.uint8]) -> NDArray[np.float64]:
    grey: NDArray[np.float64] = photo @ np.array([0.299, 0.587, 0.114])
    return grey


def _places() -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Distance from the middle in half sides, and both coordinates from -1 to 1."""
    axis = (np.arange(SIDE_PX) + 0.5) / SIDE_PX * 2 - 1
    across, along = np.meshgrid(axis, axis)
    return np.hypot(across, along), across, along


def _otsu(grey: NDArray[np.float64]) -> float:
    """The threshold that best parts the values in two (Otsu 1979)."""
    counts = np.bincount(grey.astype(int).clip(0, 255), minlength=256).astype(np.float64)
    below = counts.cumsum()
    sums = (counts * np.arange(256)).cumsum()
    above = below[-1] - below
    with np.errstate(divide="ignore", invalid="ignore"):
        between = below * above * (sums / below - (sums[-1] - sums) / above) ** 2
    return float(np.nanargmax(between) + 1) if np.isfinite(between).any() else 0.0
