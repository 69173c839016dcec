"""One ONNX session a network: the graph alone, photos in at its size, numbers out."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from inference.raw_opinions import INPUT, OUTPUTS, ClassifierError

_ERRORS_ONLY = 3


class OnnxGraph:
    """A network's graph; calls may come from many threads.

    One photo is one batch, so that its score depends on nothing else.
    """

    def __init__(self, session: Any, outputs: Sequence[str] = OUTPUTS) -> None:
        self._session = session
        self._outputs = tuple(outputs)

    @classmethod
    def open(cls, path: Path, *, size_px: int, outputs: Sequence[str] = OUTPUTS, threads: int = 1) -> Self:
        """Open a graph and check its inputs and outputs.

        Args:
            path: the ONNX file.
            size_px: the side of the photos that it must take.
            outputs: names of what it must give, in the order that `run` returns them.
            threads: of one forward pass; 1 leaves the other cores to other photos.

        Raises:
            ClassifierError: the file is not a graph that can be run, or not one of this contract.
        """
        try:
            options = ort.SessionOptions()
            options.intra_op_num_threads = threads
            options.inter_op_num_threads = 1
            options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
            options.log_severity_level = _ERRORS_ONLY
            # idle threads give their core back
            options.add_session_config_entry("session.intra_op.allow_spinning", "0")
            session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # the library's exceptions have no common base
            raise ClassifierError(f"{path.name} cannot be loaded by ONNX Runtime") from error
        inputs = session.get_inputs()
        if [each.name for each in inputs] != [INPUT] or inputs[0].type != "tensor(uint8)":
            raise ClassifierError(f"{path.name} takes something other than uint8 photos")
        if list(inputs[0].shape[1:]) != [size_px, size_px, 3]:
            raise ClassifierError(
                f"{path.name} takes photos of {inputs[0].shape[1:]}, its card says {size_px} px"
            )
        if missing := set(outputs) - {each.name for each in session.get_outputs()}:
            raise ClassifierError(f"{path.name} lacks the outputs {sorted(missing)}")
        return cls(session, outputs)

    @property
    def output_dims(self) -> dict[str, tuple[int, ...]]:
        """Each output's shape, in the order that `run` returns them; -1 where any size is possible."""
        shapes = {each.name: each.shape for each in self._session.get_outputs()}
        return {
            name: tuple(size if isinstance(size, int) else -1 for size in shapes[name])
            for name in self._outputs
        }

    def run(self, photo: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        """The outputs for one photo in the order that `open` was given, each with a first axis of 1.

        Args:
            photo: (S, S, 3) RGB at the network's size.

        Raises:
            ClassifierError: the pass failed.
        """
        try:
            outputs: list[NDArray[np.float32]] = self._session.run(self._outputs, {INPUT: photo[None]})
        except Exception as error:  # as above
            raise ClassifierError("a network's forward pass failed") from error
        return outputs
