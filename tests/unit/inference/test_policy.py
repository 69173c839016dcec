"""pair.json is refused rather than guessed."""

import copy

import pytest

from inference.policy import Policy, PolicyError, QualityLimits
from tests.support.tiny_release import tiny_pair


def test_a_complete_pair_becomes_a_policy():
    policy = Policy.from_dict(tiny_pair())
    assert policy.weights == {"cnn": 0.5, "vit": 0.5}
    assert policy.thresholds.high == 0.6
    assert policy.prevalences == (0.03, 0.05, 0.08)


@pytest.mark.parametrize(
    "key",
    [
        "combination",
        "temperatures",
        "malignant",
        "prevalence_calibrated",
        "thresholds",
        "disagreement",
        "domain",
    ],
)
def test_a_missing_key_is_named(key):
    pair = tiny_pair()
    del pair[key]
    with pytest.raises(PolicyError, match=key):
        Policy.from_dict(pair)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("combination", "method"), "max"),
        (("combination", "weights"), {"cnn": 0, "vit": 0}),
        (("prevalence_calibrated",), 0.1),
        (("temperatures", "cnn"), {"scale": 0, "bias": 0}),
        (("temperatures", "pair"), {"scale": float("nan"), "bias": 0}),
        (("thresholds", "moderate"), 0.7),  # above high
        (("thresholds", "high"), 1.2),
        (("thresholds",), None),
        (("disagreement", "max_gap_probability"), "much"),
        (("domain", "temperatures"), {"cnn": 0, "vit": 1}),
    ],
)
def test_a_value_out_of_range_is_refused(path, value):
    pair = copy.deepcopy(tiny_pair())
    place = pair
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    with pytest.raises(PolicyError):
        Policy.from_dict(pair)


def test_weights_are_shares_whatever_they_add_up_to():
    pair = tiny_pair()
    pair["combination"]["weights"] = {"cnn": 0.2, "vit": 0.6}
    assert Policy.from_dict(pair).weights == pytest.approx({"cnn": 0.25, "vit": 0.75})


def test_quality_limits_come_from_the_pair_and_else_from_the_constants():
    assert Policy.from_dict(tiny_pair()).quality == QualityLimits()
    pair = tiny_pair() | {"quality": {"min_side_px": 200, "max_glare": 0.3, "note": "kept"}}
    assert Policy.from_dict(pair).quality == QualityLimits(min_side_px=200, max_glare=0.3)


def test_a_pair_without_finder_has_no_finder_policy():
    assert Policy.from_dict(tiny_pair()).finder is None


def test_the_finders_policy_is_read():
    finder = Policy.from_dict(tiny_pair(finder=True)).finder
    assert finder is not None
    assert (finder.fill, finder.min_area_cells, finder.max_read) == (0.7, 2, 5)


@pytest.mark.parametrize(
    "change",
    [
        {"lesion_min": 0},
        {"lesion_min": 1.5},
        {"peak_min": "high"},
        {"fill": 0},
        {"min_area_cells": 0},
        {"max_read": 0},
        {"relative_area_min": -1},
        {"min_lesion_px": float("inf")},
        {"unheard_of": 1},
    ],
)
def test_a_finder_out_of_range_is_refused(change):
    pair = tiny_pair(finder=True)
    pair["finder"] = pair["finder"] | change
    with pytest.raises(PolicyError):
        Policy.from_dict(pair)
