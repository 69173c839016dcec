"""`nevus drift` on a record of drawn photos that the tiny networks really read, and on files."""

import argparse
import asyncio
import io
import json
import time
from functools import cache, partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from bot.cases.recent_photos import judge_recent
from bot.cases.view import SeenPhoto, stored_photo
from bot.cli import main
from bot.commands import drift
from bot.monitor.listening import Listener
from bot.monitor.meters import Meters
from bot.monitor.server import MonitorServer
from bot.monitor.tracing import Tracer
from bot.settings_groups import MonitorSettings
from inference.evaluation.drift_reference import KEY, describe_reference
from inference.evaluation.labelled import LabelledFile
from inference.evaluation.scoring import PhotoScorer
from inference.readings import RiskLevel
from inference.release import load_release
from storage.database.sessions import Database
from storage.record.cases import add_case
from tests.support.builders import RULES
from tests.support.drawn import draw_lesion
from tests.support.records import at, new_case
from tests.support.tiny_release import write_tiny_release

pytestmark = pytest.mark.backends("sqlite")  # the queries are tested on both databases elsewhere

SIZE_PX = 96
KINDS = ("naevus", "melanoma")


@cache
def draw(seed: int) -> np.ndarray:
    return np.asarray(draw_lesion(seed, kind=KINDS[seed % 2], size_px=SIZE_PX))


def save(folder: Path, seed: int, change: float = 1.0) -> str:
    """A lesion as a file; `change` multiplies its light."""
    path = folder / f"{seed}-{change}.png"
    Image.fromarray((draw(seed) * change).astype(np.uint8)).save(path)
    return str(path)


def score(models: Path, files: list[str]) -> list[Any]:
    rows = [LabelledFile(file=file, label="", source="", group="", split="") for file in files]
    return [result.findings for result in PhotoScorer.load(models, threads=2).score_files(rows, Path())]


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Tiny networks with a reference of their own: 160 drawn lesions, half of them melanomas."""
    folder = tmp_path_factory.mktemp("models")
    write_tiny_release(folder)
    findings = score(folder, [save(folder, seed) for seed in range(160)])
    photos = [(each, bool(seed % 2)) for seed, each in enumerate(findings)]
    pair = json.loads((folder / "pair.json").read_text())
    (folder / "pair.json").write_text(json.dumps(pair | {KEY: describe_reference(photos)}))
    return folder


@pytest.fixture(autouse=True)
def environment(models, database_url, tmp_path, monkeypatch):
    monkeypatch.setenv("NEVUS_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("NEVUS_DATABASE_URL", database_url)
    monkeypatch.setenv("NEVUS_MODELS_DIR", str(models))


@pytest.fixture
def record(database_url, models, tmp_path):
    """Writes a case for each file, as the bot would."""

    def do(files: list[str]) -> None:
        seen = [SeenPhoto(place=1, photo_hash="0" * 64, findings=each) for each in score(models, files)]

        async def go() -> None:
            database = Database(database_url)
            async with database.write() as session:
                for number, photo in enumerate(seen):
                    photos = (stored_photo(photo, RiskLevel.MODERATE, RULES),)
                    case = new_case(f"turn-{number}", photos=photos, versions={"pair": "tiny-1"})
                    await add_case(session, case, now=at(number))
            await database.close()

        asyncio.run(go())

    return do


def run(capsys, *arguments: str) -> tuple[int, dict[str, Any]]:
    code = main(["drift", "--json", *arguments])
    return code, json.loads(capsys.readouterr().out)


def states(shown: dict[str, Any]) -> dict[str, str]:
    return {each["measure"]: each["state"] for each in shown["measures"]}


def test_photos_like_those_of_calibration_are_steady(record, tmp_path, capsys):
    record([save(tmp_path, seed) for seed in range(200, 260)])
    code, shown = run(capsys)
    assert (code, shown["state"], shown["photos"]) == (0, "steady", 60)


def test_half_of_the_photos_dark_is_noticed(record, tmp_path, capsys):
    record([save(tmp_path, seed, 1.0 if seed % 2 else 0.3) for seed in range(200, 260)])
    code, shown = run(capsys)
    assert code == 1
    assert states(shown)["brightness"] == "drifted"


async def look(database_url: str, models: Path) -> Meters:
    """What the monitor of a running product would show."""
    database = Database(database_url)
    monitor = MonitorServer(
        settings=MonitorSettings(),
        listener=Listener(Meters(), Tracer()),
        database=database,
        engine=SimpleNamespace(release=load_release(models)),
        judge_drift=partial(judge_recent, database),
        now=time.time,
        version="0",
    )
    await monitor.look_at_drift()
    await database.close()
    return monitor.listener.meters


def test_the_metrics_say_the_same(record, tmp_path, database_url, models):
    record([save(tmp_path, seed, 1.0 if seed % 2 else 0.3) for seed in range(200, 260)])
    shown = asyncio.run(look(database_url, models)).registry.get_sample_value
    assert shown("nevus_drift_photos") == 60
    assert shown("nevus_drift_state", {"measure": "brightness"}) == 3
    assert shown("nevus_drift_psi", {"measure": "brightness"}) > 0.25
    assert shown("nevus_drift_p_value", {"measure": "brightness"}) <= 0.001
    assert shown("nevus_build_info", {"version": "0", "pair": "tiny-1"}) == 1


def test_few_photos_are_too_few(record, tmp_path, capsys):
    record([save(tmp_path, seed) for seed in range(200, 220)])
    assert main(["drift"]) == 0
    told = capsys.readouterr().out
    assert "Too few photos" in told
    assert "20 photos read by pair tiny-1" in told


def test_an_empty_record_says_so(capsys):
    code, shown = run(capsys)
    assert (code, shown["state"], shown["photos"]) == (0, "too_few", 0)


def test_files_are_compared_without_a_record(tmp_path, capsys):
    """Half of them in another light: greenish, which the tiny networks take for a plain close-up."""
    files = [save(tmp_path, seed) for seed in range(300, 330)]
    for seed in range(330, 360):
        path = tmp_path / f"green-{seed}.png"
        Image.fromarray(draw(seed)[..., [2, 0, 1]]).save(path)
        files.append(str(path))
    (tmp_path / "list.txt").write_text("\n".join([*files, str(tmp_path / "missing.jpg")]))
    code, shown = run(capsys, "--from", str(tmp_path / "list.txt"))
    assert (code, shown["photos"]) == (1, 60)
    assert states(shown)["clinical"] == "drifted"


def test_photos_that_were_not_read_are_named_and_a_byte_order_mark_is_none(tmp_path, capsys):
    files = [save(tmp_path, 300), str(tmp_path / "missing.jpg")]
    (tmp_path / "list.txt").write_text("\n".join(files), encoding="utf-8-sig")
    assert main(["drift", "--json", "--from", str(tmp_path / "list.txt")]) == 1
    shown = capsys.readouterr()
    assert json.loads(shown.out)["photos"] == 1
    assert shown.err == f"1 photos were not read:\n  {files[1]} (cannot_open)\n"


def test_a_reader_that_leaves_is_no_fault_of_the_list(tmp_path, monkeypatch):
    (tmp_path / "list.txt").write_text(save(tmp_path, 300))

    def leave(*_arguments):
        raise BrokenPipeError

    monkeypatch.setattr(drift, "format_report", leave)
    with pytest.raises(BrokenPipeError):
        drift.run(argparse.Namespace(list=tmp_path / "list.txt", json=False))


def test_a_pair_without_a_reference_is_told_how_to_get_one(tmp_path, monkeypatch, capsys):
    write_tiny_release(tmp_path / "bare")
    monkeypatch.setenv("NEVUS_MODELS_DIR", str(tmp_path / "bare"))
    assert main(["drift"]) == 0
    assert "nevus models reference" in capsys.readouterr().out


def test_a_list_is_read_from_standard_input(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{save(tmp_path, 300)}\n"))
    code, shown = run(capsys, "--from", "-")
    assert (code, shown["photos"]) == (0, 1)


def test_a_list_that_cannot_be_read_is_refused_with_a_sentence(tmp_path, capsys):
    assert main(["drift", "--from", str(tmp_path / "nowhere")]) == 2
    assert capsys.readouterr().err == "nevus drift: the list of photos cannot be read.\n"


@pytest.mark.parametrize("arguments", [["--days", "1000000"], ["--cases", "9" * 20], ["--days", "0"]])
def test_numbers_out_of_range_are_refused(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        main(["drift", *arguments])
    assert refused.value.code == 2
    assert f"{arguments[0]}: must be at" in capsys.readouterr().err
