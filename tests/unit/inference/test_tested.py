"""A figure stands in an answer only where two sources that chose nothing, of 50 melanomas each, carry it."""

import json

import pytest

from inference.readings import RiskLevel
from inference.release import find_directory
from inference.tested import (
    AnswerFigures,
    MelanomaShare,
    PredictiveRange,
    find_melanoma_shares,
    find_predictive_range,
    find_unused_sources,
)


def figures(sensitivity, specificity, melanomas=60):
    return {
        "pair": {
            "melanomas": melanomas,
            "melanomas_at_or_above_high": {"value": sensitivity, "n": melanomas},
            "others_below_high": {"value": specificity, "n": 300},
        }
    }


def pair(*, unused=("a", "b"), **sources):
    return {
        "data": {
            "train": {"ham/benign": 3007, "ham/melanoma": 1000},
            "validation": {"isic/melanoma": 366},
            "held_out": {f"{name}/melanoma": 60 for name in unused},
        },
        "metrics": {"sources": sources},
    }


def test_the_range_spans_the_unused_sources():
    """At 5 %: 0.8 and 0.9 give 0.04 / (0.04 + 0.095) = 0.296; 0.6 and 0.99 give 0.759."""
    found = find_predictive_range(
        pair(a=figures(0.8, 0.9), b=figures(0.6, 0.99), ham=figures(1, 1), isic=figures(1, 0)), 0.05
    )
    assert found == PredictiveRange(fewest=29, most=76, prevalence=0.05)


@pytest.mark.parametrize(("prevalence", "fewest", "most"), [(0.03, 19, 65), (0.08, 41, 84)])
def test_the_range_follows_the_prevalence(prevalence, fewest, most):
    found = find_predictive_range(pair(a=figures(0.8, 0.9), b=figures(0.6, 0.99)), prevalence)
    assert (found.fewest, found.most) == (fewest, most)


@pytest.mark.parametrize(
    "changed",
    [
        {"b": figures(0.6, 0.99, melanomas=49)},
        {"b": {}},
        {"b": {"pair": {"melanomas_at_or_above_high": {"value": None, "n": 60}}}},
        {"b": figures(0.6, None)},
        {"b": figures(0.0, 1.0)},  # nothing is called high
        {"b": figures(True, 0.9)},
        {"unused": ("a",)},
        {"unused": ("a", "ham")},
        {"unused": ()},
    ],
)
def test_with_fewer_than_two_such_sources_there_is_no_number(changed):
    sources = {"a": figures(0.8, 0.9), "b": figures(0.6, 0.99), "ham": figures(0.9, 0.9)}
    assert find_predictive_range(pair(**(sources | changed)), 0.05) is None


@pytest.mark.parametrize("broken", [{}, {"data": 3, "metrics": []}, {"data": {"held_out": ["a/b"]}}])
def test_a_pair_without_its_figures_carries_none(broken):
    assert find_predictive_range(broken, 0.05) is None
    assert find_unused_sources(broken) == frozenset()
    assert find_melanoma_shares(broken, RiskLevel.LOW) == ()


def test_a_source_that_chose_anything_is_used():
    data = {"train": {"a/benign": 1}, "later": {"b/benign": 1}, "held_out": {"a/x": 1, "b/x": 1, "c/x": 1}}
    assert find_unused_sources({"data": data}) == {"c"}


def test_shares_are_those_of_the_melanomas_and_unused_sources_come_first():
    levels = {
        "ham/melanoma": {"low": {"value": 0.02, "n": 112}, "moderate": {"value": 0.41, "n": 112}},
        "ham/benign": {"moderate": {"value": 0.5, "n": 349}},
        "a/melanoma": {"moderate": {"value": 0.24, "n": 21}},
        "b/melanoma": {"moderate": {"value": None, "n": 0}},
    }
    shares = find_melanoma_shares(pair() | {"metrics": {"levels": levels}}, RiskLevel.MODERATE)
    assert shares == (
        MelanomaShare(source="a", share=0.24, melanomas=21, is_unused=True),
        MelanomaShare(source="ham", share=0.41, melanomas=112, is_unused=False),
    )


def test_the_released_pair_shows_no_number_before_two_sources_carry_one():
    released = json.loads((find_directory() / "pair.json").read_text())
    unused = find_unused_sources(released)
    assert unused, "the release says which sources chose nothing"
    sources = released["metrics"]["sources"]
    large = [name for name in unused if sources.get(name, {}).get("pair", {}).get("melanomas", 0) >= 50]
    found = AnswerFigures.from_pair(released, 0.05)
    assert (found.high is None) is (len(large) < 2)
    assert found.shares[RiskLevel.MODERATE]
