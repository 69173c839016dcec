"""The average of two runs' weights is a run of its own."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest
import torch

from models.networks.build import LearningRates
from models.training.finder_training import FINDER_WEIGHTS
from models.training.runs import RunError
from models.training.soup import blend, mix_finders, mix_runs, read_mixture
from models.training.trainer import TrainConfig


def write_run(run: Path, value: float, **changes: object) -> Path:
    """A run of one weight and one count."""
    fields = {"network": "cnn", "views": 8, "size_px": 32, "rates": LearningRates(), **changes}
    run.mkdir(parents=True)
    (run / "config.json").write_text(json.dumps(asdict(TrainConfig(**fields))))
    weights = {"head.weight": torch.full((2, 3), value), "steps": torch.tensor(int(value))}
    torch.save({"network": weights, "average": weights, "progress": {"views": 8}}, run / "last.pt")
    return run


def test_weights_lie_between_both_runs(tmp_path: Path) -> None:
    """A quarter of the first; whole numbers are the first's; what it was made of is written down."""
    first, second = write_run(tmp_path / "cnn", 4.0), write_run(tmp_path / "other", 8.0)
    out = mix_runs("cnn", first, second, share=0.25)
    assert out == tmp_path / "cnn-soup"
    mixed = torch.load(out / "last.pt", weights_only=True)
    assert mixed["average"]["head.weight"].unique().tolist() == [7.0]
    assert mixed["average"]["steps"].item() == 4
    assert mixed["progress"] == {"views": 8}
    assert json.loads((out / "soup.json").read_text()) == {"run": "cnn", "other": "other", "share": 0.25}
    assert (out / "config.json").read_text() == (first / "config.json").read_text()


@pytest.mark.parametrize(("share", "expected"), [(0.0, 2.0), (1.0, 1.0), (0.5, 1.5)])
def test_a_share_is_of_the_first(share: float, expected: float) -> None:
    mixed = blend({"w": torch.tensor(1.0)}, {"w": torch.tensor(2.0)}, share)
    assert mixed["w"].item() == expected


@pytest.mark.parametrize("change", [{"size_px": 48}, {"network": "vit"}])
def test_runs_of_two_networks_or_sizes_are_not_mixed(tmp_path: Path, change: dict[str, object]) -> None:
    first, second = write_run(tmp_path / "a", 1.0), write_run(tmp_path / "b", 2.0, **change)
    with pytest.raises(RunError, match="not two runs of the cnn at one size"):
        mix_runs("cnn", first, second, share=0.5)
    assert not (tmp_path / "a-soup").exists()


def test_an_earlier_mixture_is_not_overwritten(tmp_path: Path) -> None:
    first, second = write_run(tmp_path / "a", 1.0), write_run(tmp_path / "b", 2.0)
    (tmp_path / "a-soup").mkdir()
    with pytest.raises(RunError, match="exists already"):
        mix_runs("cnn", first, second, share=0.5)


def test_a_run_without_a_checkpoint_is_not_mixed(tmp_path: Path) -> None:
    first, second = write_run(tmp_path / "a", 1.0), write_run(tmp_path / "b", 2.0)
    (second / "last.pt").unlink()
    with pytest.raises(FileNotFoundError, match="train first"):
        mix_runs("cnn", first, second, share=0.5)
    assert not (tmp_path / "a-soup").exists()


def test_two_finders_are_mixed_and_the_card_names_both(tmp_path: Path) -> None:
    first, second = tmp_path / "finder", tmp_path / "other"
    for run, value in ((first, 4.0), (second, 8.0)):
        run.mkdir()
        (run / "config.json").write_text(f'{{"second_steps": {value}}}')
        torch.save({"head.weight": torch.full((2, 3), value)}, run / FINDER_WEIGHTS)
    out = mix_finders(first, second, share=0.25)
    assert out == tmp_path / "finder-soup"
    mixed = torch.load(out / FINDER_WEIGHTS, weights_only=True)
    assert mixed["head.weight"].unique().tolist() == [7.0]
    assert read_mixture(out) == {"mixture": {"run": "finder", "other": "other", "share": 0.25}}
    assert read_mixture(first) == {}
    with pytest.raises(RunError, match="exists already"):
        mix_finders(first, second, share=0.5)


def test_a_run_that_left_no_finder_is_not_mixed(tmp_path: Path) -> None:
    first = tmp_path / "finder"
    first.mkdir()
    torch.save({}, first / FINDER_WEIGHTS)
    with pytest.raises(RunError, match="name runs that have ended"):
        mix_finders(first, tmp_path / "gone", share=0.5)
    assert not (tmp_path / "finder-soup").exists()
