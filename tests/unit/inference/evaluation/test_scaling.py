"""Scores to probabilities."""

import numpy as np
import pytest

from inference.evaluation.scaling import balance_weights, fit_affine, sigmoid

RNG = np.random.default_rng(0)


def test_platts_scale_is_found_again() -> None:
    """Logits that say the truth after scale 0.5 and bias 1 get scale 0.5 and bias 1."""
    logits = RNG.normal(0, 3, 40000)
    truth = RNG.random(40000) < sigmoid(0.5 * logits + 1)
    found = fit_affine(logits, truth, np.full(40000, 1 / 40000))
    assert (found.scale, found.bias) == (pytest.approx(0.5, abs=0.03), pytest.approx(1, abs=0.05))


def test_separable_scores_do_not_run_away() -> None:
    """Newton's method ends, with finite numbers."""
    found = fit_affine(np.array([-3.0, -2, 2, 3]), np.array([False, False, True, True]), np.full(4, 0.25))
    assert np.isfinite([found.scale, found.bias]).all()


def test_scores_that_mean_the_opposite_are_refused() -> None:
    """And so is a single class."""
    logits, weights = np.array([3.0, 2, -2, -3, 0.1]), np.full(5, 0.2)
    with pytest.raises(ValueError, match="do not mean"):
        fit_affine(logits, np.array([False, False, True, True, True]), weights)
    with pytest.raises(ValueError, match="both classes"):
        fit_affine(logits, np.ones(5, bool), weights)


def test_every_source_and_class_has_the_same_mass() -> None:
    """However many photos it has: so 50 % prevalence."""
    truth = np.array([True, False, False, False, True, False])
    sources = np.array(["a", "a", "a", "a", "b", "b"])
    weights = balance_weights(truth, sources)
    assert weights.sum() == pytest.approx(1)
    assert weights[truth].sum() == pytest.approx(0.5)
    assert weights[sources == "b"].sum() == pytest.approx(0.5)
