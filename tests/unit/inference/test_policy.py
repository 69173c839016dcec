"""pair.json is refused rather than guessed."""

import copy

import numpy as np
import pytest

from inference.policy import LogitScale, Policy, PolicyError, QualityLimits, Thresholds
from inference.readings import Domain
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
        (("combination", "malignant_weights"), {"cnn": 1}),
        (("prevalence_calibrated",), 0.1),
        (("temperatures", "cnn"), {"scale": 0, "bias": 0}),
        (("temperatures", "pair"), {"scale": float("nan"), "bias": 0}),
        (("temperatures", "pair"), {"scale": 1, "bias": 0, "cube": -0.1}),
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
        {"crowd_side_max": 1.5},
        {"crowd_area_min": -0.1},
        {"sure_min": 1.1},
        {"sure_area_min": float("nan")},
        {"several_cells": -1},
        {"min_lesion_px": float("inf")},
        {"unheard_of": 1},
    ],
)
def test_a_finder_out_of_range_is_refused(change):
    pair = tiny_pair(finder=True)
    pair["finder"] = pair["finder"] | change
    with pytest.raises(PolicyError):
        Policy.from_dict(pair)


NEAR = {
    "combination": {
        "method": "mean_logit",
        "weights": {"cnn": 0.6, "vit": 0.2},
        "malignant_weights": {"cnn": 0.2, "vit": 0.6},
    },
    "temperatures": {name: {"scale": 2.0, "bias": -1.0} for name in ("cnn", "vit", "pair")},
    "malignant": {name: {"scale": 3.0, "bias": 0.5} for name in ("cnn", "vit")},
    "thresholds": {"moderate": 0.1, "high": 0.8, "malignant_moderate": 0.3, "malignant_high": 1.0},
    "disagreement": {"max_gap_probability": 0.7},
}


def test_a_pair_without_close_ups_of_its_own_reads_all_photos_alike():
    policy = Policy.from_dict(tiny_pair())
    assert policy.closeup is None
    assert all(policy.for_domain(domain) is policy for domain in Domain)
    assert policy.rules.closeup is None


def test_a_pair_that_weighs_no_malignancy_takes_the_mean():
    """As those before 0.8 did."""
    assert Policy.from_dict(tiny_pair()).malignant_weights == {"cnn": 0.5, "vit": 0.5}


def test_a_close_up_gets_its_own_scales_and_thresholds():
    policy = Policy.from_dict(tiny_pair() | {"closeup": NEAR})
    near = policy.for_domain(Domain.CLINICAL)
    assert near.weights == pytest.approx({"cnn": 0.75, "vit": 0.25})
    assert near.malignant_weights == pytest.approx({"cnn": 0.25, "vit": 0.75})
    assert near.melanoma["cnn"] == near.pair == LogitScale(scale=2.0, bias=-1.0)
    assert near.malignant["vit"] == LogitScale(scale=3.0, bias=0.5)
    assert near.thresholds == Thresholds(moderate=0.1, high=0.8, malignant_moderate=0.3, malignant_high=1.0)
    assert near.max_gap_probability == 0.7
    assert (near.domain, near.quality) == (policy.domain, policy.quality)
    for domain in (Domain.DERMOSCOPIC, Domain.OTHER):
        assert policy.for_domain(domain) is policy
    assert policy.thresholds.high == 0.6


def test_a_case_keeps_the_rules_of_close_ups_that_it_was_read_by():
    """Also one of a pair that had none, under a pair that has some."""
    newer, older = (Policy.from_dict(pair) for pair in (tiny_pair() | {"closeup": NEAR}, tiny_pair()))
    kept = older.with_rules(newer.rules).for_domain(Domain.CLINICAL)
    assert kept.thresholds == newer.closeup.thresholds
    assert kept.max_gap_probability == 0.7
    assert newer.with_rules(older.rules).for_domain(Domain.CLINICAL).thresholds == older.thresholds
    assert newer.with_rules(newer.rules).rules == newer.rules


def test_a_scale_may_have_a_cube():
    curved = {"pair": {"scale": 0.5, "bias": -1.0, "cube": 0.1}}
    pair = Policy.from_dict(tiny_pair() | {"temperatures": NEAR["temperatures"] | curved}).pair
    assert pair(2.0) == pytest.approx(0.5 * 2 - 1 + 0.1 * 8)
    assert pair(np.array([2.0, -2.0])) == pytest.approx(np.array([0.8, -2.8]))


@pytest.mark.parametrize("key", list(NEAR))
def test_a_key_that_the_close_ups_lack_is_named(key):
    near = {name: value for name, value in NEAR.items() if name != key}
    with pytest.raises(PolicyError, match=key):
        Policy.from_dict(tiny_pair() | {"closeup": near})


@pytest.mark.parametrize(
    "change",
    [
        {"thresholds": NEAR["thresholds"] | {"moderate": 0.9}},
        {"disagreement": {"max_gap_probability": 2}},
        {"temperatures": NEAR["temperatures"] | {"pair": {"scale": 0, "bias": 0}}},
        {"combination": {"weights": {"cnn": 0, "vit": 0}}},
    ],
)
def test_close_ups_out_of_range_are_refused(change):
    with pytest.raises(PolicyError):
        Policy.from_dict(tiny_pair() | {"closeup": NEAR | change})
