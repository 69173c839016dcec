"""The finder learns in two rounds, and from its own marks only where they are sure and near the middle."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from models.networks.finder import SIZE_PX, Finder
from models.training.finder_scenes import Scenes
from models.training.finder_training import (
    FinderConfig,
    _find_middle,
    _look,
    _mark_collection,
    finder_loss,
    load_trained_finder,
    train_finder,
)
from models.training.photos import Kind, LabelledPhoto, Source

BRIEF = FinderConfig(first_steps=1, second_steps=1, batch=8, warmup_steps=1, sure=0.0)


@pytest.fixture
def photos(tmp_path: Path, lesion: np.ndarray) -> list[LabelledPhoto]:
    """Two of each source that the finder learns from; HAM's have outlines."""
    (tmp_path / "masks").mkdir()
    found = []
    for source in (Source.HAM, Source.MILK_CLOSEUP, Source.MILK_DERMOSCOPIC, Source.SKIN, Source.OBJECTS):
        for number in range(2):
            name = f"{source}{number}.png"
            Image.fromarray(lesion).save(tmp_path / name)
            found.append(
                LabelledPhoto(path=tmp_path / name, source=source, label="benign", group=name, name=name)
            )
    outline = (lesion.mean(axis=2) < 110).astype(np.uint8) * 255
    for number in range(2):
        Image.fromarray(outline).save(tmp_path / "masks" / f"ham{number}.png")
    return found


def test_a_run_leaves_a_finder_that_is_read_back(
    photos: list[LabelledPhoto], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Both rounds, also where a collection is not there."""
    trained = train_finder(photos, tmp_path, tmp_path / "run", BRIEF)
    again = load_trained_finder(tmp_path / "run")
    assert not again.training
    assert all(torch.equal(value, again.state_dict()[name]) for name, value in trained.state_dict().items())
    assert json.loads((tmp_path / "run" / "config.json").read_text())["sure"] == 0.0
    said = capsys.readouterr().out
    assert "photos of milk_closeup" in said
    assert "marked 0 photos of acral" in said


def test_without_a_finished_run_there_is_no_finder(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load_trained_finder(tmp_path)


def build_probabilities(*spots: tuple[float, float, float]) -> np.ndarray:
    """(60, 80) with discs: x and y as shares of the width and height, and the peak in the middle of each."""
    probabilities = np.full((60, 80), 0.1, np.float32)
    for x, y, peak in spots:
        rows, columns = np.mgrid[:60, :80]
        near = np.hypot(rows - y * 60, columns - x * 80) < 5
        probabilities[near] = peak
    return probabilities


def test_the_mark_in_the_middle_is_taken_and_others_are_not() -> None:
    """The label is of the lesion in the middle; one beside it may be anything."""
    mask = _find_middle(
        build_probabilities((0.5, 0.5, 0.9), (0.9, 0.2, 0.99)), reach=0.16, sure=0.7, nothing=0.25
    )
    assert mask is not None
    assert mask[30, 40]
    assert not mask[12, 72]


def test_a_mark_keeps_its_faint_rim_and_its_probabilities(tmp_path: Path, lesion: np.ndarray) -> None:
    """A box rests on where a mark grows faint: it stays where it was only if that is learnt, too."""

    class Fading(torch.nn.Module):
        def forward(self, photos: torch.Tensor) -> torch.Tensor:
            axis = torch.linspace(-1, 1, 48)
            logits = 3 - 12 * torch.hypot(axis[:, None], axis[None, :])
            return logits.repeat(len(photos), 1, 1)

    Image.fromarray(lesion).save(tmp_path / "photo.png")
    photo = LabelledPhoto(
        path=tmp_path / "photo.png", source=Source.ACRAL, label="benign", group="g", name="photo.png",
        kind=Kind.DERMOSCOPIC,
    )  # fmt: skip
    found = _mark_collection(Fading(), [photo], Source.ACRAL, BRIEF)
    assert found is not None
    assert found.sure.all()
    assert found.masks[0, 72, 96] > 0.9
    faint = found.masks[(found.masks > 0) & (found.masks < 0.5)]
    assert len(faint)
    assert faint.min() >= BRIEF.nothing


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
    assert _find_middle(build_probabilities(*spots), reach=0.16, sure=0.7, nothing=0.25) is None, reason


def test_where_nothing_is_marked_the_middle_of_a_dermoscopic_photo_is_lesion(
    tmp_path: Path, lesion: np.ndarray
) -> None:
    """A lesion that fills the frame has no edge to be marked by; a close-up may show it anywhere."""

    class Blind(torch.nn.Module):
        def forward(self, photos: torch.Tensor) -> torch.Tensor:
            return torch.full((len(photos), 48, 48), -4.0)

    Image.fromarray(lesion).save(tmp_path / "photo.png")
    marked = {}
    for source, kind in ((Source.ACRAL, Kind.DERMOSCOPIC), (Source.MILK_CLOSEUP, Kind.CLINICAL)):
        photo = LabelledPhoto(
            path=tmp_path / "photo.png", source=source, label="benign", group="g", name="photo.png", kind=kind
        )
        marked[source] = _mark_collection(Blind(), [photo], source, BRIEF)
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
        probabilities = _look(network, np.zeros((*size, 3), np.uint8))
        assert probabilities.shape == size
        assert 0 <= probabilities.min() <= probabilities.max() <= 1


class Constant(torch.nn.Module):
    """Says the same logit everywhere."""

    def __init__(self, logits: torch.Tensor) -> None:
        super().__init__()
        self.logits = logits

    def forward(self, photos: torch.Tensor) -> torch.Tensor:
        assert photos.shape[1:] == (SIZE_PX, SIZE_PX, 3)
        return self.logits


def build_scenes(masks: torch.Tensor, weights: torch.Tensor) -> Scenes:
    return Scenes(torch.zeros(1, 3, SIZE_PX, SIZE_PX), masks, weights)


def test_the_loss_falls_as_marks_meet_the_mask() -> None:
    mask = torch.zeros(1, 1, SIZE_PX, SIZE_PX)
    mask[:, :, 48:144, 48:144] = 1
    truth = torch.nn.functional.avg_pool2d(mask, 4)[:, 0]
    losses = [
        float(finder_loss(Constant((truth * 2 - 1) * sure), build_scenes(mask, torch.ones_like(mask)), 0.7))
        for sure in (-5.0, 0.0, 5.0)
    ]
    assert losses[0] > losses[1] > losses[2]
    assert losses[2] < 0.1


def test_cells_without_a_weight_cost_nothing() -> None:
    mask = torch.zeros(1, 1, SIZE_PX, SIZE_PX)
    weights = torch.ones_like(mask)
    weights[:, :, :96] = 0
    quiet, loud = torch.full((2, 1, 48, 48), -4.0)
    loud[:, :24] = 9.0
    scenes = build_scenes(mask, weights)
    first, second = (finder_loss(Constant(logits), scenes, 0.7) for logits in (quiet, loud))
    assert float(first) == pytest.approx(float(second))
