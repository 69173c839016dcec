"""A malignant head that is fitted again: it learns what the features show, and nothing else changes."""

import json
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from PIL import Image

from inference.evaluation.metrics import area_under_roc
from inference.preprocess import PreprocessSpec
from models.networks.classifier import Classifier
from models.release.export import Check, ExportError, export_classifier
from models.release.files import change_graph, hash_file
from models.release.malignant_head import (
    Examples,
    HeadConfig,
    choose_photos,
    fit_head,
    measure_ridge,
    read_features,
    refit_malignant,
    write_head,
)
from models.training.photos import LabelledPhoto, Source

pytestmark = pytest.mark.filterwarnings("ignore")  # the exporter's own, about its parts
CONFIG = HeadConfig(per_source=60, ridges=(0.01, 100.0), folds=3)


@pytest.fixture
def crops(tmp_path: Path) -> list[LabelledPhoto]:
    """Dark ones are malignant, by half of the noise."""
    rng = np.random.default_rng(0)
    photos = []
    for number in range(60):
        label = ("benign", "other_malignant", "melanoma")[number % 3]
        tone = (150 if label == "benign" else 90) + rng.normal(0, 12)
        pixels = np.clip(rng.normal(tone, 20, (32, 32, 3)), 0, 255).astype(np.uint8)
        path = tmp_path / f"{number}.png"
        Image.fromarray(pixels).save(path)
        photos.append(LabelledPhoto(path=path, source=Source.HAM, label=label, group=f"g{number}"))
    return photos


@pytest.fixture
def graph(classifier: Classifier, tmp_path: Path) -> Path:
    path = tmp_path / "cnn.onnx"
    pixels = np.random.default_rng(1).integers(0, 255, (4, 32, 32, 3), dtype=np.uint8)
    export_classifier(classifier.eval(), path, storage="float16", check=Check(photos=pixels))
    return path


def run(graph: Path, photos: list[LabelledPhoto]) -> list[np.ndarray]:
    session = onnxruntime.InferenceSession(str(graph), providers=["CPUExecutionProvider"])
    pixels = np.stack([np.asarray(Image.open(photo.path)) for photo in photos])
    return session.run(None, {"photos": pixels})


def test_the_malignant_score_learns_and_nothing_else_changes(
    graph: Path, spec: PreprocessSpec, crops: list[LabelledPhoto]
) -> None:
    truth = np.array([bool(photo.malignant) for photo in crops])
    before = run(graph, crops)
    about = refit_malignant(graph, spec, crops, CONFIG)
    after = run(graph, crops)
    assert area_under_roc(truth, after[1]) > 0.95
    assert not np.allclose(before[1], after[1])
    for place in (0, 2, 3):
        assert np.array_equal(before[place], after[place]), "melanoma, evidence and kind of photo"
    assert about["photos"] == 60
    assert about["auc_out_of_fold"] > 0.9
    assert sorted(file.name for file in graph.parent.glob("cnn*")) == ["cnn.onnx"]


def test_the_written_head_computes_what_was_fitted(
    graph: Path, spec: PreprocessSpec, crops: list[LabelledPhoto]
) -> None:
    features = read_features(graph, spec, crops)
    weight = np.linspace(-1, 1, features.shape[1]).astype(np.float32)
    write_head(graph, weight, 0.25)
    assert np.abs(run(graph, crops)[1] - (features @ weight + 0.25)).max() < 0.02  # kept as float16


def test_the_ridge_is_judged_on_groups_that_were_not_fitted() -> None:
    """Each group has one feature of its own: known groups are told apart, new ones are not."""
    groups = np.repeat(np.arange(40), 5)
    malignant = groups % 2 == 0
    features = np.eye(40, dtype=np.float32)[groups]
    examples = Examples(
        features=features, malignant=malignant, sources=np.full(200, "s"), groups=groups.astype(str)
    )
    weight, bias = fit_head(examples, 1e-4)
    assert area_under_roc(malignant, features @ weight + bias) == 1
    assert measure_ridge(examples, 1e-4, CONFIG) < 0.8


def test_photos_are_limited_by_source_and_of_known_truth(crops: list[LabelledPhoto]) -> None:
    unknown = [
        LabelledPhoto(path=Path("x"), source=Source.HAM, label=label, group="x")
        for label in ("indeterminate_AK", "no_lesion")
    ]
    assert len(choose_photos([*crops, *unknown], HeadConfig(per_source=100))) == 60
    assert len(choose_photos([*crops, *unknown], HeadConfig(per_source=10))) == 10


def test_a_graph_without_a_head_is_refused(tmp_path: Path, spec: PreprocessSpec) -> None:
    from models.networks.finder import Finder
    from models.release.finder_export import export_finder

    export_finder(Finder(pretrained=False), tmp_path, [Image.new("RGB", (96, 96))], run={})
    with pytest.raises(ExportError, match="no head of two scores"):
        read_features(tmp_path / "finder.onnx", spec, [])


def test_the_card_states_the_changed_graph(tmp_path: Path) -> None:
    (tmp_path / "cnn.onnx").write_bytes(b"graph")
    card = {"version": "1", "sha256": "old", "bytes": 1, "training": {"config": {}}, "licence": "L"}
    (tmp_path / "cnn.json").write_text(json.dumps(card))
    change_graph("cnn", tmp_path, version="2", changes={"malignant_head": {"ridge": 1}})
    found = json.loads((tmp_path / "cnn.json").read_text())
    assert (found["version"], found["bytes"], found["licence"]) == ("2", 5, "L")
    assert found["sha256"] == hash_file(tmp_path / "cnn.onnx")
    assert found["training"] == {"config": {}, "malignant_head": {"ridge": 1}}
