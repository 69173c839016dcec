"""A released network: a photo in, its raw opinion out, in one forward pass."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from inference.evidence_maps import cover_crop
from inference.graphs import OnnxGraph
from inference.policy import CLASSIFIERS
from inference.preprocess import PreprocessSpec, prepare
from inference.raw_opinions import RawOpinion, read_outputs
from inference.readings import ClassifierName
from inference.release import Release


class OnnxClassifier:
    """A released network and how a photo becomes what it takes."""

    def __init__(self, graph: OnnxGraph, spec: PreprocessSpec) -> None:
        self._graph = graph
        self._spec = spec

    @classmethod
    def load(cls, path: Path, spec: PreprocessSpec, *, threads: int = 1) -> Self:
        """Open a graph; see `OnnxGraph.open`. The spec is from the network's card."""
        return cls(OnnxGraph.open(path, size_px=spec.size_px, threads=threads), spec)

    def __call__(self, photo: NDArray[np.uint8]) -> RawOpinion:
        """One photo's raw opinion.

        Args:
            photo: (H, W, 3) upright RGB.

        Raises:
            ClassifierError: the pass failed.
        """
        return self.read(prepare(photo, self._spec))

    def read(self, prepared: NDArray[np.uint8]) -> RawOpinion:
        """The raw opinion on what the network sees, its map covering all that it was prepared from.

        Args:
            prepared: (S, S, 3) RGB at the network's side: a photo that `prepare` made, or a lesion's crop.

        Raises:
            ClassifierError: the pass failed.
        """
        return cover_crop(read_outputs(self._graph.run(prepared)), self._spec.middle)


def load_classifiers(release: Release) -> Mapping[ClassifierName, OnnxClassifier]:
    """Both networks of a verified pair.

    Raises:
        ClassifierError: a verified graph does not run here.
    """

    def load(name: ClassifierName) -> OnnxClassifier:
        return OnnxClassifier.load(release.graph_path(name), release.cards[name].preprocess)

    with ThreadPoolExecutor(len(CLASSIFIERS)) as pool:
        return dict(zip(CLASSIFIERS, pool.map(load, CLASSIFIERS), strict=True))
