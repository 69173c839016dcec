"""A run's folder is read back as it was written, and its options do not change on the way."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from models.training.runs import (
    RunError,
    check_asked,
    check_device,
    check_free,
    name_start,
    read_config,
    read_plain_config,
    read_version,
)
from models.training.sampling import SamplingConfig
from models.training.trainer import RECIPES, TrainConfig
from models.training.views import ViewConfig
from tests.support.tiny_release import write_tiny_release

CONFIG = TrainConfig(
    network="vit",
    views=3000,
    sampling=SamplingConfig(acral=0.2),
    drawing=ViewConfig(zoom=0.1),
    **RECIPES["vit"],
)


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    write_tiny_release(tmp_path / "tiny")
    return tmp_path / "tiny"


def write_config(run: Path, config: TrainConfig) -> None:
    (run / "config.json").write_text(json.dumps(asdict(config)))


def test_a_config_is_read_as_it_was_written(tmp_path: Path) -> None:
    """With the rates, shares and views of its own."""
    config = replace(CONFIG, start="0.3.0", start_view=640)
    write_config(tmp_path, config)
    assert read_config(tmp_path) == config


@pytest.mark.parametrize("teacher", ["", "runs/cnn"])
def test_a_run_from_when_there_was_one_teacher_is_read(teacher: str, tmp_path: Path) -> None:
    raw = asdict(CONFIG)
    del raw["teachers"], raw["mixing"]
    (tmp_path / "config.json").write_text(json.dumps({**raw, "teacher": teacher}))
    assert read_config(tmp_path) == replace(CONFIG, teachers=(teacher,) if teacher else ())


@pytest.mark.parametrize("text", [None, "{}", '{"network": "cnn", "minutes": 90, "rates": {}}', "[]"])
def test_what_is_no_run_cannot_go_on(tmp_path: Path, text: str | None) -> None:
    """Nothing, something else, or a run of an earlier way of training."""
    if text is not None:
        (tmp_path / "config.json").write_text(text)
    with pytest.raises(RunError, match="begin a"):
        read_config(tmp_path)


def test_a_damaged_config_is_named(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"network": "cn')
    with pytest.raises(RunError, match=r"config\.json"):
        read_config(tmp_path)


def test_options_that_say_the_same_or_nothing_are_fine() -> None:
    check_asked(CONFIG, {"network": "vit", "views": 3000, "size_px": None, "start": None})


@pytest.mark.parametrize("asked", [{"views": 4000}, {"start": "0.3.0"}, {"size_px": 154}, {"network": "cnn"}])
def test_options_that_say_otherwise_are_refused(asked: dict[str, object]) -> None:
    with pytest.raises(RunError, match=f"{next(iter(asked))}.*goes on as it began"):
        check_asked(CONFIG, asked)


def test_a_new_run_overwrites_none(tmp_path: Path) -> None:
    check_free(tmp_path)
    (tmp_path / "last.pt").touch()
    with pytest.raises(RunError, match="--resume"):
        check_free(tmp_path)
    check_free(tmp_path, "finder.pt")


def test_a_start_is_named_by_its_version_or_its_file(tiny: Path, tmp_path: Path) -> None:
    (tmp_path / "last.pt").touch()
    assert name_start(tiny) == "tiny-1"
    assert name_start(tmp_path / "last.pt") == "last.pt"


def test_what_is_no_start_is_refused(tiny: Path) -> None:
    for place in (tiny / "none", tiny.parent):
        with pytest.raises(RunError, match="with --from"):
            name_start(place)


def test_a_graph_is_no_folder_of_a_pair(tiny: Path) -> None:
    with pytest.raises(RunError, match="pair's folder with --from"):
        read_version(tiny / "cnn.onnx", "--from")


def test_a_device_that_is_not_there_is_refused() -> None:
    check_device("cpu")
    for name in ("abacus", "cuda:99"):
        with pytest.raises(RunError, match=f"{name}.*--device"):
            check_device(name)


def test_a_card_names_runs_and_checkpoints_without_their_folders(tmp_path: Path) -> None:
    config = replace(CONFIG, start="/home/jane/runs/vit/last.pt", teachers=("/home/jane/first", "second"))
    (tmp_path / "config.json").write_text(json.dumps(asdict(config)))
    plain = read_plain_config(tmp_path)
    assert (plain["start"], plain["teachers"]) == ("last.pt", ("first", "second"))
    assert "jane" not in json.dumps(plain)
    (tmp_path / "config.json").write_text(json.dumps(asdict(CONFIG)))
    assert read_plain_config(tmp_path) == asdict(CONFIG)
