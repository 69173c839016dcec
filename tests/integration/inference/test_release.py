"""A release is used whole and as it was released, or refused with a sentence that says which file."""

import hashlib
import json
import shutil

import pytest

from inference.release import ReleaseError, find_directory, load_release
from tests.support.tiny_release import write_tiny_release

FILES = ["cnn.onnx", "vit.onnx", "cnn.json", "vit.json"]


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    directory = tmp_path_factory.mktemp("release")
    write_tiny_release(directory)
    return directory


@pytest.fixture
def place(original, tmp_path):
    return shutil.copytree(original, tmp_path / "copy")


def test_a_whole_release_is_loaded(place):
    release = load_release(place)
    assert release.version == "tiny-1"
    assert release.cards["vit"].preprocess.size_px == 56
    assert set(release.hashes) == set(FILES)


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(place, name):
    (place / name).unlink()
    with pytest.raises(ReleaseError, match=f"{name} is missing"):
        load_release(place)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("change", ["cut", "flip", "empty"])
def test_a_truncated_or_altered_file_is_named(place, name, change):
    data = bytearray((place / name).read_bytes())
    data[len(data) // 2] ^= 1
    changed = {"cut": data[:-1], "flip": data, "empty": b""}[change]
    (place / name).write_bytes(changed)
    with pytest.raises(ReleaseError, match=f"{name} is truncated or altered"):
        load_release(place)


def test_without_pair_json_the_sentence_says_what_to_set(place):
    (place / "pair.json").unlink()
    with pytest.raises(ReleaseError, match=r"pair\.json is missing .* NEVUS_MODELS_DIR"):
        load_release(place)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{", "truncated or not JSON"),
        ("[]", "does not hold an object"),
        ('{"schema": 2}', "schema 2"),
        ('{"schema": 1}', "gives no sha256"),
        ('{"schema": 1, "sha256": {"cnn.onnx": "00"}}', "vit.onnx"),
    ],
)
def test_a_pair_json_that_cannot_be_used_says_why(place, content, says):
    (place / "pair.json").write_text(content)
    with pytest.raises(ReleaseError, match=says):
        load_release(place)


def test_a_policy_that_lacks_a_key_is_named(place):
    pair = json.loads((place / "pair.json").read_text())
    del pair["thresholds"]
    (place / "pair.json").write_text(json.dumps(pair))
    with pytest.raises(ReleaseError, match="thresholds"):
        load_release(place)


def test_the_installed_pair_is_found_beside_this_package_unless_another_is_asked_for(tmp_path):
    assert find_directory(None).parts[-2:] == ("models", "released")
    assert find_directory(tmp_path) == tmp_path


def test_finding_and_loading_imports_no_training_code(place):
    import subprocess
    import sys
    from pathlib import Path

    program = (
        "import sys; from pathlib import Path\n"
        "from inference.release import load_release\n"
        f"load_release(Path({str(place)!r}))\n"
        "assert not {'torch', 'models', 'onnxruntime'} & set(sys.modules), 'too much is loaded'"
    )
    root = Path(__file__).parents[3]
    subprocess.run([sys.executable, "-c", program], check=True, cwd=root)


def test_a_release_with_a_finder_is_verified_whole(tmp_path):
    write_tiny_release(tmp_path, finder=True)
    release = load_release(tmp_path)
    assert release.finder is not None
    assert release.finder.preprocess.cells == 48
    assert set(release.hashes) == {*FILES, "finder.onnx", "finder.json"}
    assert release.graph_path("finder").name == "finder.onnx"


@pytest.mark.parametrize("name", ["finder.onnx", "finder.json"])
def test_an_altered_finder_is_named(tmp_path, name):
    write_tiny_release(tmp_path, finder=True)
    (tmp_path / name).write_bytes((tmp_path / name).read_bytes()[:-1])
    with pytest.raises(ReleaseError, match=f"{name} is truncated or altered"):
        load_release(tmp_path)


@pytest.mark.parametrize(("finder", "schema"), [(True, 1), (False, 2), (True, 3)])
def test_schema_and_finder_must_fit(tmp_path, finder, schema):
    write_tiny_release(tmp_path, finder=finder, schema=schema)
    with pytest.raises(ReleaseError, match="schema"):
        load_release(tmp_path)


def test_a_finders_card_must_describe_what_its_graph_takes(tmp_path):
    write_tiny_release(tmp_path, finder=True)
    card = json.loads((tmp_path / "finder.json").read_text())
    del card["preprocess"]["stride"]
    (tmp_path / "finder.json").write_text(json.dumps(card))
    pair = json.loads((tmp_path / "pair.json").read_text())
    pair["sha256"]["finder.json"] = hashlib.sha256((tmp_path / "finder.json").read_bytes()).hexdigest()
    (tmp_path / "pair.json").write_text(json.dumps(pair))
    with pytest.raises(ReleaseError, match=r"finder\.json has a preprocess that cannot be used.*stride"):
        load_release(tmp_path)
