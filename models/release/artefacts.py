"""Marks that photos carry and that must not change a score: rulers, ink, hairs, gel bubbles.

Each function takes a square photo, (S, S, 3) RGB uint8, and returns a new one. `counterfactuals` measures how
far they move a score.
"""

from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

Photo = NDArray[np.uint8]


def draw_ruler(photo: Photo, rng: Generator) -> Photo:
    """A scale's ticks along a line anywhere in the frame, at any angle; sometimes on a pale strip."""
    size = photo.shape[0]
    image = Image.fromarray(photo)
    draw = ImageDraw.Draw(image)
    angle = rng.choice([0, np.pi / 2, rng.uniform(0, np.pi)])
    along, across = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
    start = np.array([size / 2, size / 2]) + across * rng.uniform(-0.48, 0.48) * size
    tone = (int(rng.integers(0, 70)),) * 3 if rng.random() < 0.8 else (240, 240, 240)
    if rng.random() < 0.3:
        _line(draw, start - along * size, start + along * size, (225, 225, 220), rng.integers(8, 22))
    gap, width = rng.uniform(0.02, 0.09) * size, int(rng.integers(1, 3))
    for count, step in enumerate(np.arange(-size, size, gap)):
        length = size * (0.06 if count % 5 == 0 else 0.03)
        point = start + along * step
        _line(draw, point, point + across * length, tone, width)
    return np.array(image)


def draw_ink(photo: Photo, rng: Generator) -> Photo:
    """A pen's strokes, dots or circle beside the lesion: purple, blue, green or black, translucent."""
    size = photo.shape[0]
    tones = np.array([(95, 40, 135), (50, 50, 150), (30, 80, 190), (40, 110, 90), (30, 30, 40)])
    tone = np.clip(rng.choice(tones) + rng.normal(0, 15, 3), 0, 255)
    mask = Image.new("L", (size, size))
    draw = ImageDraw.Draw(mask)
    for _ in range(rng.integers(1, 5)):
        angle, reach = rng.uniform(0, 2 * np.pi), rng.uniform(0.5, 1.05)
        x, y = size / 2 * (1 + reach * np.array([np.cos(angle), np.sin(angle)]))
        far_x, far_y = np.array([x, y]) + rng.normal(0, 0.18 * size, 2)
        _line(draw, (x, y), (far_x, far_y), 255, rng.integers(2, max(3, size // 20)))
    if rng.random() < 0.25:
        edge = size * rng.uniform(0.02, 0.2)
        draw.ellipse((edge, edge, size - edge, size - edge), outline=255, width=int(rng.integers(2, 6)))
    opacity = rng.uniform(0.45, 0.95)
    soft = np.asarray(mask.filter(ImageFilter.GaussianBlur(rng.uniform(0.5, 1.5)))) / 255 * opacity
    return _blend(photo, tone, 1 - soft)


def draw_hairs(photo: Photo, rng: Generator) -> Photo:
    """Dark, grey or fair hairs: curved thin lines, a few or many."""
    size, scale = photo.shape[0], 2
    mask = Image.new("L", (size * scale, size * scale))
    draw = ImageDraw.Draw(mask)
    lean = rng.uniform(0, np.pi)
    for _ in range(int(rng.integers(3, 28))):
        angle = lean + rng.normal(0, 0.5)
        bend, length = rng.normal(0, 0.5), rng.uniform(0.3, 1.2) * size * scale
        t = np.linspace(-0.5, 0.5, 8)
        x0, y0 = rng.uniform(0, size * scale, 2)
        xs = x0 + length * t * np.cos(angle) - length * bend * t**2 * np.sin(angle)
        ys = y0 + length * t * np.sin(angle) + length * bend * t**2 * np.cos(angle)
        points = [(float(x), float(y)) for x, y in zip(xs, ys, strict=True)]
        draw.line(points, fill=int(rng.integers(140, 255)), width=int(rng.integers(1, 4)))
    tone = rng.choice([rng.uniform(5, 60), rng.uniform(60, 120), rng.uniform(170, 215)]) * np.array(
        [1, 0.9, 0.8]
    )
    soft = np.asarray(mask.resize((size, size), Image.Resampling.BILINEAR)) / 255 * rng.uniform(0.6, 1)
    return _blend(photo, tone, 1 - soft)


def draw_bubbles(photo: Photo, rng: Generator) -> Photo:
    """Gel bubbles: small bright rings with a darker inside and a glint."""
    size = photo.shape[0]
    image = Image.fromarray(photo)
    layer = Image.new("RGBA", (size, size), (0, 0, 0, 0))
    draw = ImageDraw.Draw(layer)
    for _ in range(int(rng.integers(3, 25))):
        radius = float(np.clip(rng.exponential(0.02) + 0.008, 0, 0.09)) * size
        x, y = rng.uniform(0, size, 2)
        box = (x - radius, y - radius, x + radius, y + radius)
        shade, rim = int(rng.integers(0, 255)), int(rng.integers(200, 256))
        draw.ellipse(box, fill=(shade, shade, shade, int(rng.integers(10, 50))), outline=(rim, rim, rim, 170))
        glint = radius * 0.3
        draw.ellipse(
            (x - glint, y - radius * 0.6, x + glint, y - radius * 0.6 + glint), fill=(255, 255, 255, 200)
        )
    image.paste(layer, mask=layer)
    return np.array(image)


def _blend(photo: Photo, tone: NDArray[np.float64], shown: NDArray[np.float64]) -> Photo:
    weight = shown[..., None]
    return np.clip(photo * weight + tone * (1 - weight) + 0.5, 0, 255).astype(np.uint8)


def _line(draw: ImageDraw.ImageDraw, start: Any, end: Any, tone: Any, width: Any) -> None:
    first, last = np.asarray(start, float), np.asarray(end, float)
    points = [(float(first[0]), float(first[1])), (float(last[0]), float(last[1]))]
    draw.line(points, fill=tone, width=int(width))
