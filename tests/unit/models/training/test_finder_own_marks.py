"""The finder's own marks: the mean over sizes, learnt from only where it is sure."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from models.networks.finder import STRIDE, Finder
from models.training.finder_own_marks import LOOKS_PX, MarkedPhotos, find_marks, look, mark_collection
from models.training.photos import Kind, LabelledPhoto, Source

NOTHING = 0.25


def build_probabilities(*spots: tuple[float, float, float]) -> np.ndarray:
    """(60, 80) with discs: x and y as shares of the width and height, and the peak in the middle of each."""
    probabilities = np.full((60, 80), 0.1, np.float32)
    for x, y, peak in spots:
        rows, columns = np.mgrid[:60, :80]
        near = np.hypot(rows - y * 60, columns - x * 80) < 5
        probabilities[near] = peak
    return probabilities


def test_beside_the_lesion_in_the_middle_only_sure_ones_are_learnt() -> None:
    """What may or may not be a lesion is left out."""
    probabilities = build_probabilities((0.5, 0.5, 0.8), (0.9, 0.2, 0.9), (0.1, 0.8, 0.8))
    marks = find_marks(probabilities, reach=0.16, sure=0.7, nothing=0.25)
    assert [(bool(mask[30, 40]), bool(mask[12, 72]), bool(mask[48, 8])) for mask in marks] == [
        (True, False, False),
        (False, True, False),
    ]


def test_a_mark_keeps_its_faint_rim_and_its_probabilities(tmp_path: Path, lesion: np.ndarray) -> None:
    """A box rests on where a mark grows faint: it stays where it was only if that is learnt, too."""

    class Fading(torch.nn.Module):
        def forward(self, photos: torch.Tensor) -> torch.Tensor:
            axis = torch.linspace(-1, 1, photos.shape[1] // STRIDE)
            logits = 3 - 12 * torch.hypot(axis[:, None], axis[None, :])
            return logits.repeat(len(photos), 1, 1)

    Image.fromarray(lesion).save(tmp_path / "photo.png")
    photo = LabelledPhoto(
        path=tmp_path / "photo.png", source=Source.ACRAL, label="benign", group="g", name="photo.png",
        kind=Kind.DERMOSCOPIC,
    )  # fmt: skip
    found = mark_collection(Fading(), [photo], Source.ACRAL, sure=0.0, nothing=NOTHING)
    assert found is not None
    assert found.sure.all()
    assert found.masks[0, 72, 96] > 0.9
    faint = found.masks[(found.masks > 0) & (found.masks < 0.5)]
    assert len(faint)
    assert faint.min() >= NOTHING


@pytest.mark.parametrize(
    ("spots", "reason"),
    [
        ([], "nothing is marked"),
        ([(0.9, 0.5, 0.95)], "it is too far from the middle"),
        ([(0.5, 0.5, 0.6)], "it is not sure"),
        ([(0.5, 0.5, 0.6), (0.9, 0.2, 0.99)], "another one is sure, this one is not"),
    ],
)
def test_a_doubtful_mark_is_not_learnt_from(spots: list[tuple[float, float, float]], reason: str) -> None:
    assert find_marks(build_probabilities(*spots), reach=0.16, sure=0.7, nothing=0.25) == [], reason


def test_where_nothing_is_marked_the_middle_of_a_dermoscopic_photo_is_lesion(
    tmp_path: Path, lesion: np.ndarray
) -> None:
    """A lesion that fills the frame has no edge to be marked by; a close-up may show it anywhere."""

    class Blind(torch.nn.Module):
        def forward(self, photos: torch.Tensor) -> torch.Tensor:
            return torch.full((len(photos), photos.shape[1] // STRIDE, photos.shape[2] // STRIDE), -4.0)

    Image.fromarray(lesion).save(tmp_path / "photo.png")
    marked = {}
    for source, kind in ((Source.ACRAL, Kind.DERMOSCOPIC), (Source.MILK_CLOSEUP, Kind.CLINICAL)):
        photo = LabelledPhoto(
            path=tmp_path / "photo.png", source=source, label="benign", group="g", name="photo.png", kind=kind
        )
        marked[source] = mark_collection(Blind(), [photo], source, sure=0.0, nothing=NOTHING)
    assert marked[Source.MILK_CLOSEUP] is None
    found = marked[Source.ACRAL]
    assert found is not None
    assert found.masks[0, 72, 96]
    assert 0.05 < found.masks.mean() < 0.15
    assert np.array_equal(found.masks, found.sure), "the rest of the photo is not known"


def test_probabilities_have_the_photos_own_size() -> None:
    """Also where the canvas shows it between bars."""
    network = Finder(pretrained=False).eval()
    for size in ((240, 320), (144, 192), (60, 30)):
        probabilities = look(network, np.zeros((*size, 3), np.uint8))
        assert probabilities.shape == size
        assert 0 <= probabilities.min() <= probabilities.max() <= 1


class Side(torch.nn.Module):
    """Sure of a lesion in the left half, and only on the largest canvas."""

    def forward(self, photos: torch.Tensor) -> torch.Tensor:
        cells = photos.shape[1] // STRIDE
        logits = torch.full((len(photos), cells, cells), -2.0)
        if photos.shape[1] == max(LOOKS_PX):
            logits[0, :, : cells // 2] = 10.0
        return logits


def test_all_sizes_and_the_mirror_image_have_a_say() -> None:
    """The mean logit: what one look of six is sure of is no more than likely."""
    probabilities = look(Side(), np.zeros((60, 80, 3), np.uint8))
    left, right = probabilities[30, 8], probabilities[30, 72]
    assert left == pytest.approx(0.5, abs=0.01)
    assert right == pytest.approx(1 / (1 + np.exp(2.0)), abs=0.01)


def test_photos_of_several_lesions_are_drawn_more_often() -> None:
    several = np.arange(100) < 10
    photos = MarkedPhotos(
        pixels=np.zeros((100, 2, 2, 3), np.uint8), masks=np.zeros((100, 2, 2), np.float32),
        sure=np.ones((100, 2, 2), bool), several=several, zoom=1.0, share=0.3,
    )  # fmt: skip
    drawn = photos.draw(4000, np.random.default_rng(3))
    assert 0.21 < several[drawn].mean() < 0.29
