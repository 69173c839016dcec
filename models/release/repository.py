"""`nevus models repository`: the released pair laid out for inference servers, MLServer and Triton alike.

    DIR/settings.json                           MLServer: how the server runs
    DIR/nevus-cnn/config.pbtxt                  Triton: the network's tensors
    DIR/nevus-cnn/VERSION/model.onnx            the graph, for both
    DIR/nevus-cnn/VERSION/model-settings.json   MLServer: its runtime, its hash
    DIR/nevus-vit/...                           the same, and DIR/nevus-finder/... of a release with a finder

A version is a number made of the graph's hash. Versions that are there already stay, so that a server can
hold the old release and the new one while bots are exchanged one by one.
"""

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from inference.graphs import OnnxGraph
from inference.raw_opinions import INPUT
from inference.release import Release, load_release
from inference.served import ServedModel, find_served

OutputDims = Mapping[str, tuple[int, ...]]

RUNTIME: Final = "inference.serving.NevusRuntime"
# One process with a thread a core: a forward pass lets go of the interpreter, and the graphs are there once.
SERVER_SETTINGS: Final = {"debug": False, "parallel_workers": 0, "server_name": "nevus"}


def write_repository(directory: Path, released: Path | None = None, *, instances: int = 2) -> list[Path]:
    """Lay out a release; the folders of its versions.

    Args:
        directory: of the repository; made if it is not there.
        released: folder of the release; the installed pair if None.
        instances: photos that Triton reads side by side.

    Raises:
        ReleaseError: the release is incomplete or altered.
        ClassifierError: a graph does not run here.
        OSError: the directory cannot be written.
    """
    release = load_release(released)
    directory.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    for name, model in find_served(release).items():
        place = directory / model.name / model.version
        graph = OnnxGraph.open(release.graph_path(name), size_px=model.size_px, outputs=model.outputs)
        outputs = graph.output_dims
        _write_version(place, release.graph_path(name), _model_settings(model, release, outputs))
        _write_text(
            directory / model.name / "config.pbtxt", _triton_config(model, outputs, instances=instances)
        )
        written.append(place)
    if not (directory / "settings.json").exists():  # an operator may have changed it
        _write_text(directory / "settings.json", json.dumps(SERVER_SETTINGS, indent=2) + "\n")
    return written


def _write_version(place: Path, graph: Path, settings: dict[str, Any]) -> None:
    """Write a version whole or not at all: a server that polls the repository never sees half of one."""
    part = place.with_name(f".{place.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    shutil.copyfile(graph, part / "model.onnx")
    (part / "model-settings.json").write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")
    if place.exists():
        shutil.rmtree(place)
    part.rename(place)


def _write_text(path: Path, text: str) -> None:
    part = path.with_name(f".{path.name}.part")
    part.write_text(text, encoding="utf-8")
    os.replace(part, path)  # noqa: PTH105 - the name says what counts: it is there before and after


def _model_settings(model: ServedModel, release: Release, outputs: OutputDims) -> dict[str, Any]:
    """MLServer's file. It finds its version by its folder, as Triton does."""
    return {
        "name": model.name,
        "implementation": RUNTIME,
        "platform": "onnxruntime",
        "inputs": [
            {"name": INPUT, "datatype": "UINT8", "shape": [-1, model.size_px, model.size_px, 3]},
        ],
        "outputs": [
            {"name": name, "datatype": "FP32", "shape": list(dims)} for name, dims in outputs.items()
        ],
        "parameters": {
            "uri": "./model.onnx",
            "version": model.version,
            "extra": {
                "sha256": model.sha256,
                "size_px": model.size_px,
                "outputs": list(model.outputs),
                "release": release.version,
            },
        },
    }


def _triton_config(model: ServedModel, outputs: OutputDims, *, instances: int) -> str:
    """Triton's file: one for all versions, whose tensors must be of one size.

    No batching: the graphs are run one photo at a time, as in the bot.
    The first axis is written out (`max_batch_size: 0` means that Triton adds none).
    """
    lines = ",\n".join(
        f"  {{ name: {_quote(name)} data_type: TYPE_FP32 dims: {_list(dims)} }}"
        for name, dims in outputs.items()
    )
    dims = _list((-1, model.size_px, model.size_px, 3))
    return f"""name: {_quote(model.name)}
backend: "onnxruntime"
default_model_filename: "model.onnx"
max_batch_size: 0
version_policy: {{ all: {{}} }}
input [
  {{ name: {_quote(INPUT)} data_type: TYPE_UINT8 dims: {dims} }}
]
output [
{lines}
]
# Photos read side by side: as many as the server has cores.
instance_group [ {{ kind: KIND_CPU count: {instances} }} ]
parameters {{ key: "intra_op_thread_count" value: {{ string_value: "1" }} }}
parameters {{ key: "inter_op_thread_count" value: {{ string_value: "1" }} }}
parameters {{ key: "nevus_sha256" value: {{ string_value: {_quote(model.sha256)} }} }}
"""


def _quote(text: str) -> str:
    return json.dumps(text)


def _list(numbers: tuple[int, ...]) -> str:
    return f"[ {', '.join(map(str, numbers))} ]"
