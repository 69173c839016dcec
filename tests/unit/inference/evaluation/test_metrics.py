"""Measures with intervals."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.evaluation import metrics

TRUTH = np.array([True, True, False, False])


def test_area_counts_ordered_pairs_and_halves_ties() -> None:
    """3 of 4 pairs right is 0.75; all tied is 0.5."""
    assert metrics.area_under_roc(TRUTH, np.array([0.9, 0.4, 0.5, 0.1])) == 0.75
    assert metrics.area_under_roc(TRUTH, np.full(4, 0.3)) == 0.5


def test_area_without_a_class_is_no_number() -> None:
    """A source with benign photos alone has no area."""
    assert np.isnan(metrics.area_under_roc(np.zeros(3, bool), np.ones(3)))


def test_wilson_interval_is_the_published_one() -> None:
    """97 % of 500: 95.1 to 98.2, as in the field's notes."""
    found = metrics.share_with_interval(485, 500)
    assert (round(found.low, 3), round(found.high, 3)) == (0.951, 0.982)


@settings(max_examples=50)
@given(n=st.integers(1, 500), data=st.data())
def test_share_lies_in_its_interval(n: int, data: st.DataObject) -> None:
    """Also for none and all."""
    found = metrics.share_with_interval(data.draw(st.integers(0, n)), n)
    assert 0 <= found.low <= found.value + 1e-12
    assert found.value - 1e-12 <= found.high <= 1


def test_threshold_keeps_the_wanted_sensitivity() -> None:
    """At 95 % of 40 positives, two may be missed."""
    truth, scores = np.ones(40, bool), np.arange(40) / 40
    threshold = metrics.threshold_at_sensitivity(truth, scores, 0.95)
    assert metrics.sensitivity(truth, scores, threshold).value == 0.95
    with pytest.raises(ValueError, match="no positives"):
        metrics.threshold_at_sensitivity(~truth, scores, 0.95)


def test_sensitivity_counts_the_threshold_itself() -> None:
    """A score at the threshold is called; specificity counts what lies below."""
    assert metrics.sensitivity(TRUTH, np.array([0.5, 0.4, 0.5, 0.1]), 0.5).value == 0.5
    assert metrics.specificity(TRUTH, np.array([0.5, 0.4, 0.5, 0.1]), 0.5).value == 0.5


def test_calibration_error_of_honest_and_of_boastful_scores() -> None:
    """Probabilities that say what happens have none."""
    rng = np.random.default_rng(2)
    chances = rng.random(20000)
    truth = rng.random(20000) < chances
    assert metrics.calibration_error(truth, chances) < 0.02
    assert metrics.calibration_error(np.zeros(10, bool), np.full(10, 0.9)) == pytest.approx(0.9)
    # Bins of equally many photos: the five low ones are 0.1 off, the five high ones are right.
    chances = np.array([0.1] * 5 + [1.0] * 5)
    truth = np.array([False] * 5 + [True] * 5)
    assert metrics.calibration_error(truth, chances, bins=2) == pytest.approx(0.05)
    assert metrics.brier_score(np.array([True, False]), np.array([1.0, 0.5])) == 0.125


def test_prevalence_shift_is_bayes() -> None:
    """An even chance at 50 % is the prevalence itself elsewhere; and the shift has a way back."""
    assert metrics.shift_prevalence(np.array([0.5]), 0.05)[0] == pytest.approx(0.05)
    there = metrics.shift_prevalence(np.array([0.2, 0.9]), 0.05)
    back = metrics.shift_prevalence(there, 0.5, calibrated_at=0.05)
    assert back == pytest.approx([0.2, 0.9])


def test_predictive_values_are_the_published_ones() -> None:
    """Sensitivity 95 with specificity 64: NPV 99.6 % at 5 % prevalence, 92.8 % at 50 %."""
    assert metrics.predictive_values(0.95, 0.64, 0.05)[1] == pytest.approx(0.996, abs=5e-4)
    assert metrics.predictive_values(0.95, 0.64, 0.50)[1] == pytest.approx(0.928, abs=5e-4)
