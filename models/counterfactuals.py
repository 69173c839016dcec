"""The same photo with a mark on it, or its lesion at another size: a score that moves has learnt the mark."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from models import artefacts
from models.artefacts import Photo
from models.augment import rescale

Change = Callable[[Photo, Generator], Photo]


def paste_corners(photo: Photo, rng: Generator) -> Photo:
    """The black round mask of a dermatoscope, its corners plain to see."""
    size = min(photo.shape[:2])
    square = np.array(Image.fromarray(photo).resize((size, size), Image.Resampling.BILINEAR))
    axis = (np.arange(size) + 0.5) / size * 2 - 1
    outside = np.hypot(axis[:, None], axis[None, :]) > rng.uniform(0.95, 1.1)
    square[outside] = rng.integers(0, 20)
    return square


def paste_one_corner(photo: Photo, rng: Generator) -> Photo:
    """One black corner."""
    image = Image.fromarray(photo)
    width, height = image.size
    reach = rng.uniform(0.18, 0.3)
    draw = ImageDraw.Draw(image)
    draw.polygon([(0, 0), (reach * width, 0), (0, reach * height)], fill=(5, 5, 5))
    return np.array(image)


def cut_corners(photo: Photo, _: Generator) -> Photo:
    """The largest centred crop that a round mask's corners do not reach: 1 / sqrt 2 of each side."""
    height, width = photo.shape[:2]
    top, left = round(height * (1 - 0.7072) / 2), round(width * (1 - 0.7072) / 2)
    return np.ascontiguousarray(photo[top : height - top, left : width - left])


def zoom(photo: Photo, rng: Generator, *, factor: float) -> Photo:
    """The lesion `factor` times as large in the frame."""
    return rescale(photo, photo.shape[0], factor, rng)


CHANGES: dict[str, Change] = {
    "corners": paste_corners,
    "one_corner": paste_one_corner,
    "corners_cut_off": cut_corners,
    "ruler": artefacts.draw_ruler,
    "ink": artefacts.draw_ink,
    "hairs": artefacts.draw_hairs,
    "bubbles": artefacts.draw_bubbles,
    "half_size": partial(zoom, factor=0.5),
    "twice_size": partial(zoom, factor=2.0),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """What a change did to the share of photos called at a threshold, in points of 100, paired by photo."""

    points: float
    low: float  # 95 % interval, bootstrap over photos
    high: float
    n: int

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "points": round(self.points, 2),
            "ci95": [round(self.low, 2), round(self.high, 2)],
            "n": self.n,
        }


def compare_calls(
    before: NDArray[np.float64], after: NDArray[np.float64], threshold: float, *, rounds: int = 1000
) -> Shift:
    """Points by which more photos lie at or above `threshold` after the change."""
    moved = ((after >= threshold).astype(float) - (before >= threshold)) * 100
    rng = np.random.default_rng(0)
    means = [rng.choice(moved, len(moved)).mean() for _ in range(rounds)]
    low, high = np.quantile(means, [0.025, 0.975])
    return Shift(points=float(moved.mean()), low=float(low), high=float(high), n=len(moved))
