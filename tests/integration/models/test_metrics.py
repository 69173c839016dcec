"""The figures of pair.json computed again from the graphs, the photos and nothing else."""

import json
import shutil
from pathlib import Path

import pytest

from bot.routing.measured import read_measures
from inference.release import find_directory, load_release
from models.release.calibrating import CalibrateConfig, renew_metrics
from models.training.photos import fold_of, read_photos
from tests.support.drawn import draw_lesion, jpeg_bytes

pytestmark = pytest.mark.weights
needs_release = pytest.mark.skipif(
    not (find_directory() / "pair.json").exists(),
    reason="no released pair in models/released",
)
KINDS = (("m10k", "benign"), ("m10k", "melanoma"), ("isic2018_val", "benign"), ("isic2018_val", "melanoma"))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Drawn lesions: two of each class in the validation fold and in the old archive, and a bare photo."""
    rows = ["file,source,split,label,diagnosis,group,note", "0.jpg,normal_skin_30,train,no_lesion,,bare,"]
    (tmp_path / "0.jpg").write_bytes(jpeg_bytes(draw_lesion(0, size_px=200)))
    for number in range(1, 200):
        source, label = KINDS[number % len(KINDS)]
        rows.append(f"{number}.jpg,{source},train,{label},,g{number},")
    (tmp_path / "labels.csv").write_text("\n".join(rows))
    kept = [rows[0], rows[1]]
    for source, label in KINDS:
        found = [
            photo
            for photo in read_photos(tmp_path)
            if (photo.published_in, photo.label) == (source, label)
            and (source != "m10k" or fold_of(photo, 10, 20) == 0)
        ]
        for photo in found[:2]:
            photo.path.write_bytes(jpeg_bytes(draw_lesion(int(photo.path.stem), size_px=200)))
            kept.append(f"{photo.path.name},{source},train,{label},,{photo.group},")
    (tmp_path / "labels.csv").write_text("\n".join(kept))
    return tmp_path


@needs_release
def test_only_the_metrics_change_and_every_reader_understands_them(data: Path, tmp_path: Path) -> None:
    """Also what only a run could tell stays: what the gate makes of built scenes."""
    out = tmp_path / "pair"
    shutil.copytree(find_directory(), out)
    before = json.loads((out / "pair.json").read_text(encoding="utf-8"))
    before["metrics"]["domain"]["scenes"] = {"other_as_other": {"value": 1.0}}
    (out / "pair.json").write_text(json.dumps(before), encoding="utf-8")
    assert renew_metrics(data, out, config=CalibrateConfig(counterfactual_photos=1)) == 8
    release = load_release(out)
    assert {**release.pair, "metrics": None} == {**before, "metrics": None}
    metrics = release.pair["metrics"]
    assert set(metrics) == {*before["metrics"], "malignant"}  # the pair of 0.3.0 has no figures of it
    assert metrics["domain"]["scenes"] == before["metrics"]["domain"]["scenes"]
    assert {each.source: each.photos for each in read_measures(release.pair)} == {"old_archive": 4, "isic": 4}
    assert metrics["sources"]["isic"]["pair"]["ece"]["low"] is not None
    for moves in metrics["counterfactuals"].values():
        for move in moves.values():
            assert move["low"] <= move["points"] <= move["high"] + 1e-9
