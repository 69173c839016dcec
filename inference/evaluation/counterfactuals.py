"""The same photo with a mark on it, or its lesion at another size: a score that moves depends on that.

The marks are drawn without chance, at the photo's own size, and not as training draws its own: what is
measured is what the networks make of a mark, not whether they know this drawing of it.
"""

from collections.abc import Callable
from dataclasses import replace
from math import cos, pi, sin

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from inference.boxes import Box
from inference.photos import DecodedPhoto

Pixels = NDArray[np.uint8]
Mark = Callable[[Pixels], Pixels]

_FINE = 2  # marks are drawn at twice the size and shrunk, so that their edges are smooth
_HAIRS = ((0.02, 0.3, 0.98, 0.5, 0.2), (0.1, 0.02, 0.45, 0.98, -0.15), (0.9, 0.05, 0.6, 0.95, 0.1),
          (0.02, 0.75, 0.8, 0.98, -0.1), (0.3, 0.02, 0.98, 0.35, 0.15), (0.02, 0.12, 0.55, 0.03, 0.08),
          (0.15, 0.98, 0.35, 0.4, 0.2), (0.98, 0.62, 0.5, 0.7, -0.12))  # fmt: skip
_BUBBLES = ((0.12, 0.2, 0.035), (0.85, 0.16, 0.05), (0.2, 0.82, 0.045), (0.78, 0.8, 0.03),
            (0.62, 0.35, 0.022), (0.36, 0.62, 0.018), (0.5, 0.08, 0.028))  # fmt: skip


def add_black_corners(pixels: Pixels) -> Pixels:
    """The black frame of a dermatoscope whose view is a disc as wide as the photo's longer side."""
    height, width = pixels.shape[:2]
    reach = 0.51 * max(height, width)
    shown = Image.new("L", (width * _FINE, height * _FINE))
    box = [(width / 2 - reach) * _FINE, (height / 2 - reach) * _FINE]
    ImageDraw.Draw(shown).ellipse([*box, *(start + 2 * reach * _FINE for start in box)], fill=255)
    return _lay_over(pixels, (4, 3, 5), _shrink_mask(shown, invert=True))


def add_ruler(pixels: Pixels) -> Pixels:
    """A millimetre scale with its numbers along the lower edge."""
    height, width = pixels.shape[:2]
    mask, draw = _blank(pixels)
    fine, step = height * _FINE, width * _FINE / 40
    font = ImageFont.load_default(size=max(fine * 0.05, 8))
    for tick in range(1, 40):
        length = 0.07 if tick % 10 == 0 else 0.05 if tick % 5 == 0 else 0.03
        x = tick * step
        draw.line([(x, fine), (x, fine * (1 - length))], fill=235, width=max(fine // 160, 1))
        if tick % 10 == 0:
            draw.text((x + step / 3, fine * 0.87), str(tick // 10), fill=235, font=font)
    return _lay_over(pixels, (18, 18, 20), _shrink_mask(mask))


def add_ink(pixels: Pixels) -> Pixels:
    """A surgeon's violet marker: two arcs beside the lesion and a cross in a corner."""
    height, width = pixels.shape[:2]
    mask, draw = _blank(pixels)
    wide, high, thick = width * _FINE, height * _FINE, max(round(0.022 * width * _FINE), 2)
    box = (0.1 * wide, 0.1 * high, 0.9 * wide, 0.9 * high)
    draw.arc(box, 20, 75, fill=200, width=thick)
    draw.arc(box, 190, 250, fill=200, width=thick)
    for start, end in (((0.86, 0.06), (0.95, 0.16)), ((0.95, 0.05), (0.86, 0.17))):
        draw.line([(start[0] * wide, start[1] * high), (end[0] * wide, end[1] * high)], fill=200, width=thick)
    return _lay_over(pixels, (92, 48, 140), _shrink_mask(mask.filter(ImageFilter.GaussianBlur(_FINE))))


def add_hairs(pixels: Pixels) -> Pixels:
    """Eight dark bent hairs, some across the lesion."""
    height, width = pixels.shape[:2]
    mask, draw = _blank(pixels)
    t = np.linspace(0, 1, 24)
    for x0, y0, x1, y1, bend in _HAIRS:
        bow = 4 * bend * t * (1 - t)
        xs = (x0 + (x1 - x0) * t + bow * (y0 - y1)) * width * _FINE
        ys = (y0 + (y1 - y0) * t + bow * (x1 - x0)) * height * _FINE
        points = [(float(x), float(y)) for x, y in zip(xs, ys, strict=True)]
        draw.line(points, fill=230, width=max(round(width * _FINE / 110), 1))
    return _lay_over(pixels, (38, 26, 20), _shrink_mask(mask))


def add_bubbles(pixels: Pixels) -> Pixels:
    """Seven bubbles in the contact gel: a bright rim, a pale inside, a glint."""
    height, width = pixels.shape[:2]
    layers = []
    for part in ("inside", "rim", "glint"):
        mask, draw = _blank(pixels)
        for x, y, radius in _BUBBLES:
            _draw_bubble(draw, part, (x * width * _FINE, y * height * _FINE, radius * width * _FINE))
        layers.append(_shrink_mask(mask))
    inside, rim, glint = layers
    pale = _lay_over(pixels, (235, 225, 220), inside)
    return _lay_over(_lay_over(pale, (250, 246, 240), rim), (255, 255, 255), glint)


def double_lesion(pixels: Pixels) -> Pixels:
    """The lesion at twice its size: the middle half of each side; one that fills the frame is cut."""
    height, width = pixels.shape[:2]
    box = (width // 4, height // 4, width - width // 4, height - height // 4)
    return np.array(Image.fromarray(pixels).resize((width, height), Image.Resampling.BICUBIC, box=box))


def cut_corners_off(pixels: Pixels) -> Pixels:
    """The largest centred part that a round frame's corners do not reach: 1 / sqrt 2 of each side."""
    height, width = pixels.shape[:2]
    top, left = round(height * 0.1464), round(width * 0.1464)
    return np.ascontiguousarray(pixels[top : height - top, left : width - left])


MARKS: dict[str, Mark] = {
    "black_corners": add_black_corners,
    "ruler": add_ruler,
    "ink": add_ink,
    "hairs": add_hairs,
    "gel_bubbles": add_bubbles,
    "lesion_twice_size": double_lesion,
    "corners_cut_off": cut_corners_off,
}


def change_photo(photo: DecodedPhoto, mark: Mark) -> DecodedPhoto:
    """The photo with its pixels changed; its size in the file stays what it was."""
    return replace(photo, pixels=mark(photo.pixels))


def look_nearer(photo: DecodedPhoto, lesion: Box) -> DecodedPhoto:
    """The same lesion seen from half as far: half of each side around it, enlarged to the photo's own size.

    So the photo itself is the one with the lesion at half its size, on its own skin.

    Args:
        photo: upright.
        lesion: in pixels of the photo's file; at most half as long as the photo's shorter side.
    """
    height, width = photo.pixels.shape[:2]
    across, down = width / photo.width_px, height / photo.height_px
    x, y = lesion.moved(-photo.left_px, -photo.top_px).scaled(across, down).centre
    left = min(max(x - width / 4, 0), width / 2)
    top = min(max(y - height / 4, 0), height / 2)
    box = (left, top, left + width / 2, top + height / 2)
    near = Image.fromarray(photo.pixels).resize((width, height), Image.Resampling.BICUBIC, box=box)
    return replace(photo, pixels=np.array(near))


def _blank(pixels: Pixels) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    height, width = pixels.shape[:2]
    mask = Image.new("L", (width * _FINE, height * _FINE))
    return mask, ImageDraw.Draw(mask)


def _draw_bubble(draw: ImageDraw.ImageDraw, part: str, circle: tuple[float, float, float]) -> None:
    x, y, radius = circle
    box = (x - radius, y - radius, x + radius, y + radius)
    if part == "inside":
        draw.ellipse(box, fill=60)
    elif part == "rim":
        draw.ellipse(box, outline=190, width=max(round(radius / 7), 1))
    else:
        spot = radius / 4
        at_x, at_y = x + radius * 0.45 * cos(-2 * pi / 3), y + radius * 0.45 * sin(-2 * pi / 3)
        draw.ellipse((at_x - spot, at_y - spot, at_x + spot, at_y + spot), fill=255)


def _shrink_mask(mask: Image.Image, *, invert: bool = False) -> NDArray[np.float64]:
    size = (mask.width // _FINE, mask.height // _FINE)
    shares: NDArray[np.float64] = np.asarray(mask.resize(size, Image.Resampling.BOX)) / 255
    return 1 - shares if invert else shares


def _lay_over(pixels: Pixels, colour: tuple[int, int, int], cover: NDArray[np.float64]) -> Pixels:
    weight = cover[..., None]
    mixed = pixels * (1 - weight) + np.array(colour, np.float64) * weight
    return _to_pixels(mixed + 0.5)


def _to_pixels(values: NDArray[np.float64]) -> Pixels:
    pixels: Pixels = np.clip(values, 0, 255).astype(np.uint8)
    return pixels
