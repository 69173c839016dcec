"""`nevus models`: each subcommand with its options, and each fault as one sentence."""

import csv
import errno
import json
import sys
from pathlib import Path

import pytest
import torch

from models.cli import _explain, main
from models.training.crop_folder import CropFolder
from tests.support.tiny_release import write_tiny_release

pytestmark = pytest.mark.filterwarnings("ignore")  # of AUC without both classes among so few photos


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """A pair with a finder that marks what is dark."""
    write_tiny_release(tmp_path / "tiny", finder=True)
    return tmp_path / "tiny"


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return tmp_path / "runs" / "cnn"


def train(run: Path, data: Path, *more: object) -> int:
    """The CNN at a size that takes no time."""
    return main(["train", "cnn", "--out", str(run), "--data", str(data), *map(str, more)])


def begin(run: Path, data: Path, *more: object) -> int:
    return train(run, data, "--size", 32, "--views", 128, *more)


def read_views(run: Path) -> int:
    return int(torch.load(run / "last.pt", weights_only=True)["progress"]["views"])


def read_config(run: Path) -> dict[str, object]:
    config: dict[str, object] = json.loads((run / "config.json").read_text())
    return config


def test_crops_are_written_by_the_finder_that_is_named(
    data: Path, tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "crops"
    assert main(["crops", "--data", str(data), "--finder", str(tiny), "--out", str(out)]) == 0
    assert "'photos': 24, 'without_a_found_lesion': 0" in capsys.readouterr().out
    assert len(CropFolder.open(out).photos) == 24
    about = json.loads((out / "crops.json").read_text())
    pair = json.loads((tiny / "pair.json").read_text())
    assert about["finder_sha256"] == pair["sha256"]["finder.onnx"]
    assert about["policy"]["fill"] == 0.56


def test_a_run_stops_with_its_time_and_goes_on(crops: Path, run: Path) -> None:
    """To the end of the schedule that it was begun with; its config stays."""
    assert begin(run, crops, "--minutes", 0.000001) == 0
    config = (run / "config.json").read_bytes()
    assert read_views(run) == 0
    assert train(run, crops, "--resume") == 0
    assert read_views(run) == 128
    assert (run / "config.json").read_bytes() == config
    assert (read_config(run)["size_px"], read_config(run)["start"]) == (32, "pretrained")


def test_a_run_starts_from_another_ones_checkpoint_late_in_the_schedule(
    crops: Path, run: Path, tmp_path: Path
) -> None:
    """The last part at a larger size, as a long training ends."""
    assert begin(run, crops, "--minutes", 0.000001) == 0
    late = tmp_path / "runs" / "late"
    options = ("--from", run / "last.pt", "--at-view", 64, "--size", 48, "--views", 128)
    assert train(late, crops, *options) == 0
    assert read_views(late) == 128
    config = read_config(late)
    assert (config["start"], config["start_view"], config["size_px"]) == ("last.pt", 64, 48)


def test_options_that_say_otherwise_are_refused(
    crops: Path, run: Path, tiny: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert begin(run, crops, "--minutes", 0.000001) == 0
    before = (run / "config.json").read_bytes()
    for option in (("--from", tiny), ("--views", 999), ("--size", 64), ("--at-view", 64)):
        assert train(run, crops, "--resume", *option) == 1
        assert "goes on as it began" in capsys.readouterr().err
    assert (run / "config.json").read_bytes() == before


def test_a_new_run_overwrites_none(crops: Path, run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert begin(run, crops, "--minutes", 0.000001) == 0
    before = (run / "last.pt").read_bytes()
    assert begin(run, crops) == 1
    assert "holds a run already: go on with it by --resume" in capsys.readouterr().err
    assert (run / "last.pt").read_bytes() == before


def test_soup_needs_no_photos(crops: Path, run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = run.with_name("other")
    for each in (run, other):
        assert begin(each, crops, "--minutes", 0.000001) == 0
    assert main(["soup", "cnn", "--run", str(run), "--from", str(other)]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == str(run.with_name("cnn-soup"))


def test_labels_are_those_of_the_photos(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "labels-out.csv"
    assert main(["labels", "--data", str(data), "--out", str(out)]) == 0
    with out.open(newline="") as table:
        rows = list(csv.DictReader(table))
    assert len(rows) == 24
    assert {row["split"] for row in rows} <= {"train", "validation", "held_out"}


@pytest.mark.parametrize(
    "words",
    [
        ("soup", "cnn", "--from", "x", "--share", "2"),
        ("soup", "cnn", "--from", "x", "--share", "half"),
        ("train", "cnn", "--minutes", "0"),
        ("train", "cnn", "--views", "0"),
        ("train", "cnn", "--size", "small"),
        ("train", "cnn", "--at-view", "-64"),
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


@pytest.mark.parametrize(
    "option",
    [
        ("--size", "192"),
        ("--device", "cuda"),
        ("--minutes", "9"),
        ("--at-view", "64"),
        ("--resume",),
    ],
)
def test_the_finder_is_trained_by_none_of_the_classifiers_options(
    data: Path, option: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["train", "finder", "--data", str(data), *option])
    assert stopped.value.code == 2
    assert f"trained without {option[0]}" in capsys.readouterr().err


@pytest.mark.parametrize("words", [("train", "cnn"), ("crops", "--out", "x"), ("twins",)])
def test_without_photos_the_command_says_what_to_set(
    words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("NEVUS_DATA_DIR", raising=False)
    with pytest.raises(SystemExit) as stopped:
        main(words)
    assert stopped.value.code == 2
    assert "NEVUS_DATA_DIR" in capsys.readouterr().err


def test_the_folder_may_be_named_by_the_setting(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEVUS_DATA_DIR", str(data))
    assert main(["labels", "--out", str(tmp_path / "out.csv")]) == 0


def test_each_error_is_a_sentence_that_says_what_to_do(
    data: Path, crops: Path, tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No traceback, no number of the system's."""
    photos, cropped, none = ("--data", str(data)), ("--data", str(crops)), str(tmp_path / "none")
    out = ("--out", str(tmp_path / "new"))
    cases = {
        ("train", "cnn", *out, *photos): "nevus models crops",
        ("train", "cnn", *out, "--data", none): "nevus models crops",
        ("train", "cnn", *out, "--from", "/nonexistent", *cropped): "with --from",
        ("train", "cnn", *out, "--from", str(tiny / "cnn.onnx"), *cropped): "with --from",
        ("train", "cnn", *out, "--from", str(tmp_path), *cropped): "with --from",
        ("train", "cnn", *out, "--views", "64", "--at-view", "64", *cropped): "--at-view 64 is not below",
        ("train", "cnn", *out, "--device", "abacus", *cropped): "--device",
        ("train", "vit", *out, "--size", "100", *cropped): "14 px patch",
        ("train", "cnn", "--resume", "--out", none, *cropped): "--out",
        ("train", "finder", *out, *photos): "outline",
        ("crops", "--finder", none, *out, *photos): "check the path",
        ("crops", "--finder", str(tiny), "--out", str(crops), *photos): "holds crops already",
        ("crops", "--finder", str(tiny), *out, "--data", none): "labels.csv is missing",
        ("soup", "cnn", "--from", str(tiny), "--run", none): "config.json cannot be read",
        ("export", "--only", "cnn", "--version", "x", "--cnn", none, *out, *cropped): "none",
        ("export", "--only", "finder", "--version", "x", "--finder", none, *out, *photos): "none",
        ("metrics", "--out", none, *cropped): "pair.json",
        ("labels", "--out", str(tmp_path), *photos): "check the path",
        ("repository", str(data / "labels.csv"), "--models", str(tiny)): "check the path",
    }
    for words, expected in cases.items():
        assert main(words) == 1, words
        error = capsys.readouterr().err
        assert error.startswith("nevus models: "), words
        assert expected in error, (words, error)
        assert "Errno" not in error, words
        assert error.count("\n") == 1, (words, error)
    assert not (tmp_path / "new" / "last.pt").exists()


def test_an_error_of_a_copy_names_its_target() -> None:
    error = OSError(errno.ENOSPC, "No space left on device", "cnn.onnx", None, "repository/model.onnx")
    assert _explain(error).startswith("repository/model.onnx: No space left on device")


def test_an_error_shows_the_subcommands_own_usage(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["train", "cnn", "--wrong"], ["train", "cnn"]):
        with pytest.raises(SystemExit, match="2"):
            main(arguments)
        assert capsys.readouterr().err.startswith("usage: nevus models train")


def test_without_torch_the_table_is_written_and_the_rest_says_what_to_install(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    assert main(["labels", "--data", str(data), "--out", str(tmp_path / "labels.csv")]) == 0
    assert (tmp_path / "labels.csv").is_file()
    assert main(["boxes", "--data", str(data)]) == 1
    assert "make training" in capsys.readouterr().err


def test_the_finder_has_no_teacher(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["train", "finder", "--data", str(data), "--teacher", "run"])
    assert "--teacher" in capsys.readouterr().err
