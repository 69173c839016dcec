"""What a released classifier says of a view: soft targets from which another network learns."""

import json
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from inference.preprocess import PreprocessSpec, prepare
from models.export import open_session
from models.sampling import Batch


class Teacher:
    """A released CNN, asked about the very pixels that the student sees.

    Args:
        released: folder with the pair.
    """

    def __init__(self, released: Path) -> None:
        card = json.loads((released / "cnn.json").read_text(encoding="utf-8"))
        pair = json.loads((released / "pair.json").read_text(encoding="utf-8"))
        self._session = open_session(released / "cnn.onnx")
        self._spec = PreprocessSpec.from_dict(card["preprocess"])
        self._scales = (pair["temperatures"]["cnn"], pair["malignant"]["cnn"])

    def soften(self, batch: Batch, *, share: float) -> Batch:
        """The batch with its targets drawn towards the teacher's opinions by `share`, 0 to 1."""
        return batch._replace(targets=torch.lerp(batch.targets, self.opinions(batch.pixels), share))

    def opinions(self, pixels: Tensor) -> Tensor:
        """(N, 2) calibrated probabilities of melanoma and of any cancer, for (N, S, S, 3) uint8 photos."""
        photos = np.stack([prepare(photo, self._spec) for photo in pixels.numpy()])
        name = self._session.get_inputs()[0].name
        logits = self._session.run(["melanoma_logit", "malignant_logit"], {name: photos})
        return torch.from_numpy(
            np.stack(
                [_probability(each, scale) for each, scale in zip(logits, self._scales, strict=True)], axis=1
            )
        )


def _probability(logits: NDArray[np.float32], scale: dict[str, float]) -> NDArray[np.float32]:
    calibrated = scale["scale"] * logits.astype(np.float64) + scale["bias"]
    return np.asarray(1 / (1 + np.exp(-calibrated)), dtype=np.float32)
