"""One ONNX session a classifier: scores, evidence map and domain in one forward pass."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from inference.engine import EngineError
from inference.opinions import RawScores
from inference.preprocess import PreprocessSpec, prepare

OUTPUTS = ("melanoma_logit", "malignant_logit", "evidence", "domain_logits")
_ERRORS_ONLY = 3


class ClassifierError(EngineError):
    """A graph does not load, does not keep the contract, or gives something that is no number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RawOpinion:
    """What one network says about one photo."""

    scores: RawScores
    evidence: NDArray[np.float32]  # (h, w) signed contributions to the melanoma logit


class OnnxClassifier:
    """A released network; calls may come from many threads.

    Each photo is a batch of its own, so that its score depends on nothing else.
    """

    def __init__(self, session: Any, spec: PreprocessSpec) -> None:
        self._session = session
        self._spec = spec

    @classmethod
    def load(cls, path: Path, spec: PreprocessSpec, *, threads: int = 1) -> Self:
        """Open a graph and check its inputs and outputs.

        Args:
            path: the ONNX file.
            spec: from the network's card.
            threads: of one forward pass; 1 leaves the other cores to other photos.

        Raises:
            ClassifierError: the file is no graph that can be run, or not one of this contract.
        """
        try:
            session = ort.InferenceSession(str(path), _options(threads), providers=["CPUExecutionProvider"])
        except Exception as error:  # the library raises classes of its own, with no common base
            raise ClassifierError(f"{path.name} cannot be loaded by ONNX Runtime") from error
        _check_contract(session, path.name, spec)
        return cls(session, spec)

    def __call__(self, photo: NDArray[np.uint8]) -> RawOpinion:
        """One photo's raw opinion.

        Args:
            photo: (H, W, 3) upright RGB.

        Raises:
            ClassifierError: the pass failed.
        """
        try:
            outputs = self._session.run(OUTPUTS, {"photos": prepare(photo, self._spec)[None]})
        except Exception as error:  # as above
            raise ClassifierError("a network's forward pass failed") from error
        return _read_outputs(outputs)


def _options(threads: int) -> Any:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.log_severity_level = _ERRORS_ONLY
    # idle threads give their core back
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options


def _check_contract(session: Any, name: str, spec: PreprocessSpec) -> None:
    inputs = session.get_inputs()
    if [each.name for each in inputs] != ["photos"] or inputs[0].type != "tensor(uint8)":
        raise ClassifierError(f"{name} takes something else than uint8 photos")
    if list(inputs[0].shape[1:]) != [spec.size_px, spec.size_px, 3]:
        raise ClassifierError(
            f"{name} takes photos of {inputs[0].shape[1:]}, its card says {spec.size_px} px"
        )
    if missing := set(OUTPUTS) - {each.name for each in session.get_outputs()}:
        raise ClassifierError(f"{name} lacks the outputs {sorted(missing)}")


def _read_outputs(outputs: Sequence[NDArray[np.float32]]) -> RawOpinion:
    melanoma, malignant, evidence, domain = outputs
    first, second, third = (float(value) for value in domain[0])
    scores = RawScores(
        melanoma_logit=float(melanoma[0]),
        malignant_logit=float(malignant[0]),
        domain_logits=(first, second, third),
    )
    values = (scores.melanoma_logit, scores.malignant_logit, *scores.domain_logits)
    if not all(math.isfinite(value) for value in values) or not np.isfinite(evidence).all():
        raise ClassifierError("a network gave something that is no number")
    return RawOpinion(scores=scores, evidence=evidence[0].astype(np.float32, copy=False))
