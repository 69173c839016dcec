"""Plots as inline SVG: curves, bars and whiskers. Colours are classes, so that light, dark and print fit."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape

Point = Sequence[float]

_WIDTH, _HEIGHT = 320, 290
_LEFT, _TOP, _SIDE = 46, 12, 232  # of the square that curves lie in
_GRID = (0.0, 0.25, 0.5, 0.75, 1.0)


def plot_curves(
    curves: Mapping[str, Iterable[Point]],
    *,
    labels: tuple[str, str],
    highest: float = 1.0,
    diagonal: bool = False,
) -> str:
    """Lines over the unit interval.

    Args:
        curves: class of a line to its (x, y) points, x from 0 to 1.
        labels: of the two axes, x first.
        highest: y at the upper edge.
        diagonal: whether the line of y = x is drawn.
    """
    guide = [_draw_line([(0, 0), (1, 1 / highest)], "guide")] if diagonal else []
    lines = [
        _draw_line([(x, min(y / highest, 1)) for x, y in points], name) for name, points in curves.items()
    ]
    return _frame([*guide, *lines], labels, highest)


def plot_reliability(rows: Sequence[Mapping[str, float]], *, labels: tuple[str, str]) -> str:
    """Observed against predicted shares, each with its interval; dots grow with the photos behind them."""
    marks = [_draw_line([(0, 0), (1, 1)], "guide")]
    total = sum(row["n"] for row in rows)
    for row in rows:
        x, low, high = row["predicted"], row["low"], row["high"]
        marks.append(_draw_line([(x, low), (x, high)], "whisker"))
        radius = 2.5 + 7 * (row["n"] / total) ** 0.5
        at_x, at_y = _place(x, row["value"])
        marks.append(f'<circle class="dot" cx="{at_x:.1f}" cy="{at_y:.1f}" r="{radius:.1f}"/>')
    return _frame(marks, labels, 1.0)


def draw_bar(shares: Mapping[str, float]) -> str:
    """One bar of a whole, split by class of colour; shares add up to 1."""
    words = ", ".join(f"{name.replace('_', ' ')} {share:.1%}" for name, share in shares.items())
    parts = "".join(f'<i class="{name}" style="width: {share:.2%}"></i>' for name, share in shares.items())
    return f'<div class="stack" role="img" aria-label="{escape(words)}" title="{escape(words)}">{parts}</div>'


def plot_moves(rows: Sequence[tuple[str, Mapping[str, float]]], *, goal: float) -> str:
    """Points of 100 by which each row moved, with intervals; the band up to `goal` either way is shaded."""
    reach = max([goal * 2, *(abs(move[key]) for _, move in rows for key in ("low", "high"))]) * 1.08
    width, left, step = 640, 190, 30
    height = step * len(rows) + 34

    def at(points: float) -> float:
        return left + (points + reach) / (2 * reach) * (width - left - 16)

    band = (
        f'<rect class="band" x="{at(-goal):.1f}" y="4" width="{at(goal) - at(-goal):.1f}" '
        f'height="{height - 30}"/>'
        f'<line class="axis" x1="{at(0):.1f}" x2="{at(0):.1f}" y1="4" y2="{height - 26}"/>'
    )
    marks = []
    for place, (name, move) in enumerate(rows):
        y = 4 + step * (place + 0.5)
        marks.append(
            f'<text x="0" y="{y + 4:.1f}">{escape(name)}</text>'
            f'<line class="whisker" x1="{at(move["low"]):.1f}" x2="{at(move["high"]):.1f}" '
            f'y1="{y}" y2="{y}"/>'
            f'<circle class="dot" cx="{at(move["points"]):.1f}" cy="{y}" r="5"/>'
        )
    ticks = "".join(
        f'<text x="{at(points):.1f}" y="{height - 8}" class="tick" text-anchor="middle">{points:+.0f}</text>'
        for points in (-reach / 1.08, 0, reach / 1.08)
    )
    return (
        f'<svg class="moves" viewBox="0 0 {width} {height}" role="img" aria-label="changes in points of 100">'
        f"{band}{''.join(marks)}{ticks}</svg>"
    )


def _place(x: float, y: float) -> tuple[float, float]:
    return _LEFT + x * _SIDE, _TOP + (1 - y) * _SIDE


def _draw_line(points: Sequence[Point], name: str) -> str:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in (_place(point[0], point[1]) for point in points))
    return f'<polyline class="{escape(name)}" points="{path}"/>'


def _frame(marks: Iterable[str], labels: tuple[str, str], highest: float) -> str:
    grid = []
    for share in _GRID:
        x, y = _place(share, share)
        grid.append(
            f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP}" y2="{_TOP + _SIDE}"/>'
            f'<line class="grid" x1="{_LEFT}" x2="{_LEFT + _SIDE}" y1="{y:.1f}" y2="{y:.1f}"/>'
            f'<text class="tick" x="{x:.1f}" y="{_TOP + _SIDE + 15}" text-anchor="middle">{share:g}</text>'
            f'<text class="tick" x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{share * highest:g}</text>'
        )
    middle_x, middle_y = _LEFT + _SIDE / 2, _TOP + _SIDE / 2
    across, upward = (escape(label) for label in labels)
    turned = f"translate(12 {middle_y}) rotate(-90)"
    words = (
        f'<text x="{middle_x}" y="{_HEIGHT - 10}" text-anchor="middle">{across}</text>'
        f'<text transform="{turned}" text-anchor="middle">{upward}</text>'
    )
    return (
        f'<svg class="plot" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'aria-label="{upward} against {across}">{"".join(grid)}{"".join(marks)}{words}</svg>'
    )
