"""Scores to probabilities and thresholds."""

import numpy as np
import pytest

from inference.evaluation.scaling import sigmoid
from models.release import calibration as cal

RNG = np.random.default_rng(0)


def test_the_better_classifier_gets_the_larger_share() -> None:
    """Between 0.3 and 0.7."""
    truth = RNG.random(3000) < 0.5
    good, bad = np.where(truth, 2, -2) + RNG.normal(0, 1.5, 3000), RNG.normal(0, 1, 3000)
    weights = np.full(3000, 1 / 3000)
    assert cal.choose_weight(good, bad, truth, weights) == 0.7
    assert cal.choose_weight(bad, good, truth, weights) == 0.3


def test_thresholds_reach_their_goals() -> None:
    """In every source few melanomas lie below moderate; benign photos rarely reach high."""
    n = 2000
    labels = RNG.choice(["melanoma", "benign", "other_malignant"], n, p=[0.4, 0.5, 0.1])
    sources = RNG.choice(["a", "b"], n)
    melanoma = sigmoid(np.where(labels == "melanoma", 2, -2) + RNG.normal(0, 1, n))
    malignant = sigmoid(np.where(labels == "benign", -2, 2) + RNG.normal(0, 1, n))
    goals = cal.ThresholdGoals()
    known = cal.Known(labels, sources, np.ones(n, bool))
    found = cal.choose_thresholds(melanoma, malignant, known, goals)
    for source in ("a", "b"):
        cancers = melanoma[(labels == "melanoma") & (sources == source)]
        assert (cancers < found.moderate).mean() <= goals.missed_in_source
    assert (melanoma[labels == "benign"] >= found.high).mean() <= 1 - goals.high_specificity + 0.01
    assert found.moderate <= found.high
    assert found.malignant_moderate <= found.malignant_high
    rounded = cal.rounded(found)
    assert rounded["moderate"] <= found.moderate


def test_melanomas_that_are_never_low_do_not_lower_the_start_of_moderate() -> None:
    """Those on which the finder marks nothing: their scores do not count."""
    n = 2000
    labels = RNG.choice(["melanoma", "benign"], n)
    sources = RNG.choice(["a", "b"], n)
    melanoma = sigmoid(np.where(labels == "melanoma", 2, -2) + RNG.normal(0, 1, n))
    unseen = (labels == "melanoma") & (np.arange(n) % 10 == 0)
    melanoma[unseen] = 0.001
    goals, known = cal.ThresholdGoals(), cal.Known(labels, sources, ~unseen)
    everywhere = known._replace(can_be_low=np.ones(n, bool))
    assert cal.choose_thresholds(melanoma, melanoma, everywhere, goals).moderate == pytest.approx(0.001)
    moderate = cal.choose_thresholds(melanoma, melanoma, known, goals).moderate
    assert moderate > 0.2
    missed = (melanoma < moderate) & (labels == "melanoma") & ~unseen
    for source in ("a", "b"):
        members = (labels == "melanoma") & (sources == source)
        assert missed[members].mean() <= goals.missed_in_source


def test_a_share_of_missed_melanomas_is_of_all_melanomas() -> None:
    """Of a hundred, half of them never low, one may lie below `moderate`: 1.2 % of all, not of fifty."""
    melanoma = np.concatenate([np.arange(1, 51) / 100, np.full(50, 0.001)])
    known = cal.Known(np.full(100, "melanoma"), np.full(100, "a"), melanoma > 0.001)
    known = known._replace(labels=np.append(known.labels, "benign"), sources=np.append(known.sources, "a"))
    known = known._replace(can_be_low=np.append(known.can_be_low, True))
    scores = np.append(melanoma, 0.0)
    assert cal.choose_thresholds(scores, scores, known, cal.ThresholdGoals()).moderate == 0.02


def test_a_gap_is_exceeded_by_few() -> None:
    """The share asked for."""
    first, second = RNG.random(4000), RNG.random(4000)
    gap = cal.choose_gap(first, second, share=0.1)
    assert (np.abs(first - second) > gap).mean() == pytest.approx(0.1, abs=0.01)


def test_temperature_cools_boastful_logits() -> None:
    """Logits four times too large get a temperature near 4."""
    honest = RNG.normal(0, 1.5, (5000, 3))
    chances = cal.softmax(honest)
    classes = np.array([RNG.choice(3, p=row) for row in chances])
    assert cal.fit_temperature(honest * 4, classes) == pytest.approx(4, rel=0.15)


def test_histograms_count_everything() -> None:
    """Both ends included."""
    counted = cal.histogram(np.array([0.0, 0.5, 1.0]))
    assert sum(counted["counts"]) == 3
    assert len(counted["edges"]) == 21
