"""The outline of one connected region of a grid, finer than its cells: marching squares in numpy."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

MOST_POINTS: Final = 64

# Four cells' middles are the corners of a square. Its sides are numbered from the top, clockwise.
_TOP, _RIGHT, _BOTTOM, _LEFT = range(4)
_NONE: Final = -1
# From which side to which the line goes, the region on its right. The key says which corners are in the
# region: 8 upper left, 4 upper right, 2 lower right, 1 lower left. Corners that only touch are kept apart.
_LINES: Final = {
    8: [(_TOP, _LEFT)],
    4: [(_RIGHT, _TOP)],
    2: [(_BOTTOM, _RIGHT)],
    1: [(_LEFT, _BOTTOM)],
    12: [(_RIGHT, _LEFT)],
    6: [(_BOTTOM, _TOP)],
    3: [(_LEFT, _RIGHT)],
    9: [(_TOP, _BOTTOM)],
    7: [(_LEFT, _TOP)],
    11: [(_TOP, _RIGHT)],
    13: [(_RIGHT, _BOTTOM)],
    14: [(_BOTTOM, _LEFT)],
    10: [(_TOP, _LEFT), (_BOTTOM, _RIGHT)],
    5: [(_RIGHT, _TOP), (_LEFT, _BOTTOM)],
}


# (16, 2, 2): for each key up to two lines, each from one side to another
_TABLE: Final = np.array([[*_LINES.get(key, ()), *[(_NONE, _NONE)] * 2][:2] for key in range(16)], np.int64)


def trace_outline(values: NDArray[np.float32], level: float) -> NDArray[np.float64]:
    """The outer line around a region, clockwise, in cells from the grid's upper left edge.

    Args:
        values: (H, W); the cells from `level` on are one region whose cells share edges, and there is one.
        level: the line runs where the values between two cells' middles reach it. Outside of the grid they
            are 0.

    Returns:
        (N, 2) x and y of its points, N at least 4. Holes are left out.
    """
    padded = np.pad(values, 1)
    width = padded.shape[1]
    inside = padded >= level
    keys = inside[:-1, :-1] * 8 + inside[:-1, 1:] * 4 + inside[1:, 1:] * 2 + inside[1:, :-1]
    rows, columns = np.nonzero((keys > 0) & (keys < 15))
    lines = _TABLE[keys[rows, columns]]  # (N, 2, 2)
    # A side is named by its first cell: twice the cell's place, and one more where it runs down.
    sides = np.array([0, 3, 2 * width, 1])[lines] + 2 * (rows * width + columns)[:, None, None]
    starts, ends = sides[lines[..., 0] != _NONE].T
    following = dict(zip(starts.tolist(), ends.tolist(), strict=True))
    loop = [int(starts[0])]  # the uppermost line belongs to no hole
    while (side := following[loop[-1]]) != loop[0]:
        loop.append(side)
    outline = np.array(loop)
    is_down = outline % 2
    row, column = np.divmod(outline // 2, width)
    first = padded[row, column].astype(np.float64)
    share = (level - first) / (padded[row + is_down, column + 1 - is_down] - first)
    x = column + share * (1 - is_down) - 0.5  # the padding's middle is half a cell before the grid
    y = row + share * is_down - 0.5
    return np.stack([x, y], axis=1)


def thin_out(points: NDArray[np.float64], most: int = MOST_POINTS) -> NDArray[np.float64]:
    """At most so many of a line's points, spread evenly.

    Args:
        points: (N, 2).
        most: of them.
    """
    if len(points) <= most:
        return points
    return points[np.arange(most) * len(points) // most]
