"""Figures and curves: known answers, intervals that hold their figure, groups that stay together."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.evaluation.curves import trace_reliability, trace_risk_coverage, trace_roc
from inference.evaluation.figures import FigureConfig, describe_score, draw_groups

CONFIG = FigureConfig(cuts={"moderate": 0.2, "half": 0.5, "high": 0.8}, prevalences=(0.05,), rounds=60)


def make_scores(n=400, *, seed=0):
    """Calibrated scores: a melanoma turns up as often as its probability says."""
    rng = np.random.default_rng(seed)
    probabilities = rng.uniform(0, 1, n)
    return rng.random(n) < probabilities, probabilities, np.array([f"g{at // 2}" for at in range(n)])


def list_estimates(figures):
    for value in figures.values():
        if isinstance(value, dict) and "low" in value:
            yield value
        elif isinstance(value, dict):
            yield from list_estimates(value)


def test_every_figure_lies_in_its_interval():
    figures = describe_score(*make_scores(), CONFIG)
    estimates = list(list_estimates(figures))
    assert len(estimates) > 12
    for estimate in estimates:
        assert estimate["low"] <= estimate["value"] <= estimate["high"]


def test_calibrated_scores_have_a_small_calibration_error():
    truth, probabilities, groups = make_scores(4000)
    figures = describe_score(truth, probabilities, groups, CONFIG)
    assert figures["ece"]["value"] < 0.05
    assert figures["auc"]["value"] == pytest.approx(5 / 6, abs=0.02)  # of uniform calibrated scores


def test_a_perfect_score_keeps_room_for_doubt_in_its_predictive_values():
    truth = np.array([True] * 30 + [False] * 70)
    figures = describe_score(truth, truth * 0.9 + 0.05, np.arange(100).astype(str), CONFIG)
    npv = figures["cuts"]["half"]["predictive_values"]["0.05"]["npv"]
    assert npv["value"] == 1
    assert npv["low"] < 1
    assert figures["auc"]["value"] == figures["specificity_at_95_sensitivity"]["value"] == 1


def test_predictive_values_are_those_of_the_stated_prevalence():
    truth = np.array([True] * 100 + [False] * 100)
    scores = np.array([0.9] * 95 + [0.1] * 5 + [0.9] * 36 + [0.1] * 64)
    cut = describe_score(truth, scores, np.arange(200).astype(str), CONFIG)["cuts"]["half"]
    # sensitivity 95 %, specificity 64 %, prevalence 5 %: NPV 99.6 %
    assert cut["predictive_values"]["0.05"]["npv"]["value"] == pytest.approx(0.996, abs=0.0005)


def test_the_same_seed_gives_the_same_figures():
    assert describe_score(*make_scores(), CONFIG) == describe_score(*make_scores(), CONFIG)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 8)), min_size=2, max_size=40), st.integers(0, 5))
def test_a_group_is_drawn_whole_or_not_at_all(photos, seed):
    truth = np.array([melanoma for melanoma, _ in photos])
    groups = np.array([str(group) for _, group in photos])
    sizes = {group: int((groups == group).sum()) for group in set(groups)}
    for index in draw_groups(truth, groups, 3, seed):
        for group, size in sizes.items():
            times = [int((index == at).sum()) for at in np.flatnonzero(groups == group)]
            assert len(set(times)) == 1
            assert sum(times) % size == 0


def test_the_roc_runs_from_corner_to_corner_and_never_falls():
    truth, probabilities, _ = make_scores()
    points = np.array(trace_roc(truth, probabilities))
    assert points[0].tolist() == [0, 0]
    assert points[-1].tolist() == [1, 1]
    assert (np.diff(points, axis=0) >= 0).all()
    assert len(points) <= 62


def test_equal_scores_are_one_step_of_the_roc():
    assert trace_roc(np.array([True, False, True]), np.array([0.5, 0.5, 0.5])) == [[0, 0], [1, 1]]


def test_risk_at_full_coverage_is_the_share_of_errors():
    truth, probabilities, _ = make_scores()
    points = trace_risk_coverage(truth, probabilities)
    assert points[-1] == [1.0, pytest.approx(((probabilities >= 0.5) != truth).mean(), abs=1e-4)]
    assert points[0][1] < points[-1][1]


def test_reliability_counts_every_photo_once():
    truth, probabilities, _ = make_scores()
    assert sum(row["n"] for row in trace_reliability(truth, probabilities)) == len(truth)
