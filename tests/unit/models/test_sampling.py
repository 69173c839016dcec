"""Batches: both views of a photo side by side, domains told, and nothing that depends on chance alone."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from models.photos import LabelledPhoto, Source
from models.sampling import Sampler, SamplingConfig


@pytest.fixture
def photos(tmp_path: Path, lesion: np.ndarray) -> list[LabelledPhoto]:
    """Two of each source and class, drawn."""
    kinds = [(source, label) for source in (Source.HAM, Source.ISIC) for label in ("benign", "melanoma")]
    kinds += [(Source.OBJECTS, "no_lesion"), (Source.SKIN, "no_lesion")]
    found = []
    for number, (source, label) in enumerate(kinds * 2):
        path = tmp_path / f"{number}.png"
        Image.fromarray(np.roll(lesion, number * 3, axis=0)).save(path)
        found.append(LabelledPhoto(path=path, source=source, label=label, group=str(number)))
    return found


def build_sampler(photos: list[LabelledPhoto], cache: Path, **changes: float) -> Sampler:
    return Sampler(photos, 32, SamplingConfig(**changes), cache=cache)


def test_views_of_one_photo_stand_side_by_side(photos: list[LabelledPhoto], tmp_path: Path) -> None:
    """Both carry the photo's label and domain, and differ in pixels."""
    batch = build_sampler(photos, tmp_path / "cache", views=2).draw(40)
    assert batch.pixels.shape == (40, 32, 32, 3)
    for values in (batch.targets, batch.weights, batch.domains):
        assert (values[::2] == values[1::2]).all()
    assert (batch.pixels[::2] != batch.pixels[1::2]).flatten(1).any(dim=1).all()


def test_close_ups_and_photos_without_a_lesion_are_told_as_such(
    photos: list[LabelledPhoto], tmp_path: Path
) -> None:
    """Asked for nothing else, nothing else comes; no lesion is no melanoma."""
    bare = build_sampler(photos, tmp_path / "cache", no_lesion=1.0).draw(8)
    assert (bare.domains == 2).all()
    assert (bare.targets == 0).all()
    near = build_sampler(photos, tmp_path / "cache", no_lesion=0.0, closeup=1.0).draw(8)
    assert (near.domains == 1).all()
