"""What was measured is told with its number of photos and its interval, or not at all."""

import pytest

from bot.answers.measured import read_measures, write_measures
from tests.unit.bot.answers.builders import wording

AUC = {"value": 0.97, "low": 0.95, "high": 0.98}


def test_each_classifier_on_each_source_is_read():
    found = read_measures({"metrics": {"overall": {"n": 10, "pair": {"auc": AUC}, "cnn": {"auc": AUC}}}})
    assert [(each.source, each.who, each.photos) for each in found] == [
        ("overall", "pair", 10),
        ("overall", "cnn", 10),
    ]


@pytest.mark.parametrize(
    "metrics",
    [
        None,
        {},
        [],
        {"a": 1},
        {"a": {"pair": {"auc": AUC}}},
        {"a": {"n": 5, "pair": {"auc": 0.97}}},
        {"a": {"n": 5, "pair": {"auc": {"value": 0.97}}}},
        {"a": {"n": 5, "pair": None}},
    ],
)
@pytest.mark.parametrize("language", ["en", "fr"])
def test_half_a_measure_is_none_and_that_is_said(metrics, language):
    assert read_measures({"metrics": metrics}) == []
    assert wording(language).say("about-measured-none") in write_measures([], wording(language))
