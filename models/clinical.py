"""Clinical close-ups, built: a dermoscopic lesion shrunk onto plain skin under a room's light.

There are hardly any real ones to learn from, so what is measured on these is an estimate.
"""

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from models.artefacts import Photo, draw_hairs, draw_vignette
from models.augment import shift_colours, skin_around

_DARK = 55  # mean of RGB below which the rim of a dermoscopic photo is a corner, not skin


def build_closeup(lesion: Photo, skin: Photo, size_px: int, rng: Generator) -> Photo:
    """A close-up of `lesion`, dermoscopic and square, on `skin`; (size_px, size_px, 3)."""
    around = skin_around(lesion, size_px, rng) if rng.random() < 0.4 else _skin_patch(skin, size_px, rng)
    scene = around.astype(np.float32)
    share = rng.uniform(0.2, 1.0)  # of the frame's side that the dermoscopic photo's content takes
    side = max(int(size_px * share), 12)
    small = np.asarray(Image.fromarray(lesion).resize((side, side), Image.Resampling.BILINEAR), np.float32)
    centre = (size_px - side) / 2 + rng.normal(0, 0.1, 2) * size_px
    x, y = (int(value) for value in np.clip(centre, 0, size_px - side))
    under = scene[y : y + side, x : x + side]
    tone = np.asarray(skin_around(lesion, 8, rng), np.float32).mean(axis=(0, 1))
    # the lesion darkens the skin as much as it darkened its own surroundings
    matched = small / np.maximum(tone, 20) * under.mean(axis=(0, 1))
    mask = _blob(side, rng) * np.clip((small.mean(axis=2, keepdims=True) - _DARK / 2) / _DARK + 0.5, 0, 1)
    scene[y : y + side, x : x + side] = under + (matched - under) * mask
    return _photograph(np.clip(scene, 0, 255).astype(np.uint8), rng)


def _light(scene: Photo, rng: Generator) -> Photo:
    """Light from one side over fine furrows, and a moist or greasy shine here and there."""
    size = scene.shape[0]
    axis = (np.arange(size) + 0.5) / size * 2 - 1
    angle = rng.uniform(0, 2 * np.pi)
    slope = axis[:, None] * np.sin(angle) + axis[None, :] * np.cos(angle)
    gain = 1 + rng.uniform(0, 0.3) * slope + rng.uniform(0, 0.07) * _relief(size, rng.uniform(1.0, 3.0), rng)
    shine = np.clip(_relief(size, rng.uniform(3.0, 14.0), rng) - rng.uniform(1.6, 2.8), 0, 1)
    gloss = rng.uniform(0, 0.6) if rng.random() < 0.4 else 0.0
    lit = scene * gain[..., None] + 255 * gloss * shine[..., None]
    shown: Photo = np.clip(lit, 0, 255).astype(np.uint8)
    return shown


def _relief(size: int, coarseness: float, rng: Generator) -> NDArray[np.float32]:
    """(size, size) smooth noise of about `coarseness` pixels, mean 0, spread 1."""
    side = max(int(size / coarseness), 4)
    field = Image.fromarray(rng.standard_normal((side, side), dtype=np.float32))
    smooth = np.asarray(field.resize((size, size), Image.Resampling.BICUBIC))
    relief: NDArray[np.float32] = (smooth - smooth.mean()) / smooth.std()
    return relief


def _skin_patch(skin: Photo, size_px: int, rng: Generator) -> Photo:
    height, width = skin.shape[:2]
    share = rng.uniform(0.15, 0.6)  # whole photos show faces and hands: a close-up shows skin
    crop_h, crop_w = max(int(height * share), 1), max(int(width * share), 1)
    top, left = rng.integers(height - crop_h + 1), rng.integers(width - crop_w + 1)
    patch = skin[top : top + crop_h, left : left + crop_w]
    resized = np.asarray(Image.fromarray(patch).resize((size_px, size_px), Image.Resampling.BICUBIC))
    return np.ascontiguousarray(np.rot90(resized, int(rng.integers(4))))


def _blob(side: int, rng: Generator) -> NDArray[np.float32]:
    axis = (np.arange(side) + 0.5) / side * 2 - 1
    angle = np.arctan2(axis[:, None], axis[None, :])
    wobble = sum(rng.normal(0, 0.05) * np.cos(k * angle + rng.uniform(0, 6.3)) for k in (2, 3, 5))
    distance = np.hypot(axis[:, None], axis[None, :]) + wobble
    return np.clip((0.9 - distance) / 0.25, 0, 1).astype(np.float32)[..., None]


def _photograph(scene: Photo, rng: Generator) -> Photo:
    """Skin relief and shine, which a dermatoscope takes away; room light, a phone's lens and sensor."""
    photo = shift_colours(_light(scene, rng), rng)
    if rng.random() < 0.7:
        photo = draw_vignette(photo, rng)
    if rng.random() < 0.25:
        photo = draw_hairs(photo, rng)
    if rng.random() < 0.4:
        photo = np.array(Image.fromarray(photo).filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 1.0))))
    grain = rng.standard_normal(photo.shape, dtype=np.float32) * np.float32(rng.uniform(0.5, 4))
    return np.clip(photo + grain, 0, 255).astype(np.uint8)
