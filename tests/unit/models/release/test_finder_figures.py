"""What a finder reaches is counted on photos with known lesions, by finders that are right or wrong."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inference.boxes import Box
from inference.lesions import FoundLesion, label_regions
from models.release import finder_figures
from models.release.finder_figures import FinderFigure, measure_finder, overlap_of
from models.training.crop_folder import FindLesions
from models.training.photos import Kind, LabelledPhoto, Source


def find_brown(photo: Image.Image) -> list[FoundLesion]:
    """Every brown spot, the nearest to the middle first."""
    labels = label_regions(np.asarray(photo).mean(axis=2) < 110)
    found = []
    for number in range(1, int(labels.max(initial=0)) + 1):
        rows, columns = np.nonzero(labels == number)
        if len(rows) > 8:
            box = Box(float(columns.min()), float(rows.min()), columns.max() + 1.0, rows.max() + 1.0)
            found.append(FoundLesion(box=box, outline=(), area_cells=len(rows), peak=1.0))
    middle = np.array(photo.size) / 2
    return sorted(found, key=lambda each: float(np.hypot(*(each.box.centre - middle))))


def find_nothing(_: Image.Image) -> list[FoundLesion]:
    return []


@pytest.fixture
def photos(tmp_path: Path, lesion: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> list[LabelledPhoto]:
    """A lesion of HAM with its outline, a close-up with a box drawn by eye, skin, and an object."""
    (tmp_path / "masks").mkdir()
    skin = np.full_like(lesion, (225, 185, 160))
    found = []
    for source, pixels in (
        (Source.HAM, lesion),
        (Source.MILK_CLOSEUP, skin),
        (Source.SKIN, skin),
        (Source.OBJECTS, np.full_like(lesion, (200, 220, 240))),
    ):
        name = f"{source}.png"
        Image.fromarray(pixels).save(tmp_path / name)
        kind = Kind.CLINICAL if source is Source.MILK_CLOSEUP else Kind.DERMOSCOPIC
        label = "melanoma" if source is Source.HAM else "benign"
        found.append(
            LabelledPhoto(path=tmp_path / name, source=source, label=label, group=name, name=name, kind=kind)
        )
    outline = (lesion.mean(axis=2) < 110).astype(np.uint8) * 255
    Image.fromarray(outline).save(tmp_path / "masks" / "ham.png")
    height, width = lesion.shape[:2]
    (box,) = (each.box for each in find_brown(Image.fromarray(lesion)))
    sides = box.scaled(1 / width, 1 / height)
    boxes = tmp_path / "boxes.csv"
    boxes.write_text(
        f"file,left,top,right,bottom\nham.png,{sides.left},{sides.top},{sides.right},{sides.bottom}\n"
    )
    monkeypatch.setattr(finder_figures, "CLOSEUP_BOXES", boxes)
    monkeypatch.setattr(finder_figures, "_PICTURES", 20)
    return found


def test_a_finder_that_is_right_reaches_all(photos: list[LabelledPhoto], tmp_path: Path) -> None:
    figures = {each.name: each.estimate for each in measure_finder(find_brown, photos, tmp_path)}
    assert figures["box right at an overlap of 0.5, drawn outlines"].value == 1
    assert figures["box right at an overlap of 0.5, close-ups drawn by eye"].value == 1
    assert figures["2 to 7 lesions composed: counted right"].value > 0.9
    assert figures["2 to 7 lesions composed: lesions that are met"].n > 40
    assert figures["photos without a lesion: nothing found"].n == 2
    assert figures["photos without a lesion: nothing found"].value == 1
    assert figures["ham: nothing found on melanomas"].value == 0


def test_a_finder_that_finds_nothing_reaches_nothing(photos: list[LabelledPhoto], tmp_path: Path) -> None:
    figures = {each.name: each.estimate for each in measure_finder(find_nothing, photos, tmp_path)}
    rights = [estimate.value for name, estimate in figures.items() if "right" in name]
    assert rights[:4] == [0, 0, 0, 0]
    assert figures["ham: nothing found on melanomas"].value == 1
    assert figures["photos without a lesion: nothing found"].value == 1


def test_photos_of_several_lesions_are_counted_apart(
    photos: list[LabelledPhoto], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the eye sees several, several are right; where that is unclear, nothing is counted."""
    pixels = np.asarray(Image.open(photos[0].path))
    twice = tmp_path / "twice.png"
    Image.fromarray(np.concatenate([pixels, pixels], axis=1)).save(twice)
    twins = [replace(photos[0], path=twice, name=name) for name in ("one.png", "several.png", "unclear.png")]
    counts = tmp_path / "counts.csv"
    counts.write_text("file,lesions\nseveral.png,several\nunclear.png,unclear\n")
    monkeypatch.setattr(finder_figures, "COUNTS_BY_EYE", counts)
    figures = {each.name: each.estimate for each in _count(find_brown, [*photos, *twins])}
    assert (figures["ham: several found"].value, figures["ham: several found"].n) == (0.75, 4)
    apart = figures["ham: several found where the eye sees one"]
    assert (apart.value, apart.n) == (0.5, 2)
    assert figures["several found where the eye sees several"].value == 1
    assert figures["several found where the eye sees several"].n == 1
    nothing = {each.name: each.estimate for each in _count(find_nothing, [*photos, *twins])}
    assert nothing["several found where the eye sees several"].value == 0


def _count(find: FindLesions, photos: list[LabelledPhoto]) -> list[FinderFigure]:
    return list(finder_figures.count_by_source(find, photos))


def test_a_figure_reads_as_a_share_with_its_interval_and_number(
    photos: list[LabelledPhoto], tmp_path: Path
) -> None:
    line = str(measure_finder(find_brown, photos, tmp_path)[0])
    assert line.startswith("box right at an overlap of 0.5, drawn outlines")
    assert line.endswith("100.0 % (20.7 to 100.0) of 1")


@pytest.mark.parametrize(
    ("other", "overlap"),
    [
        (Box(0, 0, 10, 10), 1.0),
        (Box(5, 0, 15, 10), 1 / 3),
        (Box(10, 0, 20, 10), 0.0),
        (Box(30, 30, 40, 40), 0.0),
    ],
)
def test_overlap_is_the_shared_part_of_both(other: Box, overlap: float) -> None:
    assert overlap_of(Box(0, 0, 10, 10), other) == pytest.approx(overlap)
