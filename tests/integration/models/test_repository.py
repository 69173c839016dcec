"""What is laid out for inference servers: complete, verified, and beside what was there before."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from inference.release import ReleaseError
from models.cli import main
from models.release.repository import write_repository
from tests.support.mlserver import MISSING, PROGRAM
from tests.support.tiny_release import tiny_graph, write_tiny_release


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    write_tiny_release(tmp_path / "tiny")
    return tmp_path / "tiny"


def test_both_networks_lie_where_mlserver_and_triton_look(tiny: Path, tmp_path: Path) -> None:
    places = write_repository(tmp_path / "repository", tiny)
    assert [place.parent.name for place in places] == ["nevus-cnn", "nevus-vit"]
    for place, name in zip(places, ("cnn", "vit"), strict=True):
        assert place.name.isdecimal()  # Triton's versions are numbers
        assert (place / "model.onnx").read_bytes() == (tiny / f"{name}.onnx").read_bytes()
        settings = json.loads((place / "model-settings.json").read_text())
        assert settings["name"] == f"nevus-{name}"
        assert settings["parameters"]["version"] == place.name
        config = (place.parent / "config.pbtxt").read_text()
        assert f'name: "nevus-{name}"' in config
        assert settings["parameters"]["extra"]["sha256"] in config
    assert json.loads((tmp_path / "repository" / "settings.json").read_text())["parallel_workers"] == 0


def test_tritons_file_has_the_shapes_that_the_graph_has(tiny: Path, tmp_path: Path) -> None:
    write_repository(tmp_path / "repository", tiny, instances=4)
    config = (tmp_path / "repository" / "nevus-vit" / "config.pbtxt").read_text()
    assert 'name: "photos" data_type: TYPE_UINT8 dims: [ -1, 56, 56, 3 ]' in config
    assert 'name: "evidence" data_type: TYPE_FP32 dims: [ -1, 7, 7 ]' in config
    assert 'name: "domain_logits" data_type: TYPE_FP32 dims: [ -1, 3 ]' in config
    assert "count: 4" in config
    assert config.count("{") == config.count("}")


def test_tritons_own_schema_reads_its_file(tmp_path: Path) -> None:
    """With the messages of Triton's client, which comes with MLServer, on the installed pair."""
    if not PROGRAM.exists():
        pytest.skip(MISSING)
    write_repository(tmp_path)
    script = (
        "import glob, importlib.util, sys, tritonclient\n"
        "from google.protobuf import text_format\n"
        "(place,) = tritonclient.__path__\n"
        "spec = importlib.util.spec_from_file_location('schema', place + '/grpc/model_config_pb2.py')\n"
        "schema = importlib.util.module_from_spec(spec)\n"
        "spec.loader.exec_module(schema)\n"
        "for file in sorted(glob.glob(sys.argv[1] + '/*/config.pbtxt')):\n"
        "    config = text_format.Parse(open(file).read(), schema.ModelConfig())\n"
        "    counts = len(config.input), len(config.output)\n"
        "    print(config.name, config.backend, config.max_batch_size, *counts)\n"
    )
    command = [str(PROGRAM.with_name("python")), "-W", "ignore", "-c", script, str(tmp_path)]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert said.splitlines() == [
        "nevus-cnn onnxruntime 0 1 4",
        "nevus-finder onnxruntime 0 1 1",
        "nevus-vit onnxruntime 0 1 4",
    ]


def test_a_second_release_stands_beside_the_first(tiny: Path, tmp_path: Path) -> None:
    graph = tiny_graph("cnn")
    graph.doc_string = "the next one"
    write_tiny_release(tmp_path / "next", version="tiny-2", graphs={"cnn": graph})
    first = write_repository(tmp_path / "repository", tiny)
    second = write_repository(tmp_path / "repository", tmp_path / "next")
    assert first[0] != second[0]
    assert first[1] == second[1]  # the ViT is the same
    assert all((place / "model.onnx").exists() for place in (*first, *second))


def test_what_an_operator_set_for_the_server_stays(tiny: Path, tmp_path: Path) -> None:
    write_repository(tmp_path, tiny)
    (tmp_path / "settings.json").write_text('{"parallel_workers": 2}')
    write_repository(tmp_path, tiny)
    assert (tmp_path / "settings.json").read_text() == '{"parallel_workers": 2}'


def test_an_altered_release_is_not_laid_out(tiny: Path, tmp_path: Path) -> None:
    (tiny / "vit.onnx").write_bytes(b"altered")
    with pytest.raises(ReleaseError, match=r"vit\.onnx"):
        write_repository(tmp_path / "repository", tiny)
    assert not (tmp_path / "repository").exists()


def test_the_command_says_what_it_wrote_and_how_to_serve_it(
    tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["repository", str(tmp_path / "repository"), "--models", str(tiny)]) == 0
    said = capsys.readouterr().out
    assert "nevus-cnn" in said
    assert "mlserver start" in said
    assert "tritonserver --model-repository" in said


def test_the_command_names_what_is_wrong(
    tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tiny / "cnn.onnx").unlink()
    assert main(["repository", str(tmp_path / "repository"), "--models", str(tiny)]) == 1
    assert "cnn.onnx is missing" in capsys.readouterr().err


def test_the_command_needs_no_torch(tiny: Path, tmp_path: Path) -> None:
    script = (
        "import sys; sys.modules['torch'] = None\n"
        "from models.cli import main\n"
        f"sys.exit(main(['repository', {str(tmp_path / 'repository')!r}, '--models', {str(tiny)!r}]))"
    )
    subprocess.run([sys.executable, "-c", script], check=True, capture_output=True)
