"""The timeline of a followed lesion: one mark a case on three levels, in the card's style."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from PIL import Image, ImageDraw

from bot.cards.jpeg import encode_jpeg
from bot.cards.lettering import fit_font, font_of, wrap_text, write_lines
from bot.cards.palette import INK, PANEL, PAPER, SOFT_INK, WHITE
from bot.cards.shapes import level_mark
from inference.readings import RiskLevel

WIDTH_PX, HEIGHT_PX = 1024, 680
MARGIN_PX = 36
HEADER_PX = 104
LABELS_PX = 280  # the names of the levels, at the left
PLOT_TOP_PX, ROW_PX = 148, 92
MARK_PX = 60
ROWS = (RiskLevel.HIGH, RiskLevel.MODERATE, RiskLevel.LOW, RiskLevel.NOT_ASSESSABLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelinePoint:
    """One case."""

    at: datetime
    level: RiskLevel
    date: str  # as it is written
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineContent:
    """Everything that `draw_timeline` draws; words are localised."""

    title: str
    points: tuple[TimelinePoint, ...]  # oldest first, one at least
    levels: Mapping[RiskLevel, str]
    disclaimer: str


def draw_timeline(content: TimelineContent) -> bytes:
    """The chart as a JPEG of 1024 by 680 px, without metadata."""
    image = Image.new("RGB", (WIDTH_PX, HEIGHT_PX), PAPER)
    draw = ImageDraw.Draw(image)
    image.paste(PANEL, (0, 0, WIDTH_PX, HEADER_PX))
    font = fit_font(content.title, weight="Bold", size_px=48, width_px=WIDTH_PX - 2 * MARGIN_PX)
    draw.text((MARGIN_PX, HEADER_PX // 2), content.title, font=font, fill=WHITE, anchor="lm")
    for level in ROWS:
        y, name = _row_y(level), content.levels[level]
        font = fit_font(name, weight="SemiBold", size_px=36, width_px=LABELS_PX - 20)
        draw.text((MARGIN_PX, y), name, font=font, fill=INK, anchor="lm")
        draw.line((MARGIN_PX + LABELS_PX, y, WIDTH_PX - MARGIN_PX, y), fill=PANEL, width=4)
    places = _spread(content.points)
    marks = [(x, _row_y(point.level)) for x, point in zip(places, content.points, strict=True)]
    # A photo that could not be read says nothing about the way from one level to the next.
    read = [mark for mark in marks if mark[1] != _row_y(RiskLevel.NOT_ASSESSABLE)]
    if len(read) > 1:
        draw.line(read, fill=SOFT_INK, width=4, joint="curve")
    for (x, y), point in zip(marks, content.points, strict=True):
        mark = level_mark(point.level, MARK_PX)
        image.paste(mark, (x - MARK_PX // 2, y - MARK_PX // 2), mark)
    _write_dates(draw, content.points, places)
    small = font_of("Regular", 36)
    lines = wrap_text(content.disclaimer, font=small, width_px=WIDTH_PX - 2 * MARGIN_PX, max_lines=2)
    write_lines(image, lines, at=(MARGIN_PX, HEIGHT_PX - 12 - 48 * len(lines)), font=small, colour=SOFT_INK)
    return encode_jpeg(image)


def _row_y(level: RiskLevel) -> int:
    return PLOT_TOP_PX + ROWS.index(level) * ROW_PX + ROW_PX // 2 - 20


def _spread(points: tuple[TimelinePoint, ...]) -> list[int]:
    """Left to right by time; never so close that marks cover each other."""
    left, right = MARGIN_PX + LABELS_PX + 50, WIDTH_PX - MARGIN_PX - 60
    if len(points) == 1:
        return [(left + right) // 2]
    start, whole_s = points[0].at, (points[-1].at - points[0].at).total_seconds() or 1.0
    least = min(MARK_PX + 8, (right - left) / (len(points) - 1))
    slack = (right - left) - least * (len(points) - 1)
    shares = [(point.at - start).total_seconds() / whole_s for point in points]
    return [round(left + least * place + slack * share) for place, share in enumerate(shares)]


def _write_dates(draw: ImageDraw.ImageDraw, points: tuple[TimelinePoint, ...], places: list[int]) -> None:
    """The dates of the first, the last and those between that find room."""
    font, y, taken = font_of("Regular", 36), PLOT_TOP_PX + len(ROWS) * ROW_PX - 8, -1000.0
    halves = [font.getlength(point.date) / 2 for point in points]
    right = WIDTH_PX - MARGIN_PX
    middles = [min(place, right - half) for place, half in zip(places, halves, strict=True)]
    last = middles[-1] - halves[-1]
    for place, (x, half, point) in enumerate(zip(middles, halves, points, strict=True)):
        is_last = place == len(points) - 1
        if x - half > taken + 14 and (is_last or x + half < last - 14):
            draw.text((x, y), point.date, font=font, fill=INK, anchor="mm")
            taken = x + half
