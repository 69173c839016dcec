"""What would be low is judged by thresholds that the judged photos had no part in."""

import numpy as np
import pytest

from inference.evaluation.low_shares import describe_low_shares

COUNT = 400
GROUPS = np.array([f"lesion {number}" for number in range(2 * COUNT)])
TRUTH = np.arange(2 * COUNT) < COUNT


def test_scores_that_part_both_leave_the_wanted_share_of_melanomas() -> None:
    rng = np.random.default_rng(0)
    scores = np.where(TRUTH, rng.uniform(0.5, 1, 2 * COUNT), rng.uniform(0, 0.5, 2 * COUNT))
    shares = describe_low_shares(TRUTH, scores, GROUPS)
    assert shares["benign"]["value"] == 1
    assert shares["benign"]["n"] == shares["melanoma"]["n"] == COUNT
    assert shares["melanoma"]["value"] == pytest.approx(0.02, abs=0.015)


def test_scores_that_know_nothing_leave_both_the_same_small_share() -> None:
    shares = describe_low_shares(TRUTH, np.random.default_rng(1).random(2 * COUNT), GROUPS)
    assert shares["benign"]["value"] == pytest.approx(0.02, abs=0.02)


def test_a_photo_has_no_part_in_its_own_threshold() -> None:
    """The only low melanoma may be low: the others' threshold is far above it."""
    scores = np.where(TRUTH, 0.9, 0.95)
    scores[0] = 0.1
    shares = describe_low_shares(TRUTH, scores, GROUPS)
    assert shares["melanoma"]["value"] == pytest.approx(1 / COUNT, abs=1e-3)


def test_a_fold_that_holds_all_melanomas_is_not_judged() -> None:
    groups = np.array(["one"] * COUNT + ["two"] * COUNT)
    shares = describe_low_shares(TRUTH, np.where(TRUTH, 0.9, 0.1), groups)
    assert shares["melanoma"] == {"value": None, "low": None, "high": None, "n": 0}
