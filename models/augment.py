"""Random views of a photo, the same for every class: scale, turn, aspect, colour, marks, blur, noise, JPEG.

Nothing that tells the source of a photo, nor how the lesion sits in the frame, may survive as a hint of its
class.
"""

import io
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from models import artefacts
from models.artefacts import Photo

_MARKS = (
    (artefacts.draw_corners, "corners"),
    (artefacts.draw_one_corner, "one_corner"),
    (artefacts.draw_vignette, "vignette"),
    (artefacts.draw_ruler, "ruler"),
    (artefacts.draw_ink, "ink"),
    (artefacts.draw_hairs, "hairs"),
    (artefacts.draw_bubbles, "bubbles"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AugmentConfig:
    """How often and how strongly; probabilities 0 to 1."""

    scale_spread: float = 0.4  # of the natural logarithm of the lesion's scale in the frame
    scale_limit: float = 2.1  # largest zoom either way
    shift: float = 0.1  # of the side
    aspect: float = 0.29  # of the natural logarithm: 3:4 to 4:3
    free_turn: float = 0.6
    colour: float = 0.85
    corners: float = 0.22
    one_corner: float = 0.06
    vignette: float = 0.15
    ruler: float = 0.12
    ink: float = 0.12
    hairs: float = 0.15
    bubbles: float = 0.12
    blur: float = 0.25
    noise: float = 0.2
    recompress: float = 0.3


# For a short training: with the views above the networks underfit. The lesion's size still varies as much.
MEDIUM = AugmentConfig(
    free_turn=0.5,
    colour=0.7,
    corners=0.15,
    one_corner=0.04,
    vignette=0.1,
    ruler=0.09,
    ink=0.11,
    hairs=0.1,
    bubbles=0.1,
    blur=0.18,
    noise=0.12,
    recompress=0.22,
)
MILD = AugmentConfig(
    scale_spread=0.36,
    free_turn=0.4,
    colour=0.6,
    corners=0.12,
    one_corner=0.03,
    vignette=0.08,
    ruler=0.07,
    ink=0.1,
    hairs=0.08,
    bubbles=0.09,
    blur=0.12,
    noise=0.1,
    recompress=0.2,
)
_NEAR = 1.3  # zoom from which the detailed copy is looked at


def augment(
    photo: Photo, size_px: int, config: AugmentConfig, rng: Generator, *, detail: Photo | None = None
) -> Photo:
    """A random view, (size_px, size_px, 3); `detail` is the same photo, larger, for close views."""
    view = reframe(photo, size_px, config, rng, detail=detail)
    if rng.random() < config.colour:
        view = shift_colours(view, rng)
    for draw, name in _MARKS:
        if rng.random() < getattr(config, name):
            view = draw(view, rng)
    return degrade(view, config, rng)


def reframe(
    photo: Photo, size_px: int, config: AugmentConfig, rng: Generator, *, detail: Photo | None = None
) -> Photo:
    """The photo zoomed, turned, flipped, stretched and shifted; beyond it lies plain skin, or its mirror."""
    zoom = float(np.exp(np.clip(rng.normal(0, config.scale_spread), *_limits(config))))
    if detail is not None and zoom >= _NEAR:
        photo = detail
    stretch = float(np.exp(rng.uniform(-config.aspect, config.aspect) / 2)) if rng.random() < 0.5 else 1.0
    angle = rng.integers(4) * np.pi / 2
    angle += rng.uniform(0, np.pi / 2) if rng.random() < config.free_turn else 0.0
    flip = -1 if rng.random() < 0.5 else 1
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = turn @ np.diag([flip * stretch, 1 / stretch]) / zoom * (photo.shape[0] / size_px)
    shift = rng.uniform(-config.shift, config.shift, 2) * photo.shape[0]
    return _warp(photo, size_px, matrix, shift, rng)


def rescale(photo: Photo, size_px: int, zoom: float, rng: Generator) -> Photo:
    """The photo with its lesion `zoom` times as large in the frame; skin around it where the photo ends."""
    matrix = np.eye(2) / zoom * (photo.shape[0] / size_px)
    return _composite(photo, size_px, matrix, np.zeros(2), rng)


def shift_colours(photo: Photo, rng: Generator) -> Photo:
    """Another lamp, white balance, exposure, contrast and saturation."""
    x = photo.astype(np.float32) / 255
    x = x ** np.float32(np.exp(rng.normal(0, 0.18)))
    gains = np.exp(rng.normal(0, 0.07, 3) + rng.normal(0, 0.1)).astype(np.float32)
    x *= gains
    grey = x.mean(axis=2, keepdims=True)
    x = grey + (x - grey) * np.float32(rng.uniform(0.6, 1.4))
    middle = x.mean()
    x = middle + (x - middle) * np.float32(np.exp(rng.normal(0, 0.15)))
    shifted: Photo = np.clip(x * 255 + 0.5, 0, 255).astype(np.uint8)
    return shifted


def degrade(photo: Photo, config: AugmentConfig, rng: Generator) -> Photo:
    """Blur or down- and up-scaling, noise, JPEG."""
    if rng.random() < config.blur:
        photo = _soften(photo, rng)
    if rng.random() < config.noise:
        grain = rng.standard_normal(photo.shape, dtype=np.float32) * np.float32(rng.uniform(1, 9))
        photo = np.clip(photo + grain, 0, 255).astype(np.uint8)
    if rng.random() < config.recompress:
        buffer = io.BytesIO()
        Image.fromarray(photo).save(buffer, "JPEG", quality=int(rng.integers(35, 95)))
        photo = np.array(Image.open(buffer))
    return photo


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


def _limits(config: AugmentConfig) -> tuple[float, float]:
    limit = float(np.log(config.scale_limit))
    return -limit, limit


def _warp(
    photo: Photo, size_px: int, matrix: NDArray[np.float64], shift: NDArray[np.float64], rng: Generator
) -> Photo:
    if rng.random() < 0.6:
        return _composite(photo, size_px, matrix, shift, rng)
    margin = photo.shape[0] // 2
    mirrored = np.pad(photo, ((margin, margin), (margin, margin), (0, 0)), mode="symmetric")
    return np.array(_transform(Image.fromarray(mirrored), size_px, matrix, shift))


def _composite(
    photo: Photo, size_px: int, matrix: NDArray[np.float64], shift: NDArray[np.float64], rng: Generator
) -> Photo:
    mask = Image.fromarray(_feather(photo.shape[0], rng))
    shown = _transform(mask, size_px, matrix, shift)
    behind = Image.fromarray(skin_around(photo, size_px, rng))
    behind.paste(_transform(Image.fromarray(photo), size_px, matrix, shift), mask=shown)
    return np.array(behind)


def _feather(size: int, rng: Generator) -> NDArray[np.uint8]:
    """How much of the photo is shown: a square or a disc with a soft edge, 0 to 255."""
    axis = np.abs((np.arange(size) + 0.5) / size * 2 - 1)
    if rng.random() < 0.5:
        distance = np.hypot(axis[:, None], axis[None, :]) * 1.02
    else:
        distance = np.maximum(axis[:, None], axis[None, :]) * 1.01
    return (np.clip((1 - distance) / 0.12, 0, 1) * 255).astype(np.uint8)


def _transform(
    image: Image.Image, size_px: int, matrix: NDArray[np.float64], shift: NDArray[np.float64]
) -> Image.Image:
    centre = np.array(image.size) / 2 + shift - matrix @ (np.array([size_px, size_px]) / 2)
    data = (matrix[0, 0], matrix[0, 1], centre[0], matrix[1, 0], matrix[1, 1], centre[1])
    return image.transform(
        (size_px, size_px), Image.Transform.AFFINE, tuple(map(float, data)), Image.Resampling.BILINEAR
    )


def _soften(photo: Photo, rng: Generator) -> Photo:
    image, size = Image.fromarray(photo), photo.shape[0]
    if rng.random() < 0.5:
        return np.array(image.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 1.6))))
    small = int(size * rng.uniform(0.4, 0.85))
    shrunk = image.resize((small, small), Image.Resampling.BILINEAR)
    return np.array(shrunk.resize((size, size), Image.Resampling.BICUBIC))
