"""Fits the weights of the malignant score again, on a graph's features of the training crops.

Few views of a training run show basal and squamous cell carcinomas, so the head that is trained along hardly
learns them. A linear head on the finished features uses every crop. All else in the graph stays as it was, so
melanoma scores, evidence and kinds of photo do not change by a bit.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import helper, numpy_helper
from torch.nn import functional

from inference.evaluation.metrics import area_under_roc
from inference.evaluation.scaling import balance_weights
from inference.preprocess import PreprocessSpec, prepare
from models.networks.build import NAMES
from models.release.export import INPUT_NAME, ExportError, open_session
from models.release.files import change_graph, check_version
from models.release.scoring import read_spec
from models.training.photos import LabelledPhoto, load_rgb, read_photos, split_photos

Floats = NDArray[np.float32]
_ROW: Final = 1  # of the head: melanoma, malignant
_REPORTED: Final = 1000  # photos between two lines of progress


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadConfig:
    """How many crops the head learns from and how it is fitted."""

    per_source: int = 3000  # training crops of each source at most
    ridges: tuple[float, ...] = (0.03, 0.1, 0.3, 1.0, 3.0)  # tried out of fold
    folds: int = 4
    seed: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Examples:
    """Features of training crops and what they show, each (N,) but for the features (N, C)."""

    features: Floats
    malignant: NDArray[np.bool_]
    sources: NDArray[np.str_]
    groups: NDArray[np.str_]

    def take(self, chosen: NDArray[Any]) -> "Examples":
        """Some of them."""
        return Examples(
            features=self.features[chosen],
            malignant=self.malignant[chosen],
            sources=self.sources[chosen],
            groups=self.groups[chosen],
        )


def refit_heads(data: Path, out: Path, *, version: str, config: HeadConfig) -> dict[str, dict[str, Any]]:
    """Write both graphs of a pair with new malignant heads, and cards that say so; `calibrate` comes next.

    Args:
        data: folder of crops.
        out: folder of the pair, which is changed.
        version: of the new pair.
        config: as it says.

    Returns:
        By network what its card states; see `refit_malignant`.

    Raises:
        ExportError: a pair of this version lies there, or a graph has no head of two scores.
        FileNotFoundError: `export` has not been run.
    """
    check_version(out, version, graphs_stay=False)
    specs = {name: read_spec(out / f"{name}.json") for name in NAMES}
    train, _, _ = split_photos(read_photos(data), folds=10, seed=20)
    described: dict[str, dict[str, Any]] = {}
    for name in NAMES:
        found = refit_malignant(out / f"{name}.onnx", specs[name], train, config)
        described[name] = {**found, "config": asdict(config)}
        change_graph(name, out, version=version, changes={"malignant_head": described[name]})
    return described


def refit_malignant(
    graph: Path, spec: PreprocessSpec, train: Sequence[LabelledPhoto], config: HeadConfig
) -> dict[str, Any]:
    """Write the graph with a new malignant head.

    Args:
        graph: as `export_classifier` wrote it.
        spec: how its photos are prepared.
        train: crops of the training part.
        config: as it says.

    Returns:
        What the card states: photos, ridge and the mean AUC over the sources, out of fold.

    Raises:
        ExportError: the graph has no head of two scores.
    """
    chosen = choose_photos(train, config)
    examples = Examples(
        features=read_features(graph, spec, chosen),
        malignant=np.array([bool(photo.malignant) for photo in chosen]),
        sources=np.array([photo.source.value for photo in chosen]),
        groups=np.array([photo.group for photo in chosen]),
    )
    aucs = {ridge: measure_ridge(examples, ridge, config) for ridge in config.ridges}
    ridge = max(aucs, key=aucs.__getitem__)
    write_head(graph, *fit_head(examples, ridge))
    return {"photos": len(chosen), "ridge": ridge, "auc_out_of_fold": round(aucs[ridge], 4)}


def choose_photos(train: Sequence[LabelledPhoto], config: HeadConfig) -> list[LabelledPhoto]:
    """Crops of lesions whose truth is known, at most so many of each source."""
    rng = np.random.default_rng(config.seed)
    known = [photo for photo in train if photo.malignant is not None and photo.label != "no_lesion"]
    chosen = []
    for source in sorted({photo.source.value for photo in known}):
        members = [photo for photo in known if photo.source.value == source]
        chosen += [members[index] for index in rng.permutation(len(members))[: config.per_source]]
    return chosen


def read_features(graph: Path, spec: PreprocessSpec, photos: Sequence[LabelledPhoto]) -> Floats:
    """(N, C) pooled features that the head reads.

    Raises:
        ExportError: the graph has no head of two scores.
    """
    model = onnx.load(str(graph))
    pooled = _find_head(model).input[0]
    model.graph.output.append(helper.make_tensor_value_info(pooled, onnx.TensorProto.FLOAT, None))
    part = graph.with_suffix(".features")
    onnx.save(model, str(part))
    try:
        session = open_session(part)
        found = []
        for number, photo in enumerate(photos, start=1):
            pixels = prepare(load_rgb(photo.path), spec)
            found.append(session.run([pooled], {INPUT_NAME: pixels[None]})[0][0])
            if number % _REPORTED == 0:
                print(f"{graph.stem}: features of {number} of {len(photos)} crops", flush=True)
    finally:
        part.unlink()
    return np.stack(found).astype(np.float32)


def measure_ridge(examples: Examples, ridge: float, config: HeadConfig) -> float:
    """Mean over the sources of the AUC out of fold; the photos of one group are in one fold."""
    groups = np.unique(examples.groups)
    fold_of_group = np.random.default_rng(config.seed).integers(config.folds, size=len(groups))
    folds = fold_of_group[np.searchsorted(groups, examples.groups)]
    scores = np.zeros(len(folds))
    for fold in range(config.folds):
        weight, bias = fit_head(examples.take(folds != fold), ridge)
        scores[folds == fold] = examples.features[folds == fold] @ weight + bias
    aucs = []
    for source in np.unique(examples.sources):
        chosen = examples.sources == source
        truth = examples.malignant[chosen]
        if truth.any() and not truth.all():
            aucs.append(area_under_roc(truth, scores[chosen]))
    return float(np.mean(aucs))


def fit_head(examples: Examples, ridge: float) -> tuple[Floats, float]:
    """Weights (C,) and bias of a ridge-penalised logistic regression; every source and class counts alike."""
    mean, spread = examples.features.mean(axis=0), examples.features.std(axis=0) + 1e-3
    x = torch.from_numpy((examples.features - mean) / spread)
    truth = torch.from_numpy(examples.malignant.astype(np.float32))
    shares = torch.from_numpy(balance_weights(examples.malignant, examples.sources).astype(np.float32))
    weight, bias = torch.zeros(x.shape[1], requires_grad=True), torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.LBFGS([weight, bias], max_iter=200, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        losses = functional.binary_cross_entropy_with_logits(x @ weight + bias, truth, reduction="none")
        loss: torch.Tensor = (losses * shares).sum() + ridge / 2 * weight.square().sum()
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimizer.step(closure)  # type: ignore[no-untyped-call]
    folded = (weight.detach().numpy() / spread).astype(np.float32)
    return folded, float(bias.item() - folded @ mean)


def write_head(graph: Path, weight: Floats, bias: float) -> None:
    """Put other weights (C,) of the malignant score into a graph's file.

    Raises:
        ExportError: the graph has no head of two scores.
    """
    model = onnx.load(str(graph))
    head = _find_head(model)
    stored = {item.name: item for item in model.graph.initializer}
    for name, values in ((head.input[1], weight), (head.input[2], bias)):
        item = stored.get(name) or stored[f"{name}.half"]
        changed = numpy_helper.to_array(item).copy()
        changed[_ROW] = values
        item.CopyFrom(numpy_helper.from_array(changed, item.name))
    part = graph.with_suffix(".part")
    onnx.save(model, str(part))
    part.replace(graph)


def _find_head(model: onnx.ModelProto) -> Any:
    """The layer that computes both scores: pooled features, weights and bias are its inputs."""
    for node in model.graph.node:
        if node.op_type == "Gemm" and node.input[1].removeprefix("classifier.") == "head.weight":
            return node
    raise ExportError("the graph has no head of two scores: name one that `nevus models export` wrote")


__all__ = [
    "Examples",
    "HeadConfig",
    "fit_head",
    "measure_ridge",
    "read_features",
    "refit_heads",
    "write_head",
]
