"""Outlines of lesions on a photo, and the mask that they enclose."""

import math
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
    for outline in outlines:
        # Only the part around the lesion, at twice the size and reduced: smooth edges, and little to compute.
        across, down = ([point[axis] for point in outline] for axis in (0, 1))
        left, top = max(math.floor(min(across)) - RIM_PX, 0), max(math.floor(min(down)) - RIM_PX, 0)
        right = min(math.ceil(max(across)) + RIM_PX, photo.width)
        bottom = min(math.ceil(max(down)) + RIM_PX, photo.height)
        if right <= left or bottom <= top:
            continue  # it lies outside the photo
        large = Image.new("L", ((right - left) * OVERSAMPLING, (bottom - top) * OVERSAMPLING))
        pen = ImageDraw.Draw(large)
        points = [((x - left) * OVERSAMPLING, (y - top) * OVERSAMPLING) for x, y in (*outline, *outline[:2])]
        for value, width_px in ((128, RIM_PX), (255, LINE_PX)):
            pen.line(points, fill=value, width=width_px * OVERSAMPLING, joint="curve")
        # The line lies on its rim: up to 128 a pixel is partly rim, beyond that partly line on a whole rim.
        both = np.asarray(large.reduce(OVERSAMPLING)).ravel()
        touched = np.flatnonzero(both)
        share = both[touched].astype(np.float32)[:, None] / 127.5
        part = np.array(photo.crop((left, top, right, bottom)))
        pixels = part.reshape(-1, 3)
        colours = pixels[touched]
        for shown, ink in ((np.minimum(share, 1), BLACK), (np.maximum(share - 1, 0), INK)):
            colours = colours * (1 - shown) + np.array(ink, np.float32) * shown
        pixels[touched] = np.rint(colours)
        photo.paste(Image.fromarray(part), (left, top))
    if len(outlines) > 1:
        for number, outline in enumerate(outlines, start=1):
            # A disc with a lesion's number at the upper left of its outline, inside the photo.
            x = min(max(min(x for x, _ in outline) - BADGE_PX / 2, 0), photo.width - BADGE_PX)
            y = min(max(min(y for _, y in outline) - BADGE_PX / 2, 0), photo.height - BADGE_PX)
            draw = ImageDraw.Draw(photo)
            draw.ellipse((x, y, x + BADGE_PX, y + BADGE_PX), fill=PAPER, outline=INK, width=3)
            middle = (x + BADGE_PX / 2, y + BADGE_PX / 2)
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
