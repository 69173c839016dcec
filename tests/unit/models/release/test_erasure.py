"""What a lesion's size moves in the features, the heads read no more; all else they read as before."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from inference.preprocess import PreprocessSpec, prepare
from models.networks.classifier import Classifier
from models.release.artefacts import draw_hairs, draw_ink
from models.release.erasure import ErasureConfig, Mark, Shown, choose_erasure, erase, erase_changes
from models.release.exporting import erase_marks
from models.release.rescaling import rescale
from models.training.photos import LabelledPhoto, Source

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
    assert choose_erasure(heads, [build_shown(1), build_shown(2)], config)[0] == 3
    confused = [build_shown(seed, along=0) for seed in (1, 2)]
    parts, same = choose_erasure(heads, confused, config)
    assert parts == 0
    assert np.array_equal(same, heads)


def add_blue_ink(photo: np.ndarray, _rng: np.random.Generator) -> np.ndarray:
    marked = photo.copy()
    marked[-20:-8] = (40, 50, 160)
    return marked


def double(photo: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return rescale(photo, photo.shape[0], 2.0, rng)


def draw_photos(lesion: np.ndarray, folder: Path) -> list[LabelledPhoto]:
    photos = []
    for number in range(24):
        path = folder / f"{number}.png"
        Image.fromarray(np.clip(lesion.astype(int) + number * 2 - 20, 0, 255).astype(np.uint8)).save(path)
        source = (Source.HAM, Source.ISIC)[number % 2]
        label = "melanoma" if number % 8 < 2 else "benign"
        photos.append(LabelledPhoto(path=path, source=source, label=label, group=str(number)))
    return photos


@pytest.mark.parametrize(
    ("config", "change"),
    [
        (ErasureConfig(zooms=(0.5, 2.0), marks=(), parts=(1,), auc_lost=1.0, ridge=1e-4), double),
        (ErasureConfig(zooms=(), marks=(add_blue_ink,), parts=(1,), auc_lost=1.0, ridge=1e-4), add_blue_ink),
    ],
    ids=["size", "mark"],
)
def test_a_networks_heads_are_changed_in_place(
    config: ErasureConfig,
    change: Mark,
    *,
    classifier: Classifier,
    spec: PreprocessSpec,
    lesion: np.ndarray,
    tmp_path: Path,
) -> None:
    """On lesions of several tones: afterwards the change moves the mean score hardly any more."""
    photos = draw_photos(lesion, tmp_path)

    def mean_move() -> float:
        rng = np.random.default_rng(5)
        plain = [np.array(Image.open(photo.path)) for photo in photos if photo.label == "benign"]
        views = [
            [prepare(each, spec) for each in plain],
            [prepare(change(each, rng), spec) for each in plain],
        ]
        with torch.no_grad():
            before, after = (classifier(torch.from_numpy(np.stack(each)))[0].mean() for each in views)
        return abs(float(after - before))

    moved = mean_move()
    assert erase_changes(classifier, spec, photos, config) == 1
    assert mean_move() < 0.25 * moved


def test_a_card_says_what_was_erased_or_that_nothing_was(
    classifier: Classifier, spec: PreprocessSpec, lesion: np.ndarray, tmp_path: Path
) -> None:
    photos = draw_photos(lesion, tmp_path)
    config = ErasureConfig(zooms=(0.5,), marks=(draw_ink, draw_hairs), parts=(1,), auc_lost=1.0)
    erased = erase_marks(classifier, spec, photos, config)
    assert erased == {"parts": 1, "marks": ["ink", "hairs"], "zooms": [0.5]}
    too_dear = ErasureConfig(zooms=(0.5,), marks=(), parts=(1,), auc_lost=-1.0)
    assert erase_marks(classifier, spec, photos, too_dear) == {"parts": 0, "marks": [], "zooms": []}


def test_without_a_source_of_both_classes_nothing_is_erased(
    classifier: Classifier, spec: PreprocessSpec, lesion: np.ndarray, tmp_path: Path
) -> None:
    photos = [photo for photo in draw_photos(lesion, tmp_path) if photo.label == "benign"]
    before = classifier.head.weight.clone()
    assert erase_changes(classifier, spec, photos, ErasureConfig()) == 0
    assert torch.equal(classifier.head.weight, before)
