"""Text on a card: the bundled typeface, lines that fit, and paragraphs that wrap."""

from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal, NamedTuple

from PIL import Image, ImageDraw, ImageFont

from bot.cards.palette import INK, PAPER, Colour

Weight = Literal["Regular", "SemiBold", "Bold"]
SMALLEST_PX = 36  # 11 px on a screen of 320 px: pictures are 1024 px wide
FONTS_DIR = Path(__file__).parent / "fonts"


@cache
def font_of(weight: Weight, size_px: int) -> ImageFont.FreeTypeFont:
    """The typeface at a weight and size; the basic layout kerns Latin text and is much faster than Raqm."""
    return ImageFont.truetype(
        FONTS_DIR / f"Inter-{weight}.otf", size_px, layout_engine=ImageFont.Layout.BASIC
    )


class Spot(NamedTuple):
    """Where a line stands: its anchor as Pillow has it ("ls": left end of the baseline)."""

    x: float
    y: float
    anchor: str


class Ink(NamedTuple):
    """A line's colour, and the one colour of the ground that it is written on."""

    colour: Colour
    ground: Colour


def write(image: Image.Image, spot: Spot, text: str, *, font: ImageFont.FreeTypeFont, ink: Ink) -> None:
    """Write one line. What was written before is copied, not drawn again."""
    line, (left, top) = _letter(text, font, spot.anchor, ink)
    image.paste(line, (round(spot.x) + left, round(spot.y) + top))


@lru_cache(maxsize=128)  # 20 to 160 kB each
def _letter(
    text: str, font: ImageFont.FreeTypeFont, anchor: str, ink: Ink
) -> tuple[Image.Image, tuple[int, int]]:
    """A line as a picture, and where its corner lies from the anchor.

    A picture is copied in a tenth of the time that a mask takes.
    """
    left, top, right, bottom = (int(edge) for edge in font.getbbox(text, anchor=anchor))
    line = Image.new("RGB", (max(right - left, 1) + 2, max(bottom - top, 1) + 2), ink.ground)
    ImageDraw.Draw(line).text((-left, -top), text, font=font, fill=ink.colour, anchor=anchor)
    return line, (left, top)


@lru_cache(maxsize=128)
def fit_font(text: str, *, weight: Weight, size_px: int, width_px: float) -> ImageFont.FreeTypeFont:
    """The largest font up to `size_px` in which the text fits the width; never under `SMALLEST_PX`."""
    font = font_of(weight, size_px)
    if (length := font.getlength(text)) <= width_px:
        return font
    return font_of(weight, max(SMALLEST_PX, int(size_px * width_px / length)))


@lru_cache(maxsize=128)
def wrap_text(text: str, *, font: ImageFont.FreeTypeFont, width_px: float, max_lines: int) -> tuple[str, ...]:
    """Lines no wider than `width_px`; what does not fit the last one ends in an ellipsis."""
    lines: list[str] = []
    for word in text.split(" "):
        if lines and font.getlength(f"{lines[-1]} {word}") <= width_px:
            lines[-1] = f"{lines[-1]} {word}"
        else:
            lines.append(word)
    if len(lines) > max_lines:
        lines = [*lines[: max_lines - 1], _cut(lines[max_lines - 1], font, width_px)]
    return tuple(lines)


@lru_cache(maxsize=128)
def cut_text(text: str, *, font: ImageFont.FreeTypeFont, width_px: float) -> str:
    """The text, or as much of it as fits the width and an ellipsis."""
    return text if font.getlength(text) <= width_px else _cut(text, font, width_px)


def write_lines(
    image: Image.Image,
    lines: Sequence[str],
    *,
    at: tuple[float, float],
    font: ImageFont.FreeTypeFont,
    colour: Colour = INK,
) -> float:
    """Write lines on paper under one another, the first's ascender at `at`; gives the y below the last."""
    x, y = at
    for line in lines:
        write(image, Spot(x, y, "la"), line, font=font, ink=Ink(colour, PAPER))
        y += font.size * 1.32
    return y


def _cut(line: str, font: ImageFont.FreeTypeFont, width_px: float) -> str:
    while line and font.getlength(line + "…") > width_px:
        line = line[:-1]
    return line.rstrip() + "…"
