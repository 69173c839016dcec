"""A released CNN's word as a target: its calibrated probability for the very pixels that the student sees."""

from pathlib import Path

import pytest
import torch
from torch import Tensor

from models.sampling import Batch
from models.teacher import Teacher
from tests.support.tiny_release import write_tiny_release


@pytest.fixture
def teacher(tmp_path: Path) -> Teacher:
    """The tiny CNN: the darker a photo, the surer it is; its melanoma logits count double here."""
    straight, doubled = {"scale": 1.0, "bias": 0.0}, {"scale": 2.0, "bias": 1.0}
    scales = {"cnn": doubled, "vit": straight, "pair": straight}
    write_tiny_release(tmp_path, temperatures=scales)
    return Teacher(tmp_path)


def plain_photos(*tones: int) -> Tensor:
    return torch.stack([torch.full((40, 40, 3), tone, dtype=torch.uint8) for tone in tones])


def test_opinions_are_calibrated_probabilities_whatever_the_photos_size(teacher: Teacher) -> None:
    logits = torch.tensor([20 * (0.375 - tone / 255) for tone in (51, 102, 153)])  # as in tiny_release.py
    expected = torch.stack([torch.sigmoid(2 * logits + 1), torch.sigmoid(logits - 1)], dim=1)
    assert torch.allclose(teacher.opinions(plain_photos(51, 102, 153)), expected, atol=1e-4)


def test_targets_are_drawn_towards_the_teacher_and_nothing_else_is(teacher: Teacher) -> None:
    photos = plain_photos(40, 200)
    batch = Batch(photos, torch.tensor([[0.0, 1.0]] * 2), torch.ones(2, 2), torch.tensor([0, 2]))
    opinions = teacher.opinions(photos)
    for share in (0.0, 0.25, 1.0):
        heard = teacher.soften(batch, share=share)
        assert torch.allclose(heard.targets, (1 - share) * batch.targets + share * opinions)
        assert all(new is old for new, old in zip(heard, batch, strict=True) if old is not batch.targets)
