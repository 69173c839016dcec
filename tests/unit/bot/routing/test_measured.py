"""What was measured is told with its number of photos and its interval, or not at all."""

import pytest

from bot.routing.measured import read_measures, write_measures
from tests.support.builders import wording

AUC = {"value": 0.97, "low": 0.95, "high": 0.98, "n": 1000}
PAIR = {"n": 1000, "melanomas": 100, "auc": AUC}


def read(sources, levels=None):
    return read_measures({"metrics": {"sources": sources, "levels": levels or {}}})


def test_sets_that_were_never_seen_come_first():
    sources = {name: {"pair": PAIR} for name in ("ham", "new", "another", "isic")}
    data = {"train": {"ham/benign": 9}, "validation": {"isic/benign": 9}, "held_out": {"new/melanoma": 9}}
    found = read_measures({"metrics": {"sources": sources}, "data": data})
    assert [each.source for each in found] == ["new", "ham", "isic", "another"]
    assert [each.is_unused for each in found] == [True, False, False, False]


@pytest.mark.parametrize("language", ["en", "fr"])
def test_each_figure_is_told_with_its_interval(language):
    share = {"value": 0.975, "low": 0.95, "high": 0.99, "n": 100}
    levels = {"ham/melanoma": {"low": share}, "ham/benign": {"low": share}, "isic/benign": {"low": AUC}}
    told = write_measures(read({"ham": {"pair": PAIR, "cnn": {"auc": AUC}}}, levels), wording(language))
    say = wording(language).say
    assert told.count(say("about-number", value=0.97)) == 2
    assert told.count(say("percent", value=97.5)) == 2
    assert told.count(say("percent", value=99)) == 2
    assert "100" in told


@pytest.mark.parametrize(
    "metrics",
    [
        None,
        {},
        [],
        {"sources": 1},
        {"sources": {"a": 1}},
        {"sources": {"a": {"cnn": PAIR}}},
        {"sources": {"a": {"pair": {"auc": AUC}}}},
        {"sources": {"a": {"pair": PAIR | {"auc": {"value": 0.97}}}}},
        {"sources": {"a": {"pair": PAIR | {"auc": AUC | {"value": None}}}}},
    ],
)
@pytest.mark.parametrize("language", ["en", "fr"])
def test_half_a_measure_is_none_and_that_is_said(metrics, language):
    assert read_measures({"metrics": metrics}) == []
    assert wording(language).say("about-measured-none") in write_measures([], wording(language))
