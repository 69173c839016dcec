"""The lesions in what the finder gives: a grid of probabilities to boxes and outlines (pure functions).

Cells from the policy's probability on that share an edge are one lesion. The policy says which of them are
too faint or too small to count. The outline is the line of that probability between the cells' middles, so
that box and outline are finer than the grid.
"""

import math
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from inference.boxes import Box, Outline, scale_outline
from inference.contours import thin_out, trace_outline
from inference.finder_policy import FinderPolicy
from inference.ink import LARGEST, OTHERS, measure_ink
from inference.letterbox import Frame, LetterboxSpec
from inference.raw_opinions import ClassifierError


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundLesion:
    """One lesion, in pixels of the photo that the frame describes."""

    box: Box  # inside the photo
    outline: Outline  # at most 64 points, clockwise
    area_cells: int  # of the finder's grid
    peak: float  # highest probability in it, 0 to 1

    def scaled(self, across: float, down: float) -> Self:
        """The same lesion on a photo that is this many times as wide and as high."""
        outline = scale_outline(self.outline, across, down)
        return replace(self, box=self.box.scaled(across, down), outline=outline)

    def moved(self, right: float, down: float) -> Self:
        """The same lesion on a photo with so much more at its left and its top."""
        outline = tuple((x + right, y + down) for x, y in self.outline)
        return replace(self, box=self.box.moved(right, down), outline=outline)


def read_lesions(
    logits: NDArray[np.float32],
    canvas: NDArray[np.uint8],
    size: tuple[int, int],
    *,
    spec: LetterboxSpec,
    policy: FinderPolicy,
) -> tuple[FoundLesion, ...]:
    """The lesions in the finder's output for one photo, from a graph here or from a server.

    Args:
        logits: (1, cells, cells).
        canvas: (size_px, size_px, 3), what the finder saw.
        size: width and height of the photo in pixels.
        spec: the finder's.
        policy: what counts as a lesion.

    Raises:
        ClassifierError: the output has another shape, or a value in it is not a number.
    """
    if logits.shape != (1, spec.cells, spec.cells) or not np.isfinite(logits).all():
        raise ClassifierError("the finder gave something that is not a grid of numbers")
    probabilities = 1 / (1 + np.exp(-np.clip(logits[0], -60, 60)))
    frame = Frame(spec=spec, width_px=size[0], height_px=size[1])
    return find_lesions(probabilities, frame, policy, canvas=canvas)


def find_lesions(
    probabilities: NDArray[np.float32],
    frame: Frame,
    policy: FinderPolicy,
    *,
    canvas: NDArray[np.uint8] | None = None,
) -> tuple[FoundLesion, ...]:
    """All lesions, the one whose box's centre is nearest to the photo's middle first.

    Args:
        probabilities: (cells, cells), each 0 to 1.
        frame: of the photo that the finder saw.
        policy: what counts as a lesion.
        canvas: what the finder saw; without it, ink counts as a lesion.
    """
    labels = label_regions(probabilities >= policy.lesion_min)
    count = int(labels.max(initial=0))
    areas = np.bincount(labels.ravel(), minlength=count + 1)
    areas[0] = 0
    peaks = np.zeros(count + 1, np.float32)
    np.maximum.at(peaks, labels.ravel(), probabilities.ravel())
    marks = areas >= (policy.several_cells or policy.min_area_cells)
    if canvas is not None and policy.ink_min > 0:
        marks &= ~_find_ink(labels, marks, frame, canvas, policy)
    lesions = marks & (areas >= policy.min_area_cells) & (peaks >= policy.peak_min)
    if lesions.any():
        largest = int(np.argmax(np.where(lesions, areas, 0)))
        shares = areas / areas[largest]
        is_large = shares >= _find_least_share(labels == largest, frame, policy)
        is_sure = (peaks >= policy.sure_min) & (shares >= policy.sure_area_min)
        lesions &= is_large | is_sure if policy.sure_min > 0 else is_large
        if policy.several_cells and lesions.sum() > 1:
            lesions |= marks & (shares >= policy.crowd_area_min)
    found = []
    for label in np.flatnonzero(lesions).tolist():
        alone = np.where((labels == label) | (labels == 0), probabilities, np.float32(0))
        points = trace_outline(alone, policy.lesion_min)
        # The box around an outline, at least one cell on each side, inside the photo.
        low, high = points.min(axis=0), points.max(axis=0)
        margin = np.maximum(0, 1 - (high - low)) / 2
        (left, top), (right, bottom) = frame.to_photo(np.stack([low - margin, high + margin])).tolist()
        found.append(
            FoundLesion(
                box=Box(left, top, right, bottom),
                outline=tuple(map(tuple, frame.to_photo(thin_out(points)).tolist())),
                area_cells=int(areas[label]),
                peak=float(peaks[label]),
            )
        )
    middle = (frame.width_px / 2, frame.height_px / 2)
    return tuple(sorted(found, key=lambda lesion: math.dist(lesion.box.centre, middle)))


def _find_ink(
    labels: NDArray[np.int64],
    marks: NDArray[np.bool_],
    frame: Frame,
    canvas: NDArray[np.uint8],
    policy: FinderPolicy,
) -> NDArray[np.bool_]:
    """Of each label, whether it is a pen mark: in a photo with one, less ink is enough for the others.

    A mark that holds a lesion, too, is none.

    Args: marks: of each label, whether it may be a lesion.
    """
    stride = frame.spec.stride
    (left, top), (width, height) = frame.corner, frame.inner_size
    rows, columns = (
        slice(-(-start // stride), (start + size) // stride) for start, size in ((top, height), (left, width))
    )  # cells that show nothing but the photo
    cells = canvas[stride // 2 :: stride, stride // 2 :: stride]  # one pixel of each
    skin = cells[rows, columns][labels[rows, columns] == 0]
    shares = np.zeros(len(marks))
    for label in np.flatnonzero(marks).tolist():
        mask = labels == label
        if _measure_side(mask) <= LARGEST * frame.spec.cells:
            down, across = np.nonzero(mask)
            pixels = canvas.reshape(len(labels), stride, len(labels), stride, 3)[down, :, across]
            ink, lesion = measure_ink(pixels.reshape(-1, 3), skin)
            shares[label] = ink if lesion * len(down) < policy.min_area_cells else 0
    is_inked = shares.max() >= policy.ink_min
    return shares >= policy.ink_min * (OTHERS if is_inked else 1)


def _measure_side(mask: NDArray[np.bool_]) -> int:
    """Cells of the larger side of the box around a mask."""
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    return int(max(rows[-1] - rows[0], columns[-1] - columns[0])) + 1


def _find_least_share(largest: NDArray[np.bool_], frame: Frame, policy: FinderPolicy) -> float:
    """Of the largest lesion's cells (a mask), what a further lesion has at least."""
    is_crowd = _measure_side(largest) < policy.crowd_side_max * frame.spec.cells
    return policy.crowd_area_min if is_crowd else policy.relative_area_min


def label_regions(mask: NDArray[np.bool_]) -> NDArray[np.int64]:
    """(H, W) 0 outside of the mask, else the number from 1 of the region of cells that share edges."""
    width = mask.shape[1] + 1
    flat = np.zeros(mask.shape[0] * width + 1, np.int8)  # a gap after each row parts its runs from the next's
    flat[:-1].reshape(-1, width)[:, :-1] = mask
    steps = np.diff(flat, prepend=np.int8(0))
    starts, ends = np.flatnonzero(steps == 1).tolist(), np.flatnonzero(steps == -1).tolist()
    parents = _join_runs(starts, ends, width)
    numbers: dict[int, int] = {}
    labels = np.zeros(len(flat), np.int64)
    for run, (start, end) in enumerate(zip(starts, ends, strict=True)):
        root = _find_root(parents, run)
        labels[start:end] = numbers.setdefault(root, len(numbers) + 1)
    return labels[:-1].reshape(-1, width)[:, :-1]


def _join_runs(starts: list[int], ends: list[int], width: int) -> list[int]:
    """Union-find over the runs of cells: each run's parent, itself where it is the first of its region."""
    parents = list(range(len(starts)))
    above = 0
    for run, (start, end) in enumerate(zip(starts, ends, strict=True)):
        while ends[above] <= start - width:
            above += 1
        other = above
        while starts[other] < end - width:
            first, second = sorted((_find_root(parents, run), _find_root(parents, other)))
            parents[second] = first
            other += 1
    return parents


def _find_root(parents: list[int], run: int) -> int:
    while parents[run] != run:
        parents[run] = parents[parents[run]]
        run = parents[run]
    return run
