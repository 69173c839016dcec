"""The lesions in the finder's grid, with grids drawn for the purpose."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from inference.finder_policy import FinderPolicy
from inference.lesions import find_lesions, label_regions, read_lesions
from inference.letterbox import Frame, LetterboxSpec
from inference.raw_opinions import ClassifierError

SPEC = LetterboxSpec(size_px=192, stride=4, fill_value=127)
POLICY = FinderPolicy(
    lesion_min=0.5, peak_min=0.7, min_area_cells=3, relative_area_min=0.1, fill=0.7, min_lesion_px=40
)
SQUARE = Frame(spec=SPEC, width_px=960, height_px=960)  # 20 px a cell


def disc(x, y, radius, *, peak=1.0):
    """Probabilities of a round lesion, in cells: falling over about a cell at its edge."""
    rows, columns = np.mgrid[:48, :48] + 0.5
    distance = np.hypot(columns - x, rows - y)
    return (peak / (1 + np.exp(4 * (distance - radius)))).astype(np.float32)


def grid_of(*lesions):
    return np.maximum.reduce([*lesions, np.zeros((48, 48), np.float32)])


def canvas_of(*spots, skin=(205, 160, 135)):
    """What the finder saw: skin with spots, each of a colour at a place and with a radius in cells."""
    canvas = np.full((192, 192, 3), skin, np.uint8)
    rows, columns = (np.mgrid[:192, :192] + 0.5) / 4
    for x, y, radius, colour in spots:
        canvas[np.hypot(columns - x, rows - y) <= radius] = colour
    return canvas


def overlap(box, wanted):
    """Intersection over union of two boxes."""
    across = max(0, min(box.right, wanted[2]) - max(box.left, wanted[0]))
    down = max(0, min(box.bottom, wanted[3]) - max(box.top, wanted[1]))
    both = across * down
    return both / (box.width * box.height + (wanted[2] - wanted[0]) * (wanted[3] - wanted[1]) - both)


def test_one_lesion_has_its_box_and_outline():
    (lesion,) = find_lesions(disc(20, 30, 8), SQUARE, POLICY)
    assert overlap(lesion.box, (240, 440, 560, 760)) > 0.97
    assert lesion.area_cells == pytest.approx(np.pi * 64, rel=0.05)
    assert lesion.peak > 0.99
    distances = [np.hypot(x - 400, y - 600) for x, y in lesion.outline]
    assert max(distances) - min(distances) < 10, "the outline is a circle, finer than a cell"
    assert len(lesion.outline) <= 64


def test_the_outline_runs_clockwise():
    (lesion,) = find_lesions(disc(24, 24, 8), SQUARE, POLICY)
    edges = itertools.pairwise([*lesion.outline, lesion.outline[0]])
    assert sum(x * y2 - x2 * y for (x, y), (x2, y2) in edges) > 0  # y runs down


@pytest.mark.parametrize("count", range(2, 8))
def test_several_lesions_are_counted_and_come_nearest_to_the_middle_first(count):
    places = [(24, 24), (10, 10), (38, 38), (10, 38), (38, 10), (24, 8), (24, 40)][:count]
    found = find_lesions(grid_of(*(disc(x, y, 3) for x, y in places)), SQUARE, POLICY)
    assert len(found) == count
    distances = [np.hypot(lesion.box.centre[0] - 480, lesion.box.centre[1] - 480) for lesion in found]
    assert distances == sorted(distances)
    assert found[0].box.centre == pytest.approx((480, 480), abs=1)


def test_no_lesion_in_an_empty_grid():
    assert find_lesions(np.zeros((48, 48), np.float32), SQUARE, POLICY) == ()


def test_a_lesion_that_fills_the_frame_is_a_lesion():
    (lesion,) = find_lesions(np.ones((48, 48), np.float32), SQUARE, POLICY)
    assert overlap(lesion.box, (0, 0, 960, 960)) == 1


@pytest.mark.parametrize(("x", "y"), [(0, 24), (48, 24), (24, 0), (48, 48)])
def test_a_lesion_at_the_edge_ends_with_the_photo(x, y):
    (lesion,) = find_lesions(disc(x, y, 7), SQUARE, POLICY)
    box = lesion.box
    wanted = (max(0, x - 7) * 20, max(0, y - 7) * 20, min(48, x + 7) * 20, min(48, y + 7) * 20)
    assert overlap(box, wanted) > 0.95
    assert box.left >= 0
    assert box.right <= 960


def test_what_the_policy_calls_too_little_is_dropped():
    faint, tiny, small = disc(8, 8, 4, peak=0.65), disc(40, 40, 0.6), disc(8, 40, 2.2)
    found = find_lesions(grid_of(disc(26, 26, 9), faint, tiny, small), SQUARE, POLICY)
    assert len(found) == 1
    assert len(find_lesions(grid_of(faint, tiny, small), SQUARE, POLICY)) == 1, "the small one by itself"


def test_smaller_lesions_count_where_even_the_largest_is_small():
    """A large one with a speck beside it is one lesion; small moles side by side are several."""
    policy = replace(POLICY, relative_area_min=0.5, crowd_side_max=0.25, crowd_area_min=0.1)
    speck = disc(40, 40, 2)
    assert len(find_lesions(grid_of(disc(20, 20, 5), speck), SQUARE, policy)) == 2
    assert len(find_lesions(grid_of(disc(20, 20, 6.5), speck), SQUARE, policy)) == 1
    assert len(find_lesions(grid_of(disc(20, 20, 5), speck), SQUARE, replace(policy, crowd_side_max=0))) == 1


def test_a_small_lesion_counts_beside_a_large_one_if_the_finder_is_sure():
    policy = replace(POLICY, sure_min=0.9, sure_area_min=0.05)
    large = disc(20, 20, 12)
    assert len(find_lesions(grid_of(large, disc(42, 42, 3.2, peak=0.95)), SQUARE, policy)) == 2
    assert len(find_lesions(grid_of(large, disc(42, 42, 3.2, peak=0.85)), SQUARE, policy)) == 1
    assert len(find_lesions(grid_of(large, disc(42, 42, 2, peak=0.95)), SQUARE, policy)) == 1, "too small"
    assert len(find_lesions(grid_of(large, disc(42, 42, 3.2, peak=0.95)), SQUARE, POLICY)) == 1


def test_where_two_lesions_count_faint_and_small_ones_count_too():
    policy = replace(POLICY, several_cells=2, crowd_area_min=0.1, relative_area_min=0.5)
    faint, small = disc(42, 8, 3, peak=0.65), disc(8, 42, 2.2)
    two = disc(14, 14, 5), disc(34, 34, 5)
    assert len(find_lesions(grid_of(*two, faint, small), SQUARE, policy)) == 4
    assert len(find_lesions(grid_of(*two, faint, small), SQUARE, replace(policy, several_cells=0))) == 2
    assert len(find_lesions(grid_of(two[0], faint, small), SQUARE, policy)) == 1, "one lesion stays one"
    speck = disc(8, 42, 1.2)
    assert len(find_lesions(grid_of(*two, speck), SQUARE, policy)) == 2, "below a tenth of the largest"


def test_a_ring_has_one_outline_without_its_hole():
    ring = disc(24, 24, 10) * (1 - disc(24, 24, 5))
    (lesion,) = find_lesions(ring, SQUARE, POLICY)
    assert min(np.hypot(x - 480, y - 480) for x, y in lesion.outline) > 180


def test_lesions_that_touch_at_a_corner_are_two():
    grid = np.zeros((48, 48), np.float32)
    grid[20:24, 20:24] = grid[24:28, 24:28] = 0.9
    assert len(find_lesions(grid, SQUARE, POLICY)) == 2


def test_a_single_cell_is_at_least_a_cell_large():
    grid = np.zeros((48, 48), np.float32)
    grid[10, 10] = 0.71
    policy = FinderPolicy(
        lesion_min=0.7, peak_min=0.7, min_area_cells=1, relative_area_min=0, fill=0.7, min_lesion_px=1
    )
    (lesion,) = find_lesions(grid, SQUARE, policy)
    assert lesion.box.width == pytest.approx(20)


def test_a_lesion_keeps_its_place_on_a_larger_photo():
    (lesion,) = find_lesions(disc(20, 30, 8), SQUARE, POLICY)
    (larger,) = find_lesions(disc(20, 30, 8), Frame(spec=SPEC, width_px=1920, height_px=1920), POLICY)
    assert lesion.scaled(2, 2).box == larger.box
    assert np.allclose(lesion.scaled(2, 2).outline, larger.outline)


@settings(max_examples=50, deadline=None)
@given(
    grid=arrays.arrays(np.float32, (12, 12), elements=st.floats(0, 1, width=32)),
    size=st.tuples(st.integers(1, 3000), st.integers(1, 3000)),
)
def test_every_box_and_outline_lies_on_the_photo(grid, size):
    spec = LetterboxSpec(size_px=48, stride=4, fill_value=127)
    frame = Frame(spec=spec, width_px=size[0], height_px=size[1])
    policy = FinderPolicy(
        lesion_min=0.5, peak_min=0.5, min_area_cells=1, relative_area_min=0, fill=0.7, min_lesion_px=1
    )
    found = find_lesions(grid, frame, policy)
    assert sum(lesion.area_cells for lesion in found) == (grid >= 0.5).sum()
    for lesion in found:
        box = lesion.box
        assert 0 <= box.left <= box.right <= size[0]
        assert 0 <= box.top <= box.bottom <= size[1]
        assert all(0 <= x <= size[0] and 0 <= y <= size[1] for x, y in lesion.outline)


@settings(max_examples=50, deadline=None)
@given(mask=arrays.arrays(np.bool_, (9, 7)))
def test_regions_are_what_a_flood_reaches(mask):
    labels = label_regions(mask)
    assert ((labels > 0) == mask).all()
    assert set(np.unique(labels[mask])) == set(range(1, labels.max(initial=0) + 1))
    for label in range(1, int(labels.max(initial=0)) + 1):
        assert flood(mask, tuple(np.argwhere(labels == label)[0])) == set(
            map(tuple, np.argwhere(labels == label).tolist())
        )


def flood(mask, start):
    reached, waiting = set(), [(int(start[0]), int(start[1]))]
    while waiting:
        row, column = waiting.pop()
        inside = 0 <= row < mask.shape[0] and 0 <= column < mask.shape[1]
        if (row, column) in reached or not inside or not mask[row, column]:
            continue
        reached.add((row, column))
        waiting += [(row + 1, column), (row - 1, column), (row, column + 1), (row, column - 1)]
    return reached


def test_logits_become_probabilities():
    logits = np.full((1, 48, 48), -90, np.float32)
    logits[0, 20:28, 20:28] = 90
    (lesion,) = read_lesions(logits, canvas_of(), (960, 960), spec=SPEC, policy=POLICY)
    assert lesion.area_cells == 64
    assert lesion.peak == 1


@pytest.mark.parametrize("logits", [np.zeros((1, 48, 47)), np.full((1, 48, 48), np.nan)])
def test_what_is_no_grid_of_numbers_is_refused(logits):
    with pytest.raises(ClassifierError):
        read_lesions(logits.astype(np.float32), canvas_of(), (960, 960), spec=SPEC, policy=POLICY)


BROWN, VIOLET = (90, 60, 45), (70, 45, 140)
WITH_INK = replace(POLICY, ink_min=0.4)


def test_pen_marks_around_a_lesion_are_no_lesions():
    places = [(24, 24, 4, BROWN), (10, 10, 3, VIOLET), (38, 12, 5, VIOLET), (24, 40, 3, VIOLET)]
    grid, canvas = grid_of(*(disc(*place[:3]) for place in places)), canvas_of(*places)
    (lesion,) = find_lesions(grid, SQUARE, WITH_INK, canvas=canvas)
    assert overlap(lesion.box, (400, 400, 560, 560)) > 0.9
    assert len(find_lesions(grid, SQUARE, POLICY, canvas=canvas)) == 4, "pairs that do not look for ink"


def test_a_lesion_counts_beside_larger_ink():
    places = [
        (20, 24, 2, BROWN),
        (34, 24, 8, VIOLET),
    ]  # beside a lesion as large as the ink it would not count
    (lesion,) = find_lesions(
        grid_of(*(disc(*place[:3]) for place in places)), SQUARE, WITH_INK, canvas=canvas_of(*places)
    )
    assert lesion.box.right < 500


def test_a_hatched_mark_is_ink_beside_another():
    """Less than 0.4 of its pixels are ink, too little by itself; the rest is skin."""
    hatched, dot = (14, 24, 4, VIOLET), (34, 24, 3, VIOLET)
    grid = grid_of(disc(*hatched[:3]), disc(*dot[:3]))
    canvas = canvas_of(hatched, dot)
    strokes = np.arange(192) % 8 < 3
    canvas[~strokes, :96] = canvas_of()[0, 0]
    assert find_lesions(grid, SQUARE, WITH_INK, canvas=canvas) == ()
    assert len(find_lesions(disc(*hatched[:3]), SQUARE, WITH_INK, canvas=canvas)) == 1


def test_a_lesion_marked_together_with_its_ring_stays():
    ring, inside, lesion = (20, 24, 6.5, VIOLET), (20, 24, 4.2, (205, 160, 135)), (20, 24, 3, BROWN)
    grid, canvas = disc(20, 24, 6.5), canvas_of(ring, inside, lesion)
    assert len(find_lesions(grid, SQUARE, WITH_INK, canvas=canvas)) == 1
    assert find_lesions(grid, SQUARE, WITH_INK, canvas=canvas_of(ring, inside)) == (), "an empty ring"


def test_a_black_nodule_beside_a_mole_stays():
    places = [(14, 24, 7, (8, 6, 12)), (34, 24, 3, BROWN)]
    grid = grid_of(*(disc(*place[:3]) for place in places))
    assert len(find_lesions(grid, SQUARE, WITH_INK, canvas=canvas_of(*places))) == 2


def test_ink_is_looked_for_on_what_the_finder_saw():
    logits = np.full((1, 48, 48), -9, np.float32)
    logits[0, 20:28, 20:28] = 9
    read = [
        read_lesions(logits, canvas_of((24, 24, 6, colour)), (960, 960), spec=SPEC, policy=WITH_INK)
        for colour in (VIOLET, BROWN)
    ]
    assert [len(found) for found in read] == [0, 1]


def test_a_bluish_lesion_that_fills_the_photo_stays():
    place = (24, 24, 15, VIOLET)
    assert len(find_lesions(disc(*place[:3]), SQUARE, WITH_INK, canvas=canvas_of(place))) == 1


@pytest.mark.parametrize("height_px", [240, 215, 225])
def test_the_grey_beside_a_flat_photo_is_not_taken_for_skin(height_px):
    flat = Frame(spec=SPEC, width_px=960, height_px=height_px)
    (_, top), (_, height) = flat.corner, flat.inner_size
    canvas = canvas_of((24, 24, 3, (90, 78, 102)), skin=(150, 90, 75))
    canvas[:top], canvas[top + height :] = 127, 127
    assert find_lesions(disc(24, 24, 3), flat, WITH_INK, canvas=canvas) == ()
    assert len(find_lesions(disc(24, 24, 3), SQUARE, WITH_INK, canvas=canvas)) == 1, "with the grey as skin"
