"""The heads and the aperture."""

import numpy as np
import pytest
import torch

from models.networks.classifier import Classifier, draw_disc


def photos(seed: int = 0) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(seed).integers(0, 256, (3, 32, 32, 3), dtype=np.uint8))


def test_evidence_adds_up_to_the_logit(classifier: Classifier) -> None:
    """Contributions of all places and the head's bias are the melanoma logit."""
    outputs = classifier(photos())
    total = outputs.evidence.sum(dim=(1, 2)) + classifier.head.bias[0]
    assert torch.allclose(total, outputs.melanoma_logit, atol=1e-5)


def test_outputs_have_the_contracts_shapes(classifier: Classifier) -> None:
    """One row a photo, the domain's three columns."""
    shapes = [tuple(value.shape) for value in classifier(photos())]
    assert shapes == [(3,), (3,), (3, 4, 4), (3, 3)]


def test_what_lies_outside_the_aperture_says_nothing(classifier: Classifier) -> None:
    """Black corners, a frame or a label there leave every output as it was."""
    plain = photos()
    marked = plain.clone()
    outside = draw_disc(32, 0.9, 0.1) == 0
    marked[:, outside] = 0
    assert outside.sum() > 200
    for before, after in zip(classifier(plain), classifier(marked), strict=True):
        assert torch.equal(before, after)


def test_the_disc_is_shown_and_its_edge_is_soft() -> None:
    """1 in the middle, 0 in the corners, in between at the edge."""
    disc = draw_disc(100, 0.9, 0.1)
    assert disc[50, 50] == 1
    assert disc[0, 0] == 0
    assert 0 < disc[50, 95] < 1
    assert torch.equal(disc, disc.T)


def test_in_training_the_pooled_features_are_dropped_out(classifier: Classifier) -> None:
    """The same photo scores differently with dropout, and the same without."""
    batch = photos()
    assert torch.allclose(
        classifier.training_outputs(batch)[0][:, 0], classifier(batch).melanoma_logit, atol=1e-5
    )
    classifier.train()
    torch.manual_seed(0)
    first, second = (classifier.training_outputs(batch)[0] for _ in range(2))
    assert not torch.allclose(first, second)


def test_normalisation_is_the_specs(classifier: Classifier) -> None:
    """A photo of mean colour is zero inside and out."""
    grey = torch.full((1, 32, 32, 3), 255 // 2, dtype=torch.uint8)
    assert classifier.aperture(grey).abs().max() == pytest.approx(0.5 / 255 / 0.25, rel=1e-4)
