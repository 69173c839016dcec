"""Outlines of lesions on a photo, and the mask that they enclose."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from bot.cards.lettering import font_of
from bot.cards.palette import BLACK, INK, PAPER
from inference.boxes import Outline

OVERSAMPLING = 2
LINE_PX, RIM_PX = 4, 9
BADGE_PX = 52
RIM_OF_MASK = 0.12  # of the lesion's longer side: evidence just outside the edge belongs to it


def draw_outlines(photo: Image.Image, outlines: Sequence[Outline]) -> None:
    """Draw each outline as a light line with a dark rim; number them if there are several.

    Args:
        photo: drawn on in place.
        outlines: in pixels of `photo`, three points or more each.
    """
    if not outlines:
        return
    for width_px, colour in ((RIM_PX, BLACK), (LINE_PX, INK)):
        # Drawn at twice the size and reduced: smooth edges.
        large = Image.new("L", (photo.width * OVERSAMPLING, photo.height * OVERSAMPLING))
        pen = ImageDraw.Draw(large)
        for outline in outlines:
            points = [(x * OVERSAMPLING, y * OVERSAMPLING) for x, y in (*outline, *outline[:2])]
            pen.line(points, fill=255, width=width_px * OVERSAMPLING, joint="curve")
        photo.paste(colour, (0, 0), large.reduce(OVERSAMPLING))
    if len(outlines) > 1:
        for number, outline in enumerate(outlines, start=1):
            # A disc with a lesion's number at the upper left of its outline, inside the photo.
            left = min(max(min(x for x, _ in outline) - BADGE_PX / 2, 0), photo.width - BADGE_PX)
            top = min(max(min(y for _, y in outline) - BADGE_PX / 2, 0), photo.height - BADGE_PX)
            draw = ImageDraw.Draw(photo)
            draw.ellipse((left, top, left + BADGE_PX, top + BADGE_PX), fill=PAPER, outline=INK, width=3)
            middle = (left + BADGE_PX / 2, top + BADGE_PX / 2)
            draw.text(middle, str(number), font=font_of("Bold", 36), fill=INK, anchor="mm")


def mask_of(size: tuple[int, int], outlines: Sequence[Outline]) -> NDArray[np.float32]:
    """(height, width), 1 inside the outlines and their rim, 0 elsewhere.

    Args:
        size: width and height in px.
        outlines: in the same pixels.
    """
    mask = Image.new("L", size)
    draw = ImageDraw.Draw(mask)
    for outline in outlines:
        across, down = ([point[axis] for point in outline] for axis in (0, 1))
        rim = max(max(across) - min(across), max(down) - min(down)) * RIM_OF_MASK
        draw.polygon(outline, fill=255)
        draw.line((*outline, *outline[:2]), fill=255, width=max(round(2 * rim), 1), joint="curve")
    return (np.asarray(mask, np.float32) / np.float32(255)).astype(np.float32)
