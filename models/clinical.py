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
    scene = _skin_patch(skin, size_px, rng).astype(np.float32)
    share = rng.uniform(0.2, 0.8)  # of the frame's side that the dermoscopic photo's content takes
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


def _skin_patch(skin: Photo, size_px: int, rng: Generator) -> Photo:
    height, width = skin.shape[:2]
    share = rng.uniform(0.5, 1.0)
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
    """Room light, a phone's lens and sensor."""
    photo = shift_colours(scene, rng)
    if rng.random() < 0.7:
        photo = draw_vignette(photo, rng)
    if rng.random() < 0.25:
        photo = draw_hairs(photo, rng)
    if rng.random() < 0.4:
        photo = np.array(Image.fromarray(photo).filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 1.0))))
    grain = rng.standard_normal(photo.shape, dtype=np.float32) * np.float32(rng.uniform(0.5, 5))
    return np.clip(photo + grain, 0, 255).astype(np.uint8)
