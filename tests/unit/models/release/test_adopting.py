"""The chat says what the evaluation measured, of this pair alone."""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.routing.measured import read_measures
from inference.evaluation.run import describe_release
from inference.readings import RiskLevel
from inference.release import load_release
from inference.tested import find_melanoma_shares
from models.release.adopting import adopt_figures, check_photos
from models.release.export import ExportError
from tests.support.tiny_release import write_tiny_release

RELEASED = Path(__file__).parents[4] / "models" / "released"


def estimate(value: float, n: int = 100) -> dict[str, float]:
    return {"value": value, "low": round(value - 0.1, 4), "high": round(value + 0.1, 4), "n": n}


def describe_score(area: float) -> dict[str, Any]:
    half = {"sensitivity": estimate(0.7), "specificity": estimate(0.8)}
    return {
        "n": 100,
        "melanomas": 20,
        "auc": estimate(area),
        "ece": estimate(0.1),
        "specificity_at_95_sensitivity": estimate(0.5),
        "cuts": {"half": half},
    }


@pytest.fixture
def pair(tmp_path: Path) -> Path:
    write_tiny_release(tmp_path / "pair")
    path = tmp_path / "pair" / "pair.json"
    old = {"sources": {"ham": {}}, "levels": {}, "domain": {"scenes": {}}}
    data = {"train": {"ham/benign": 9}, "validation": {"ward/melanoma": 20}, "held_out": {"ward/benign": 80}}
    path.write_text(json.dumps({**json.loads(path.read_text()), "metrics": old, "data": data}))
    return tmp_path / "pair"


@pytest.fixture
def report(pair: Path) -> dict[str, Any]:
    levels = {"low": estimate(0.2), "moderate": estimate(0.2), "high": estimate(0.6)}
    part = {
        "labels": {"melanoma": 20, "benign": 80},
        "splits": {"validation": 20, "held_out": 80},
        "scores": {name: describe_score(area) for name, area in (("cnn", 0.8), ("vit", 0.7), ("pair", 0.9))},
        "malignant": describe_score(0.85),
        "levels": {"melanoma": levels, "benign": {**levels, "high": estimate(0.3)}},
    }
    bare = {"labels": {"no_lesion": 3}, "splits": {"validation": 3}}
    bare |= {"scores": {}, "malignant": {}, "levels": {"no_lesion": levels}}
    return {"release": describe_release(load_release(pair)), "sources": {"ward": part, "objects": bare}}


def adopt(report: dict[str, Any], pair: Path, tmp_path: Path) -> int:
    path = tmp_path / "evaluation.json"
    path.write_text(json.dumps(report))
    return adopt_figures(path, pair)


def test_every_reader_of_the_chat_finds_the_reports_figures(
    report: dict[str, Any], pair: Path, tmp_path: Path
) -> None:
    assert adopt(report, pair, tmp_path) == 2
    content = load_release(pair).pair
    (measured,) = read_measures(content)
    assert (measured.source, measured.photos, measured.melanomas) == ("ward", 100, 20)
    assert {who: area.value for who, area in measured.areas.items()} == {"pair": 0.9, "cnn": 0.8, "vit": 0.7}
    assert measured.missed is not None
    assert (measured.missed.value, measured.missed.low) == (0.2, 0.1)
    (share,) = find_melanoma_shares(content, RiskLevel.HIGH)
    assert (share.source, share.share, share.melanomas) == ("ward", 0.6, 100)
    ward = content["metrics"]["sources"]["ward"]["pair"]
    assert ward["others_below_high"] == {"value": 0.7, "low": 0.6, "high": 0.8, "n": 100}
    assert content["metrics"]["domain"] == {"scenes": {}}, "what the report does not measure stays"


@pytest.mark.parametrize("change", ["sha256", "thresholds", "version", "no decisions"])
def test_a_report_of_another_pair_is_refused(
    report: dict[str, Any], pair: Path, tmp_path: Path, change: str
) -> None:
    before = (pair / "pair.json").read_bytes()
    if change == "sha256":
        report["release"]["sha256"]["cnn.onnx"] = "0" * 64
    elif change == "thresholds":
        report["release"]["decisions"]["thresholds"] = {"moderate": 0.01}
    elif change == "version":
        report["release"]["version"] = "another"
    else:
        report["release"]["decisions"] = {}
    with pytest.raises(ExportError, match="another pair"):
        adopt(report, pair, tmp_path)
    assert (pair / "pair.json").read_bytes() == before


@pytest.mark.parametrize("change", ["a photo less", "a source less", "another source", "another split"])
def test_a_report_of_other_photos_is_refused(
    report: dict[str, Any], pair: Path, tmp_path: Path, change: str
) -> None:
    before, ward = (pair / "pair.json").read_bytes(), report["sources"]["ward"]
    if change == "a photo less":
        ward["labels"]["benign"] = 79
    elif change == "a source less":
        del report["sources"]["ward"]
    elif change == "another source":
        report["sources"]["mine"] = ward
    else:
        ward["splits"] = {"train": 100}
    with pytest.raises(ExportError, match=r"run `nevus evaluate .* --split validation --split held_out"):
        adopt(report, pair, tmp_path)
    assert (pair / "pair.json").read_bytes() == before


def test_a_pair_that_counts_no_photos_takes_no_figures(
    report: dict[str, Any], pair: Path, tmp_path: Path
) -> None:
    path = pair / "pair.json"
    content = json.loads(path.read_text())
    del content["data"]
    path.write_text(json.dumps(content))
    with pytest.raises(ExportError, match="does not say which photos"):
        adopt(report, pair, tmp_path)


def test_the_released_report_fits_the_released_pair() -> None:
    """Otherwise the check would refuse the figures that are published."""
    report, pair = (json.loads((RELEASED / name).read_text()) for name in ("evaluation.json", "pair.json"))
    check_photos(RELEASED / "evaluation.json", report["sources"], pair["data"])


@pytest.mark.parametrize("broken", [{}, {"release": {}}, {"release": []}])
def test_what_is_no_report_is_refused(broken: dict[str, Any], pair: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="nevus evaluate --json"):
        adopt(broken, pair, tmp_path)


@pytest.mark.parametrize("content", [b"file,label\na.jpg,benign\n", b"\xff\xd8\xff\xe0"])
def test_a_file_without_json_is_refused_in_the_same_words(content: bytes, pair: Path, tmp_path: Path) -> None:
    (tmp_path / "report.json").write_bytes(content)
    with pytest.raises(ValueError, match="nevus evaluate --json"):
        adopt_figures(tmp_path / "report.json", pair)
