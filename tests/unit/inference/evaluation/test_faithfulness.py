"""Deletion and insertion curves on a network whose truth is known: it sums a place's brightness."""

import numpy as np
import pytest

from inference.evaluation.faithfulness import (
    bootstrap_mean,
    hide_photo,
    measure_curves,
    order_places,
    swap_places,
)
from inference.opinions import RawScores
from inference.raw_opinions import RawOpinion


def bright_corner() -> np.ndarray:
    photo = np.full((64, 64, 3), 40, np.uint8)
    photo[:16, :16] = 250
    return photo


def judge(photo: np.ndarray, *, sign: float = 1.0) -> RawOpinion:
    places = photo.astype(np.float32).mean(axis=2).reshape(8, 8, 8, 8).mean(axis=(1, 3))
    evidence = (places > 200).astype(np.float32)
    scores = RawScores(
        melanoma_logit=float(evidence.sum()), malignant_logit=0.0, domain_logits=(0.0, 0.0, 0.0)
    )
    return RawOpinion(scores=scores, evidence=sign * evidence)


def test_a_map_that_tells_the_truth_beats_chance_both_ways() -> None:
    curves = measure_curves(bright_corner(), judge, np.random.default_rng(0))
    assert curves.deletion < curves.random_deletion
    assert curves.insertion > curves.random_insertion


def test_a_map_that_lies_is_worse_than_chance() -> None:
    curves = measure_curves(bright_corner(), lambda photo: judge(photo, sign=-1.0), np.random.default_rng(0))
    assert curves.deletion > curves.random_deletion
    assert curves.insertion < curves.random_insertion


def test_the_strongest_evidence_comes_first_and_ties_keep_their_order() -> None:
    assert order_places(np.array([[0.1, 3.0], [-2.0, 3.0]], np.float32)).tolist() == [1, 3, 0, 2]


def test_only_the_named_places_are_swapped() -> None:
    first, second = np.zeros((8, 8, 3), np.uint8), np.full((8, 8, 3), 9, np.uint8)
    swapped = swap_places(first, second, np.array([3]), (2, 2))
    assert (swapped[4:, 4:] == 9).all()
    assert swapped.sum() == 9 * 3 * 16


def test_a_hidden_photo_keeps_its_size_and_colours_but_no_detail() -> None:
    hidden = hide_photo(bright_corner())
    assert hidden.shape == (64, 64, 3)
    assert hidden.std() < bright_corner().std()
    assert hidden.mean() == pytest.approx(bright_corner().mean(), abs=4)


def test_the_interval_holds_the_mean() -> None:
    mean, low, high = bootstrap_mean([0.0, 1.0, 2.0, 3.0])
    assert low < mean == 1.5 < high
