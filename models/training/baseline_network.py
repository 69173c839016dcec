"""A small convolutional network of three blocks, from scratch, for a stated number of minutes."""

import time

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

_BATCH = 64
_RATE = 1e-3
_WIDTHS = (16, 32, 64)


def score_with_network(
    learn: NDArray[np.uint8], judge: NDArray[np.uint8], truth: NDArray[np.bool_], *, minutes: float, seed: int
) -> NDArray[np.float64]:
    """(M,) probabilities of the photos to judge, after training on those to learn from.

    Args:
        learn: (N, S, S, 3) RGB.
        judge: (M, S, S, 3) RGB.
        truth: (N,) melanoma.
        minutes: wall clock of the training.
        seed: of weights and order.
    """
    torch.manual_seed(seed)
    layers: list[nn.Module] = []
    channels = 3
    for width in _WIDTHS:
        layers += [
            nn.Conv2d(channels, width, 3, padding=1),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.MaxPool2d(2),
        ]
        channels = width
    network = nn.Sequential(
        *layers, nn.AdaptiveAvgPool2d(4), nn.Flatten(), nn.Dropout(0.3), nn.Linear(16 * channels, 1)
    )
    _train(network, _to_tensor(learn), torch.from_numpy(truth).float(), minutes * 60)
    network.eval()
    with torch.no_grad():
        scores = [torch.sigmoid(network(part)).squeeze(1) for part in torch.split(_to_tensor(judge), 256)]
    return torch.cat(scores).double().numpy()


def _train(network: nn.Module, photos: Tensor, truth: Tensor, seconds: float) -> None:
    optimiser = torch.optim.AdamW(network.parameters(), lr=_RATE)
    end = time.monotonic() + seconds
    network.train()
    while time.monotonic() < end:
        chosen = torch.randint(len(photos), (_BATCH,))
        batch = photos[chosen].flip(3) if torch.rand(()) < 0.5 else photos[chosen]
        loss = functional.binary_cross_entropy_with_logits(network(batch).squeeze(1), truth[chosen])
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()


def _to_tensor(pixels: NDArray[np.uint8]) -> Tensor:
    """(N, 3, S, S), 0 to 1."""
    return torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 255
