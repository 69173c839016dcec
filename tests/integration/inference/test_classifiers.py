"""Graphs keep the contract or are refused; a score depends on the photo alone."""

import numpy as np
import onnx
import pytest

from inference.classifiers import OnnxClassifier
from inference.preprocess import PreprocessSpec
from inference.raw_opinions import ClassifierError
from tests.support.tiny_release import SIZES, tiny_card, tiny_graph


@pytest.fixture(params=["cnn", "vit"])
def name(request):
    return request.param


def load(name, tmp_path, *, model=None, **changes):
    path = tmp_path / f"{name}.onnx"
    onnx.save(model or tiny_graph(name), str(path))
    spec = PreprocessSpec.from_dict(tiny_card(name)["preprocess"] | changes)
    return OnnxClassifier.load(path, spec)


def flat(value, side=200):
    return np.full((side, side, 3), value, np.uint8)


def test_a_dark_centre_scores_higher_than_a_pale_one(name, tmp_path):
    classifier = load(name, tmp_path)
    dark, pale = classifier(flat(40)), classifier(flat(200))
    assert dark.scores.melanoma_logit > 0 > pale.scores.melanoma_logit
    assert dark.evidence.ndim == 2
    assert dark.evidence.dtype == np.float32


def test_repeats_are_bit_identical(name, tmp_path):
    classifier = load(name, tmp_path)
    photo = np.random.default_rng(0).integers(0, 255, (333, 250, 3), dtype=np.uint8)
    first = classifier(photo)
    classifier(flat(9))
    again = classifier(photo)
    assert first.scores == again.scores
    assert np.array_equal(first.evidence, again.evidence)


def test_a_file_that_is_no_graph_is_refused(tmp_path):
    path = tmp_path / "cnn.onnx"
    path.write_bytes(b"no graph")
    with pytest.raises(ClassifierError, match=r"cnn\.onnx cannot be loaded"):
        OnnxClassifier.load(path, PreprocessSpec.from_dict(tiny_card("cnn")["preprocess"]))


def test_a_size_other_than_the_cards_is_refused(name, tmp_path):
    with pytest.raises(ClassifierError, match="its card says 32 px"):
        load(name, tmp_path, size_px=32)


def test_a_missing_output_is_named(tmp_path):
    model = tiny_graph("cnn")
    kept = [output for output in model.graph.output if output.name != "evidence"]
    del model.graph.output[:]
    model.graph.output.extend(kept)
    with pytest.raises(ClassifierError, match="evidence"):
        load("cnn", tmp_path, model=model)


def test_an_input_by_another_name_is_refused(tmp_path):
    model = tiny_graph("cnn")
    model.graph.input[0].name = "pixels"
    model.graph.node[0].input[0] = "pixels"
    with pytest.raises(ClassifierError, match="uint8 photos"):
        load("cnn", tmp_path, model=model)


def test_a_score_that_is_no_number_is_an_error_and_no_level(tmp_path):
    model = tiny_graph("cnn")
    for tensor in model.graph.initializer:
        if tensor.name == "gain":
            tensor.CopyFrom(onnx.numpy_helper.from_array(np.float32(np.nan), "gain"))
    classifier = load("cnn", tmp_path, model=model)
    with pytest.raises(ClassifierError, match="not a number"):
        classifier(flat(0, SIZES["cnn"]))
