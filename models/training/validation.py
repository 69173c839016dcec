"""What a classifier reaches on validation crops while it is trained."""

import numpy as np
import torch
from numpy.typing import NDArray

from inference.evaluation.metrics import area_under_roc
from inference.preprocess import PreprocessSpec, prepare
from models.networks.classifier import Classifier
from models.training.photos import LabelledPhoto, Source, load_rgb


def describe_by_source(photos: list[LabelledPhoto], scores: NDArray[np.float64]) -> dict[str, float]:
    """AUC of melanoma against benign for each source that has both."""
    figures = {}
    for source in Source:
        chosen = np.array([photo.source is source for photo in photos])
        chosen &= np.array([photo.label in ("benign", "melanoma") for photo in photos])
        truth = np.array([photo.melanoma for photo in photos])[chosen]
        if truth.any() and not truth.all():
            figures[source.value] = float(area_under_roc(truth, scores[chosen]))
    return figures


def load_prepared(photos: list[LabelledPhoto], spec: PreprocessSpec) -> NDArray[np.uint8]:
    """(N, S, S, 3): the photos, or their crops, as serving would hand them to the graph."""
    return np.stack([prepare(load_rgb(photo.path), spec) for photo in photos])


@torch.no_grad()
def predict_melanoma(
    network: Classifier, pixels: NDArray[np.uint8], *, device: torch.device | str = "cpu", batch: int = 64
) -> NDArray[np.float64]:
    """(N,) melanoma logits, each the mean of a crop and its mirror image."""
    network.eval()
    parts = []
    for at in range(0, len(pixels), batch):
        crops = torch.from_numpy(pixels[at : at + batch]).to(device)
        parts.append((network(crops)[0] + network(crops.flip(2))[0]) / 2)
    return torch.cat(parts).double().cpu().numpy()
