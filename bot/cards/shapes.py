"""Smooth shapes: drawn once at four times their size, kept as masks, pasted in any colour."""

from collections.abc import Callable
from functools import lru_cache
from math import cos, pi, sin

from PIL import Image, ImageDraw, ImageFont

from bot.cards.lettering import font_of
from bot.cards.palette import STYLES, WHITE, Colour
from inference.readings import RiskLevel

OVERSAMPLING = 4
Size = tuple[int, int]
Painter = Callable[[ImageDraw.ImageDraw, int, int], None]
# Corners (0: a disc) and turn of each level's shape; the others stand on a square with round corners.
POLYGONS = {RiskLevel.LOW: (0, 0.0), RiskLevel.MODERATE: (4, 0.0), RiskLevel.HIGH: (8, 1 / 16)}


def paste_rounded(
    image: Image.Image, picture: Image.Image | Colour, *, at: Size, size: Size, radius_px: int
) -> None:
    """Paste a picture, or fill a colour, with round corners.

    Only the bands with corners go through a mask, which costs several times as much as copying.
    """
    left, top, (width, height) = *at, size
    band, corners = _corner_bands(size, radius_px)
    for begin, mask in zip((0, height - band), corners, strict=True):
        part = picture.crop((0, begin, width, begin + band)) if isinstance(picture, Image.Image) else picture
        image.paste(part, (left, top + begin), mask)
    if height > 2 * band:
        middle = (
            picture.crop((0, band, width, height - band)) if isinstance(picture, Image.Image) else picture
        )
        image.paste(middle, (left, top + band, left + width, top + height - band))


@lru_cache(maxsize=256)
def _corner_bands(size: Size, radius_px: int) -> tuple[int, tuple[Image.Image, Image.Image]]:
    """How high the bands with corners are, and the masks of the upper and the lower one."""
    (width, height), mask = size, rounded_mask(size, radius_px)
    band = min(radius_px, height // 2)
    return band, (mask.crop((0, 0, width, band)), mask.crop((0, height - band, width, height)))


@lru_cache(maxsize=256)
def rounded_mask(size: Size, radius_px: int) -> Image.Image:
    """A rectangle with round corners, 255 inside."""
    radius = radius_px * OVERSAMPLING

    def paint(draw: ImageDraw.ImageDraw, width: int, height: int) -> None:
        draw.rounded_rectangle((0, 0, width - 1, height - 1), radius, fill=255)

    return _mask(size, paint)


@lru_cache(maxsize=64)
def polygon_mask(size_px: int, corners: int, turn: float) -> Image.Image:
    """A regular polygon, or a disc for 0 corners, that fills the square; `turn` in parts of a full turn."""

    def paint(draw: ImageDraw.ImageDraw, width: int, height: int) -> None:
        if corners == 0:
            draw.ellipse((0, 0, width - 1, height - 1), fill=255)
            return
        angles = [2 * pi * (step / corners + turn) for step in range(corners)]
        points = [(width / 2 * (1 + sin(angle)), height / 2 * (1 - cos(angle))) for angle in angles]
        draw.polygon(points, fill=255)

    return _mask((size_px, size_px), paint)


@lru_cache(maxsize=32)
def level_mark(level: RiskLevel, size_px: int, *, inverted: bool = False) -> Image.Image:
    """A level as a shape with one, two or three bars (RGBA): disc, diamond, octagon; a square asks.

    Not inverted: white bars on the level's colour; inverted: the other way round.
    """
    style = STYLES[level]
    ground, figure = (WHITE, style.strong) if inverted else (style.strong, WHITE)
    mark = Image.new("RGBA", (size_px, size_px), (*ground, 0))
    shape = (
        polygon_mask(size_px, *POLYGONS[level])
        if level in POLYGONS
        else rounded_mask((size_px, size_px), size_px // 5)
    )
    mark.paste((*ground, 255), (0, 0), shape)
    if style.bars == 0:
        draw = ImageDraw.Draw(mark)
        font: ImageFont.FreeTypeFont = font_of("Bold", int(size_px * 0.62))
        draw.text((size_px / 2, size_px / 2), "?", font=font, fill=figure, anchor="mm")
    else:
        _paint_bars(mark, style.bars, figure, ground)
    return mark


def _paint_bars(mark: Image.Image, filled: int, figure: Colour, ground: Colour) -> None:
    size_px = mark.width
    width, gap = round(size_px * 0.11), round(size_px * 0.055)
    left, bottom = round(size_px / 2 - 1.5 * width - gap), round(size_px * 0.66)
    pale = tuple(round(0.32 * ink + 0.68 * paper) for ink, paper in zip(figure, ground, strict=True))
    for bar in range(3):
        height = round(size_px * (0.14 + 0.09 * bar))
        colour = figure if bar < filled else (pale[0], pale[1], pale[2])
        at = (left + bar * (width + gap), bottom - height)
        mark.paste((*colour, 255), (*at, at[0] + width, bottom), rounded_mask((width, height), width // 3))


def _mask(size: Size, paint: Painter) -> Image.Image:
    large = Image.new("L", (size[0] * OVERSAMPLING, size[1] * OVERSAMPLING))
    paint(ImageDraw.Draw(large), large.width, large.height)
    return large.reduce(OVERSAMPLING)
