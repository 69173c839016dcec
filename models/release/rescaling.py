"""The same photo with its lesion larger or smaller in the frame; beyond the photo lies plain skin."""

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image

from models.release.artefacts import Photo


def rescale(photo: Photo, size_px: int, zoom: float, rng: Generator) -> Photo:
    """A square photo with its lesion `zoom` times as large in the frame, at a side of `size_px`.

    Args:
        photo: (S, S, 3) RGB uint8.
        size_px: side of what is given back.
        zoom: below 1 the photo shrinks, and skin of its rim's tone lies around it.
        rng: of the photo's soft edge and of the skin's unevenness.
    """
    matrix = np.eye(2) / zoom * (photo.shape[0] / size_px)
    mask = Image.fromarray(_feather(photo.shape[0], rng))
    shown = _transform(mask, size_px, matrix)
    behind = Image.fromarray(skin_around(photo, size_px, rng))
    behind.paste(_transform(Image.fromarray(photo), size_px, matrix), mask=shown)
    return np.array(behind)


def skin_around(photo: Photo, size_px: int, rng: Generator) -> Photo:
    """Plain skin of the tone at the photo's rim, slightly uneven; dark corners do not count as skin."""
    step = max(photo.shape[0] // 48, 1)
    small = photo[::step, ::step].astype(np.float32)
    axis = np.linspace(-1, 1, small.shape[0])
    distance = np.hypot(axis[:, None], axis[None, :])
    rim = small[(distance > 0.75) & (distance < 1.0)]
    bright = rim[rim.mean(axis=1) >= np.median(rim.mean(axis=1))]
    unevenness = rng.normal(0, 4, (6, 6, 1)) + rng.normal(0, 1.5, (6, 6, 3))
    field = np.clip(bright.mean(axis=0) + unevenness, 0, 255).astype(np.uint8)
    plain = np.asarray(Image.fromarray(field).resize((size_px, size_px), Image.Resampling.BICUBIC))
    grain = rng.standard_normal(plain.shape, dtype=np.float32) * 2
    return np.clip(plain + grain, 0, 255).astype(np.uint8)


def _feather(size: int, rng: Generator) -> NDArray[np.uint8]:
    """How much of the photo is shown: a square or a disc with a soft edge, 0 to 255."""
    axis = np.abs((np.arange(size) + 0.5) / size * 2 - 1)
    if rng.random() < 0.5:
        distance = np.hypot(axis[:, None], axis[None, :]) * 1.02
    else:
        distance = np.maximum(axis[:, None], axis[None, :]) * 1.01
    return (np.clip((1 - distance) / 0.12, 0, 1) * 255).astype(np.uint8)


def _transform(image: Image.Image, size_px: int, matrix: NDArray[np.float64]) -> Image.Image:
    centre = np.array(image.size) / 2 - matrix @ (np.array([size_px, size_px]) / 2)
    data = (matrix[0, 0], matrix[0, 1], centre[0], matrix[1, 0], matrix[1, 1], centre[1])
    return image.transform(
        (size_px, size_px), Image.Transform.AFFINE, tuple(map(float, data)), Image.Resampling.BILINEAR
    )
