"""The same photo with a mark on it, or its lesion at another size: a score that moves depends on the mark."""

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from inference.evaluation.marks import describe_move
from models.release import artefacts
from models.release.artefacts import Photo
from models.release.rescaling import rescale

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


def compare_calls(
    before: NDArray[np.float64], after: NDArray[np.float64], threshold: float
) -> dict[str, float | int]:
    """Points of 100 by which more photos lie at or above `threshold` after the change, paired by photo.

    `points`, the bounds `low` and `high` of its 95 % interval (the evaluation's, never empty) and `n`.
    """
    move = (after >= threshold).astype(float) - (before >= threshold)
    return {**describe_move(move), "n": len(move)}
