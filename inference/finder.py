"""The lesion finder: an upright photo to the lesions that it shows."""

from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from inference.finder_policy import FinderPolicy
from inference.graphs import OnnxGraph
from inference.lesions import FoundLesion, read_lesions
from inference.letterbox import LetterboxSpec, letterbox
from inference.raw_opinions import FINDER_OUTPUTS


class OnnxFinder:
    """The finder's graph. Calls may come from many threads; each photo is a batch by itself."""

    def __init__(self, graph: OnnxGraph, spec: LetterboxSpec) -> None:
        self._graph = graph
        self._spec = spec

    @classmethod
    def load(cls, path: Path, spec: LetterboxSpec, *, threads: int = 1) -> Self:
        """Open the graph; see `OnnxGraph.open`. The spec is from the finder's card."""
        return cls(OnnxGraph.open(path, size_px=spec.size_px, outputs=FINDER_OUTPUTS, threads=threads), spec)

    def __call__(self, pixels: NDArray[np.uint8], policy: FinderPolicy) -> tuple[FoundLesion, ...]:
        """All lesions of one photo, in its pixels, the nearest to its middle first.

        Args:
            pixels: the upright photo, (H, W, 3) RGB.
            policy: what counts as a lesion.

        Raises:
            ClassifierError: the pass failed.
        """
        canvas = letterbox(pixels, self._spec)
        (logits,) = self._graph.run(canvas)
        height, width = pixels.shape[:2]
        return read_lesions(logits, canvas, (width, height), spec=self._spec, policy=policy)
