"""A run goes on as it was begun, whatever the command line leaves out, and its history stays."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest
import torch

from models.cli import main
from models.networks import LearningRates
from models.runs import RunError, check_asked, find_teacher, read_config, read_version
from models.training import GOING_ON, RECIPES, TrainConfig
from tests.support.tiny_release import write_tiny_release

pytestmark = pytest.mark.filterwarnings("ignore")  # of AUC without both classes among so few photos


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    write_tiny_release(tmp_path / "tiny")
    return tmp_path / "tiny"


def train(run: Path, data: Path, *more: object) -> int:
    return main(["train", "cnn", "--out", str(run), "--data", str(data), *map(str, more)])


def go_back(run: Path) -> int:
    """Forget that the time is up; how many steps were done."""
    state = torch.load(run / "last.pt", weights_only=True)
    state["progress"]["elapsed_s"] = 0.0
    torch.save(state, run / "last.pt")
    return int(state["progress"]["step"])


def begin_with_teacher(run: Path, data: Path, tiny: Path) -> bytes:
    """A run of one step; its config."""
    assert train(run, data, "--minutes", 0.001, "--teacher", tiny) == 0
    return (run / "config.json").read_bytes()


def test_a_run_goes_on_with_its_teacher_and_its_config_stays(
    data: Path, tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without the teacher that it was begun with it stops; with it, it goes on, start and recipe unasked."""
    run = tmp_path / "runs" / "cnn"
    config = begin_with_teacher(run, data, tiny)
    assert json.loads(config)["teacher"] == "tiny-1"
    steps = go_back(run)
    assert train(run, data, "--resume") == 1
    assert "tiny-1" in (error := capsys.readouterr().err)
    assert "--teacher" in error
    assert train(run, data, "--resume", "--teacher", tiny) == 0
    assert torch.load(run / "last.pt", weights_only=True)["progress"]["step"] > steps
    assert (run / "config.json").read_bytes() == config


def test_a_new_run_overwrites_none(
    data: Path, tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = begin_with_teacher(tmp_path / "run", data, tiny)
    assert train(tmp_path / "run", data, "--minutes", 0.001) == 1
    assert "holds a run already: go on with it by --resume" in capsys.readouterr().err
    assert (tmp_path / "run" / "config.json").read_bytes() == config


def test_options_that_say_otherwise_are_refused(
    data: Path, tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "runs" / "cnn"
    run.mkdir(parents=True)
    write_config(run, TrainConfig(network="cnn", minutes=3, **RECIPES["cnn"]))
    before = (run / "config.json").read_bytes()
    for option in (("--from", tiny), ("--teacher", tiny), ("--minutes", 4)):
        assert train(run, data, "--resume", *option) == 1
        assert "goes on as it began" in capsys.readouterr().err
    assert (run / "config.json").read_bytes() == before


def write_config(run: Path, config: TrainConfig) -> None:
    (run / "config.json").write_text(json.dumps(asdict(config)))


def test_a_config_is_read_as_it_was_written(tmp_path: Path) -> None:
    """With the halved rates of a run that went on from a release."""
    config = TrainConfig(network="cnn", minutes=3, start="0.2.0", teacher="0.2.0", **GOING_ON["cnn"])
    write_config(tmp_path, config)
    assert read_config(tmp_path) == config
    check_asked(config, {"minutes": 3.0, "start": None, "teacher": "0.2.0"})


@pytest.mark.parametrize("text", [None, "{}", '{"network": "cnn", "share_of_run": 0.5}'])
def test_what_is_no_run_cannot_go_on(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "config.json").write_text(text)
    with pytest.raises(RunError, match="begin a"):
        read_config(tmp_path)


def test_a_pair_of_another_version_is_no_teacher(tiny: Path) -> None:
    assert find_teacher("tiny-1", tiny) == tiny
    with pytest.raises(RunError, match=r"tiny-0.*--teacher"):
        find_teacher("tiny-0", tiny)


def test_a_graph_is_no_folder_of_a_pair(tiny: Path) -> None:
    for place in (tiny / "cnn.onnx", tiny / "none"):
        with pytest.raises(RunError, match="pair's folder with --from"):
            read_version(place, "--from")


def test_one_view_has_nothing_to_agree_with() -> None:
    """What a card publishes of the run's config is what the loss was made of."""
    config = TrainConfig(network="cnn", minutes=1, rates=LearningRates())
    assert (config.sampling.views, config.agreement_weight) == (1, 0)


@pytest.mark.parametrize(
    "words",
    [
        ("soup", "cnn", "--from", "x", "--share", "2"),
        ("soup", "cnn", "--from", "x", "--share", "half"),
        ("train", "cnn", "--minutes", "0"),
        ("repository", "x", "--instances", "0"),
        ("labels", "--out", "x", "--threads", "0"),
    ],
)
def test_numbers_out_of_range_are_bad_usage(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(words)
    assert stopped.value.code == 2
    assert words[-2] in capsys.readouterr().err


def test_each_error_is_a_sentence_that_says_what_to_do(
    data: Path, tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No traceback, no number of the system's."""
    given = ("--data", str(data))
    cases = {
        ("train", "cnn", "--teacher", "/nonexistent", *given): "with --teacher",
        ("train", "cnn", "--from", str(tiny / "cnn.onnx"), *given): "with --from",
        ("soup", "cnn", "--from", str(tiny / "cnn.onnx"), *given): "with --from",
        ("soup", "cnn", "--from", str(tiny), "--run", str(tmp_path / "none"), *given): "--run",
        ("train", "cnn", "--resume", "--out", str(tmp_path / "none"), *given): "--out",
        ("metrics", "--out", str(tmp_path / "none"), *given): "pair.json",
        ("labels", "--out", str(tmp_path), *given): "see that it is there",
        ("repository", str(data / "labels.csv"), "--models", str(tiny)): "see that it is there",
    }
    for words, expected in cases.items():
        assert main(words) == 1, words
        error = capsys.readouterr().err
        assert error.startswith("nevus models: "), words
        assert expected in error, words
        assert "Errno" not in error, words
