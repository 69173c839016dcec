"""Cut off what surrounds a photo in its file: uniform bars and borders, and what a screen shows on them.

A bar is a run of lines of one colour along a side, which ends at a straight edge: there the photo begins over
its whole width at once. A dermatoscope's black ring ends at a curve, and plain skin at no edge, so both stay.
Beyond a bar (towards the outside) there may be anything that a screen shows around a photo: a clock, buttons,
a strip of small pictures, bars of other colours. Two photos side by side both stay.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Rgb = NDArray[np.uint8]

_SAME: Final = 5  # levels of 255 within which a pixel has the bar's colour: compression leaves no more
# Most of a bar is this near its colour, since a program draws it; of smooth, blurred skin less is.
_FLAT: Final = 2
_FLAT_SHARE: Final = 0.8
_OTHER: Final = 13  # levels beyond which it has another one
_EVEN: Final = 0.93  # share of a bar's line that has its colour
_BACKGROUND: Final = 0.5  # the same of a line with a clock or buttons on it
_FRAY_PX: Final = 17  # lines between bar and photo that compression spoils: one block of a JPEG
_BLACK: Final = 30  # levels up to which a bar may be what surrounds a dermatoscope's round picture
_ROUND_BAR: Final = 0.06  # of the side: such a bar is cut off although no straight edge ends it,
_SCREEN_SHAPE: Final = 1.8  # but only if the side is so much longer than the other: no camera's shape is
_EDGE_SHARE: Final = 0.62  # share of the width that begins at the edge; of a circle's, it is a quarter
_EDGE_MIN: Final = 0.2  # of the whole line
_EDGE_DEPTH: Final = 2  # lines before and behind the edge that scaling mixes
_MIN_BAR: Final = 0.008  # of the side, and at least so many lines:
_MIN_BAR_PX: Final = 3
_MOST_CLUTTER: Final = (
    0.09  # of the side: lines in a row that are not a bar; a strip of small pictures has 7 %
)
_MIN_PHOTO: Final = 0.1  # of a side: less is not a photo
_SAMPLES: Final = 240  # pixels of a line that are looked at
_AT_ONCE: Final = 32  # lines that are measured together
_PASSES: Final = 3  # borders may be nested: bars inside a window inside a screen


@dataclass(frozen=True, slots=True)
class ContentBox:
    """A part of a photo in pixels; `right` and `bottom` are the first ones outside."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.right - self.left, self.bottom - self.top


def find_content(pixels: Rgb) -> ContentBox:
    """Where the photo lies between its borders; the whole frame if it has none.

    Args:
        pixels: (H, W, 3) RGB.
    """
    box = ContentBox(0, 0, pixels.shape[1], pixels.shape[0])
    for _ in range(_PASSES):
        part = pixels[box.top : box.bottom, box.left : box.right]
        top, bottom = _find_range(part)
        if (top, bottom) != (0, part.shape[0]):
            part = part[top:bottom]
        left, right = _find_range(part.transpose(1, 0, 2))
        found = ContentBox(box.left + left, box.top + top, box.left + right, box.top + bottom)
        if found == box:
            break
        box = found
    return box


def _find_range(lines: Rgb) -> tuple[int, int]:
    """The first line of the photo and the first one behind it.

    Args:
        lines: (L, N, 3): rows as they are, columns after transposing.
    """
    count = lines.shape[0]
    if min(lines.shape[:2]) < 16 or not _may_have_bars(lines):
        return 0, count
    step = max(1, lines.shape[1] // _SAMPLES)
    sampled = lines[:, step // 2 :: step]
    is_screen = count >= _SCREEN_SHAPE * lines.shape[1]
    first = _Profile(sampled).find_start(is_screen=is_screen)
    last = count - _Profile(sampled[::-1]).find_start(is_screen=is_screen)
    return (first, last) if last - first >= _MIN_PHOTO * count else (0, count)


def _may_have_bars(lines: Rgb) -> bool:
    """Look at the outermost lines only: nearly all photos are done with here."""
    step = max(1, lines.shape[1] // _SAMPLES)
    ends = (_measure(lines[place : place + 1, ::step])[1] for place in (1, -2))
    return any((distances <= _SAME).mean() >= _BACKGROUND for distances in ends)


class _Profile:
    """Of each line: its main colour, and whether it is a line of a bar.

    Measured as far as it is looked at: most photos begin after a few lines.
    """

    def __init__(self, lines: Rgb) -> None:
        """Args: lines: (L, N, 3), from the outside inwards."""
        self._lines = lines
        self._colours = np.empty((0, 3), np.int16)
        self._even = np.empty(0, np.bool_)

    def look(self, place: int) -> tuple[NDArray[np.int16], bool]:
        """The main colour of a line, and whether the line is as even as a bar's."""
        if place >= len(self._even):
            colours, distances = _measure(self._lines[len(self._even) : place + _AT_ONCE])
            has_colour = (distances <= _SAME).mean(axis=1) >= _EVEN
            is_flat = (distances <= _FLAT).mean(axis=1) >= _FLAT_SHARE
            self._colours = np.concatenate((self._colours, colours))
            self._even = np.concatenate((self._even, has_colour & is_flat))
        return self._colours[place], bool(self._even[place])

    def find_start(self, *, is_screen: bool) -> int:
        """The photo's first line, seen from the side where lines begin; 0 without a bar.

        Args:
            is_screen: whether the frame has the shape of a phone's screen, and these are its short lines.
        """
        count = len(self._lines)
        least = max(_MIN_BAR_PX, round(_MIN_BAR * count))
        start, clutter = 0, 0  # the photo's first line so far; lines since the last bar
        run, colour = 0, self.look(0)[0]  # even lines of one colour up to here
        bar_colour = colour
        bar, bar_end = 0, -count  # the last bar: its lines and where it ended
        for place in range(count):
            main, is_even = self.look(place)
            is_same = is_even and np.abs(main - colour).max() <= _SAME
            run = run + 1 if is_same else int(is_even)
            if is_even and not is_same:
                colour = main
            if run >= least:
                bar, bar_end, bar_colour, clutter = run, place, colour, 0
                continue
            clutter += 1
            if clutter > _MOST_CLUTTER * count:
                break
            is_near = place - bar_end <= _FRAY_PX
            is_wide = is_screen and bar >= _ROUND_BAR * count
            if is_near and (begin := self._find_begin(place, bar_colour, is_wide=is_wide)) is not None:
                start, bar_end = begin, -count
        return start

    def _find_begin(self, place: int, colour: NDArray[np.int16], *, is_wide: bool) -> int | None:
        """The photo's first line if it begins here: over a good part of its width at once, and to stay.

        A ruler or a hair on even skin is an edge, too; but behind it the skin goes on. A round picture on
        black begins at no edge: beside a wide bar of a screen it is enough that it stays.
        """
        before = place - _EDGE_DEPTH
        around = self._lines[max(before, 0) : place + max(8, len(self._lines) // 7)]
        differs = _find_distances(around, colour) > _OTHER
        if before < 0 or len(differs) <= 2 * _EDGE_DEPTH:
            return None
        extent = max(_extent(line) for line in differs[:: max(1, len(differs) // 8)])
        least = max(_EDGE_SHARE * extent, _EDGE_MIN * differs.shape[1])
        counts = differs.sum(axis=1)
        if counts[_EDGE_DEPTH:].mean() < least:
            return None
        if counts[0] <= _EDGE_SHARE * least and counts[2 * _EDGE_DEPTH] >= least:
            return before + int(np.argmax(counts >= least))
        is_round = is_wide and colour.max() <= _BLACK and counts[_EDGE_DEPTH] > 0
        return place if is_round else None


def _measure(lines: Rgb) -> tuple[NDArray[np.int16], NDArray[np.int16]]:
    """The main colour of each line (L, 3), and how far its pixels are from it (L, N)."""
    channels = np.ascontiguousarray(lines.transpose(0, 2, 1))  # numpy is slow on a last axis of three
    colours = np.median(channels, axis=2).astype(np.int16)
    return colours, _find_distances(lines, colours[:, None])


def _find_distances(lines: Rgb, colour: NDArray[np.int16]) -> NDArray[np.int16]:
    """How far each pixel (L, N) is from a colour, in levels of the channel that differs most."""
    one, two, three = (np.abs(lines[..., at].astype(np.int16) - colour[..., at]) for at in range(3))
    farthest: NDArray[np.int16] = np.maximum(np.maximum(one, two), three)
    return farthest


def _extent(line: NDArray[np.bool_]) -> int:
    """From the first pixel that differs to the last."""
    places = np.flatnonzero(line)
    return int(places[-1] - places[0] + 1) if places.size else 0
