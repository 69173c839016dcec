"""What a lesion's size moves in the features, the heads read no more; all else they read as before."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from inference.preprocess import PreprocessSpec, prepare
from models.augment import rescale
from models.classifier import Classifier
from models.erasure import ErasureConfig, Shown, choose_erasure, erase, erase_size
from models.photos import LabelledPhoto, Source

CHANNELS = 60


def build_shown(seed: int, *, along: int = 2) -> Shown:
    """Melanomas lie along channel 0; being small moves channel 1, being large the one that is asked for."""
    rng = np.random.default_rng(seed)
    benign, melanoma = rng.normal(size=(2, 200, CHANNELS))
    melanoma[:, 0] += 3
    small, large = 0.1 * rng.normal(size=(2, 200, CHANNELS))
    small[:, 1] += 1
    large[:, along] += 2
    return Shown(benign=benign, melanoma=melanoma, moved=(small, large))


HEAD = np.eye(CHANNELS)[0] + 0.4 * np.eye(CHANNELS)[1] - 0.3 * np.eye(CHANNELS)[2]


@pytest.mark.parametrize("parts", [1, 3])
def test_no_change_of_size_moves_the_mean_score_of_any_part(parts: int) -> None:
    shown = [build_shown(1), build_shown(2)]
    erased = erase(HEAD, shown, parts=parts, ridge=0.01)
    for each in shown:
        scores = each.benign @ HEAD
        part = np.digitize(scores, np.quantile(scores, np.arange(1, parts) / parts))
        for moved in each.moved:
            for which in range(parts):
                assert abs((moved[part == which] @ HEAD).mean()) > 0.2
                assert (moved[part == which] @ erased).mean() == pytest.approx(0, abs=1e-8)


def test_ordinary_photos_keep_their_order() -> None:
    shown = [build_shown(1), build_shown(2)]
    erased = erase(HEAD, shown, parts=1, ridge=0.01)
    for values in (shown[0].benign, shown[0].melanoma):
        assert np.corrcoef(values @ HEAD, values @ erased)[0, 1] > 0.85


def test_the_finest_parts_that_keep_the_auc_are_chosen_and_none_if_none_does() -> None:
    """Where size moves what melanomas are told by, erasing it would cost too much."""
    heads = np.stack([HEAD, HEAD])
    config = ErasureConfig(ridge=0.01)
    assert choose_erasure(heads, [build_shown(1), build_shown(2)], config)[0] == 4
    confused = [build_shown(seed, along=0) for seed in (1, 2)]
    parts, same = choose_erasure(heads, confused, config)
    assert parts == 0
    assert np.array_equal(same, heads)


def test_a_networks_heads_are_changed_in_place(
    classifier: Classifier, spec: PreprocessSpec, lesion: np.ndarray, tmp_path: Path
) -> None:
    """Drawn lesions of other tones: afterwards the mean score at half and at twice the size is the same."""
    photos = []
    for number in range(24):
        path = tmp_path / f"{number}.png"
        Image.fromarray(np.clip(lesion.astype(int) + number * 2 - 20, 0, 255).astype(np.uint8)).save(path)
        source = (Source.HAM, Source.ISIC)[number % 2]
        label = "melanoma" if number % 8 < 2 else "benign"
        photos.append(LabelledPhoto(path=path, source=source, label=label, group=str(number)))
    config = ErasureConfig(parts=(1,), auc_lost=1.0, ridge=1e-4)

    def mean_score(zoom: float) -> float:
        rng, views = np.random.default_rng(5), []
        for photo in photos:
            if photo.label == "benign":
                pixels = np.array(Image.open(photo.path))
                views.append(prepare(pixels if zoom == 1 else rescale(pixels, 96, zoom, rng), spec))
        with torch.no_grad():
            return float(classifier(torch.from_numpy(np.stack(views)))[0].mean())

    before = [abs(mean_score(zoom) - mean_score(1)) for zoom in (0.5, 2)]
    assert erase_size(classifier, spec, photos, config) == 1
    after = [abs(mean_score(zoom) - mean_score(1)) for zoom in (0.5, 2)]
    assert max(after) < 0.25 * max(before)
