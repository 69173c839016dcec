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
CUTS = 2  # times that the corners of an outline are cut off
BADGE_PX = 52
RIM_OF_MASK = 0.12  # of the lesion's longer side: evidence just outside the edge belongs to it


def _mix() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(256, 1) and (256, 3) by the value of the drawn mask: what is kept of a pixel, and what is added."""
    share = np.arange(256, dtype=np.float32)[:, None] / 127.5
    rim, line = np.minimum(share, 1), np.maximum(share - 1, 0)
    added = rim * (1 - line) * np.array(BLACK, np.float32) + line * np.array(INK, np.float32)
    return (1 - rim) * (1 - line), added + 0.5  # rounds


_KEPT, _ADDED = _mix()


def draw_outlines(photo: Image.Image, outlines: Sequence[Outline]) -> None:
    """Draw each outline as a light line with a dark rim; number them if there are several.

    Args:
        photo: drawn on in place.
        outlines: in pixels of `photo`, three points or more each.
    """
    for outline in outlines:
        # Only the part around the lesion, at twice the size and reduced: smooth edges, and little to compute.
        curve = _round_off(outline)
        left, top = np.maximum(np.floor(curve.min(axis=0)).astype(int) - RIM_PX, 0).tolist()
        right, bottom = np.minimum(np.ceil(curve.max(axis=0)).astype(int) + RIM_PX, photo.size).tolist()
        if right <= left or bottom <= top:
            continue  # it lies outside the photo
        large = Image.new("L", ((right - left) * OVERSAMPLING, (bottom - top) * OVERSAMPLING))
        pen = ImageDraw.Draw(large)
        points = ((curve - (left, top)) * OVERSAMPLING).ravel().tolist()
        for value, width_px in ((128, RIM_PX), (255, LINE_PX)):
            pen.line(points, fill=value, width=width_px * OVERSAMPLING)
        # The line lies on its rim: up to 128 a pixel is partly rim, beyond that partly line on a whole rim.
        both = np.asarray(large.reduce(OVERSAMPLING)).ravel()
        touched = np.flatnonzero(both > 0)  # of bool: four times as fast
        part = np.array(photo.crop((left, top, right, bottom)))
        pixels = part.reshape(-1, 3)
        pixels[touched] = pixels[touched] * _KEPT[both[touched]] + _ADDED[both[touched]]
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


def _round_off(outline: Outline) -> NDArray[np.float64]:
    """(N, 2): the outline with its corners cut off (Chaikin 1974), closed.

    A wide line around such corners needs no rounded joints, which would take most of the time.
    """
    points = np.array(outline, np.float64)
    for _ in range(CUTS):
        after = np.roll(points, -1, axis=0)
        points = np.stack([0.75 * points + 0.25 * after, 0.25 * points + 0.75 * after], axis=1).reshape(-1, 2)
    return np.concatenate([points, points[:2]])


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
