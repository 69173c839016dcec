"""The picture of the statistics: cases by level, and how verdicts compare with levels. Looks like a card."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Final

from PIL import Image, ImageDraw

from bot.cards.lettering import fit_font, font_of
from bot.cards.palette import INK, PANEL, PAPER, SOFT_INK, Colour
from bot.cards.shapes import paste_rounded

WIDTH_PX: Final = 1024
MARGIN_PX: Final = 48
NAME_PX: Final = 340
COUNT_PX: Final = 110
ROW_PX: Final = 62
BAR_PX: Final = 36


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One row: a name, a count, a colour."""

    name: str
    count: int
    colour: Colour


@dataclass(frozen=True, slots=True, kw_only=True)
class BarGroup:
    """Rows that share a scale, under a title."""

    title: str
    bars: Sequence[Bar]


def draw_statistics(title: str, groups: Sequence[BarGroup]) -> bytes:
    """A PNG of 1024 px width; all words already in the reader's language."""
    height = 130 + sum(86 + ROW_PX * len(group.bars) for group in groups) + 20
    image = Image.new("RGB", (WIDTH_PX, height), PAPER)
    draw = ImageDraw.Draw(image)
    font = fit_font(title, weight="Bold", size_px=52, width_px=WIDTH_PX - 2 * MARGIN_PX)
    draw.text((MARGIN_PX, 84), title, font=font, fill=INK, anchor="ls")
    y = 130
    for group in groups:
        font = fit_font(group.title, weight="SemiBold", size_px=38, width_px=WIDTH_PX - 2 * MARGIN_PX)
        draw.text((MARGIN_PX, y + 34), group.title, font=font, fill=SOFT_INK, anchor="ls")
        y += 62
        most = max((bar.count for bar in group.bars), default=0)
        for bar in group.bars:
            middle, left = y + BAR_PX // 2, MARGIN_PX + NAME_PX
            width = WIDTH_PX - left - MARGIN_PX - COUNT_PX
            name_font = fit_font(bar.name, weight="Regular", size_px=36, width_px=NAME_PX - 20)
            draw.text((MARGIN_PX, middle), bar.name, font=name_font, fill=INK, anchor="lm")
            paste_rounded(image, PANEL, at=(left, y), size=(width, BAR_PX), radius_px=10)
            if bar.count:
                length = max(round(width * bar.count / most), 24)
                paste_rounded(image, bar.colour, at=(left, y), size=(length, BAR_PX), radius_px=10)
            at = (WIDTH_PX - MARGIN_PX, middle)
            draw.text(at, str(bar.count), font=font_of("Bold", 36), fill=INK, anchor="rm")
            y += ROW_PX
        y += 24
    stream = BytesIO()
    image.save(stream, "PNG", optimize=True)
    return stream.getvalue()
