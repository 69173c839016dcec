"""From a folder of crops and exported graphs to a pair that serving reads, each kind of photo by itself."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inference.readings import Domain
from inference.release import load_release
from models.release.calibrating import CalibrateConfig, calibrate_release
from models.release.finder_export import POLICY
from models.training.photos import LabelledPhoto, Source, is_validation
from tests.support.tiny_release import write_tiny_release

pytestmark = pytest.mark.filterwarnings("ignore")  # of AUC without both classes in a small part

TABLES = {
    "labels.csv": "file,source,split,label,diagnosis,group,note",
    "milk/labels.csv": "file,kind,label,diagnosis,confirmed,age,sex,site,skin_tone,group,also",
}
LABELS = ("benign", "melanoma", "other_malignant", "benign")
SKIN = {"dermoscopic": (225, 150, 150), "clinical": (150, 225, 150)}  # as the tiny graphs tell kinds


def draw(folder: Path, name: str, label: str, *, kind: str, seed: int) -> None:
    """A lesion whose darkness mostly says the class; fainter on a close-up."""
    rng = np.random.default_rng(seed)
    tone = {"benign": 115, "melanoma": 75, "other_malignant": 95}[label] + rng.normal(0, 18)
    photo = np.full((120, 120, 3), SKIN[kind], np.uint8)
    photo[36:84, 36:84] = np.clip(tone + (12 if kind == "clinical" else 0), 0, 255)
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(photo).save(path, format="PNG")


def find_group(prefix: str, source: Source, count: int) -> str:
    """A group of the validation fold."""
    for number in range(count * 1000, count * 1000 + 1000):
        group = f"{prefix}{number}"
        photo = LabelledPhoto(path=Path("x"), source=source, label="benign", group=f"milk/{group}")
        photo = photo if source is Source.MILK_CLOSEUP else replace(photo, group=group)
        if is_validation(photo, folds=10, seed=20):
            return group
    raise AssertionError


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Crops of HAM and `milk` in the validation fold, of the old archive, and one without a lesion."""
    folder = tmp_path / "data"
    rows = {name: [header] for name, header in TABLES.items()}
    for number in range(48):
        label = LABELS[number % len(LABELS)]
        name = f"{number}.png"
        source = "isic2018_val" if number % 6 == 5 else "ham10000"
        group = f"old{number}" if source == "isic2018_val" else find_group("g", Source.HAM, number)
        draw(folder, name, label, kind="dermoscopic", seed=number)
        rows["labels.csv"].append(f"{name},{source},train,{label},,{group},")
        lesion = find_group("l", Source.MILK_CLOSEUP, number)
        for kind, seed in (("clinical", 100 + number), ("dermoscopic", 200 + number)):
            draw(folder / "milk", f"{kind}/{name}", label, kind=kind, seed=seed)
            rows["milk/labels.csv"].append(f"{kind}/{name},{kind},{label},NV,,60,,,2,{lesion},")
    Image.new("RGB", (120, 120), (150, 150, 225)).save(folder / "bare.png")
    rows["labels.csv"].append("bare.png,normal_skin_30,train,no_lesion,,bare,")
    for name, lines in rows.items():
        (folder / name).write_text("\n".join(lines))
    return folder


def test_both_kinds_of_photo_are_calibrated_by_themselves(data: Path, tmp_path: Path) -> None:
    """The pair has the finder, a close-up's scales and thresholds, and figures of each source."""
    out = tmp_path / "pair"
    write_tiny_release(out, finder=True)
    domains = np.repeat([0, 1, 2], 20)
    for name in ("cnn", "vit"):
        run = tmp_path / name
        run.mkdir()
        np.savez(run / "domains.npz", logits=np.eye(3)[domains] * 6.0, domain=domains)
    runs = {name: tmp_path / name for name in ("cnn", "vit")}
    config = CalibrateConfig(counterfactual_photos=2, photos=data)
    calibrate_release(data, runs, out, version="next", config=config)
    release = load_release(out)
    policy = release.policy
    assert release.version == "next"
    assert policy.finder == POLICY
    assert policy.closeup is not None
    near = policy.for_domain(Domain.CLINICAL)
    assert near.thresholds != policy.thresholds
    assert near.melanoma["cnn"] != policy.melanoma["cnn"]
    metrics = release.pair["metrics"]
    assert set(metrics["sources"]) == {"ham", "milk_closeup", "milk_dermoscopic", "old_archive"}
    sets = {"ham10000/dermoscopic", "isic2018_val/dermoscopic", "milk/clinical", "milk/dermoscopic"}
    assert set(metrics["sets"]) == sets
    assert metrics["domain"]["validation"]["milk_closeup_as_clinical"]["value"] == 1
    assert metrics["levels"]["milk_closeup/benign"]["low"]["value"] == 0  # a close-up is never low
    assert release.pair["drift"]["photos"] == 136
    card = json.loads((out / "cnn.json").read_text())
    assert set(card["metrics"]) == set(metrics["sources"])


@pytest.mark.parametrize(("fill", "known"), [(POLICY.fill, True), (0.7, False)])
def test_a_gate_is_kept_where_no_run_is_left(data: Path, tmp_path: Path, fill: float, known: bool) -> None:
    """Scales and thresholds are chosen again; what tells kinds of photo apart stays as it was.

    What was measured of it on other crops goes.
    """
    out = tmp_path / "pair"
    write_tiny_release(out, finder=True)
    path = out / "pair.json"
    pair = json.loads(path.read_text())
    pair["domain"] = {**pair["domain"], "other_min": 0.77, "dermoscopic_min": 0.4}
    pair["finder"]["fill"] = fill
    pair["metrics"] = {"domain": {"scenes": {"other_as_other": {"value": 1.0}}}}
    path.write_text(json.dumps(pair))
    config = CalibrateConfig(counterfactual_photos=2, photos=data)
    calibrate_release(data, None, out, version="next", config=config)
    after = load_release(out).pair
    assert after["domain"]["other_min"] == 0.77
    scenes = after["metrics"]["domain"].get("scenes")
    assert scenes == ({"other_as_other": {"value": 1.0}} if known else None)
    assert after["thresholds"] != pair["thresholds"]
