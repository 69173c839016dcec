"""The finder learns in two rounds: from outlines, then also from its own marks."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from models.networks.finder import SIZE_PX
from models.training.finder_scenes import Scenes
from models.training.finder_training import FinderConfig, finder_loss, load_trained_finder, train_finder
from models.training.photos import LabelledPhoto, Source

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
