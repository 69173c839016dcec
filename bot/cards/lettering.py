"""Text on a card: the bundled typeface, lines that fit, and paragraphs that wrap."""

from functools import cache
from pathlib import Path
from typing import Literal

from PIL import ImageDraw, ImageFont

from bot.cards.palette import INK, Colour

Weight = Literal["Regular", "SemiBold", "Bold"]
FONTS_DIR = Path(__file__).parent / "fonts"


@cache
def font_of(weight: Weight, size_px: int) -> ImageFont.FreeTypeFont:
    """The typeface at a weight and size; the basic layout kerns Latin text and is much faster than Raqm."""
    return ImageFont.truetype(
        FONTS_DIR / f"Inter-{weight}.otf", size_px, layout_engine=ImageFont.Layout.BASIC
    )


def fit_font(text: str, *, weight: Weight, size_px: int, width_px: float) -> ImageFont.FreeTypeFont:
    """The largest font up to `size_px` in which the text fits the width; never under half of it."""
    font = font_of(weight, size_px)
    if (length := font.getlength(text)) <= width_px:
        return font
    return font_of(weight, max(size_px // 2, int(size_px * width_px / length)))


def wrap_text(text: str, *, font: ImageFont.FreeTypeFont, width_px: float, max_lines: int) -> list[str]:
    """Lines no wider than `width_px`; what does not fit the last one ends in an ellipsis."""
    lines: list[str] = []
    for word in text.split(" "):
        if lines and font.getlength(f"{lines[-1]} {word}") <= width_px:
            lines[-1] = f"{lines[-1]} {word}"
        else:
            lines.append(word)
    if len(lines) > max_lines:
        lines = [*lines[: max_lines - 1], _cut(lines[max_lines - 1], font, width_px)]
    return lines


def write_lines(
    draw: ImageDraw.ImageDraw,
    lines: list[str],
    *,
    at: tuple[float, float],
    font: ImageFont.FreeTypeFont,
    colour: Colour = INK,
) -> float:
    """Write lines under one another, the first one's ascender at `at`; gives the y below the last."""
    x, y = at
    for line in lines:
        draw.text((x, y), line, font=font, fill=colour, anchor="la")
        y += font.size * 1.32
    return y


def _cut(line: str, font: ImageFont.FreeTypeFont, width_px: float) -> str:
    while line and font.getlength(line + "…") > width_px:
        line = line[:-1]
    return line.rstrip() + "…"
