"""Scores to probabilities."""

from dataclasses import asdict

import numpy as np
import pytest

from inference.evaluation.scaling import balance_weights, fit_affine, fit_curve, sigmoid

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


def test_a_curved_scale_is_found_again() -> None:
    """Ends that mean more than a line says get a cube, and ends that mean less a line."""
    logits = RNG.uniform(-4, 4, 60000)
    truth = RNG.random(60000) < sigmoid(0.5 * logits + 0.06 * logits**3 - 0.3)
    weights = np.full(60000, 1 / 60000)
    found = fit_curve(logits, truth, weights)
    wanted = {"scale": 0.5, "bias": -0.3, "cube": 0.06}
    assert asdict(found) == {name: pytest.approx(value, abs=0.05) for name, value in wanted.items()}
    flat = RNG.random(60000) < sigmoid(1.5 * np.tanh(logits))
    assert fit_curve(logits, flat, weights) == fit_affine(logits, flat, weights)


@pytest.mark.parametrize("fit", [fit_affine, fit_curve])
def test_a_higher_logit_stays_a_higher_one(fit) -> None:
    """Far beyond the scores that it was fitted on, too."""
    logits = RNG.normal(0, 2, 500)
    scale = fit(logits, RNG.random(500) < sigmoid(logits), np.full(500, 1 / 500))
    assert (np.diff(scale(np.linspace(-60, 60, 999))) > 0).all()


def test_scores_that_mean_the_opposite_are_refused() -> None:
    """And so is a single class."""
    logits, weights = np.array([3.0, 2, -2, -3, 0.1]), np.full(5, 0.2)
    for fit in (fit_affine, fit_curve):
        with pytest.raises(ValueError, match="do not mean"):
            fit(logits, np.array([False, False, True, True, True]), weights)
        with pytest.raises(ValueError, match="both classes"):
            fit(logits, np.ones(5, bool), weights)


def test_every_source_and_class_has_the_same_mass() -> None:
    """However many photos it has: so 50 % prevalence."""
    truth = np.array([True, False, False, False, True, False])
    sources = np.array(["a", "a", "a", "a", "b", "b"])
    weights = balance_weights(truth, sources)
    assert weights.sum() == pytest.approx(1)
    assert weights[truth].sum() == pytest.approx(0.5)
    assert weights[sources == "b"].sum() == pytest.approx(0.5)
