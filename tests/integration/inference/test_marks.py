"""What marks and the lesion's size do to the scores, measured with the tiny pair and its finder."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from inference.evaluation.labelled import LabelledFile
from inference.evaluation.marks import HALF_SIZE, measure_marks
from inference.evaluation.scoring import PhotoScorer
from tests.support.tiny_release import write_tiny_release

# Share of the shorter side that each photo's lesion is wide: two are small, one fills most of the photo.
WIDTHS = {"small.png": 0.3, "smaller.png": 0.2, "large.png": 0.6}


@pytest.fixture(scope="module")
def scorer(tmp_path_factory):
    directory = tmp_path_factory.mktemp("release")
    write_tiny_release(directory, finder=True)
    return PhotoScorer.load(directory, threads=1)


@pytest.fixture(scope="module")
def photos(scorer, tmp_path_factory):
    root = tmp_path_factory.mktemp("photos")
    rows = []
    for name, width in WIDTHS.items():
        photo = Image.new("RGB", (600, 450), (220, 170, 150))
        half = width * 450 / 2
        ImageDraw.Draw(photo).ellipse((280 - half, 200 - half, 280 + half, 200 + half), fill=(80, 50, 40))
        photo.save(root / name)
        rows.append(LabelledFile(file=name, label="benign", source="drawn", group=name, split=""))
    return root, list(scorer.score_files(rows, root))


def test_only_photos_of_one_small_lesion_say_what_half_the_size_does(photos, scorer):
    root, scored = photos
    assert [len(photo.findings.lesions) for photo in scored] == [1, 1, 1]
    measured = measure_marks(scored, root, scorer, 2, report_progress=lambda *_: None)
    assert measured is not None
    assert measured[HALF_SIZE]["benign"]["n"] == 2
    assert measured["ruler"]["benign"]["n"] == 2, "the most that was asked for"


def test_half_the_size_is_compared_with_a_nearer_look(photos, scorer, monkeypatch):
    """A pair that says more the larger a lesion is in the frame: near it is moderate, as it is not."""
    root, scored = photos
    seen = []
    inner = scorer.score_files

    def score(rows, root, change=None):
        for result in inner(rows, root, change):
            seen.append((result.row.file, result.findings.lesions[0].box.width))
            yield result

    monkeypatch.setattr(scorer, "score_files", score)
    measured = measure_marks(scored, root, scorer, 1, report_progress=lambda *_: None)
    assert measured is not None
    last = dict(seen[-2:])
    wide = {photo.row.file: photo.findings.lesions[0].box.width for photo in scored}
    assert sorted(last) == ["small.png", "smaller.png"]
    assert all(np.isclose(last[name], 2 * wide[name], rtol=0.15) for name in last)


def test_no_marks_are_drawn_if_none_are_asked_for(photos, scorer):
    root, scored = photos
    assert measure_marks(scored, root, scorer, 0, report_progress=lambda *_: None) is None
