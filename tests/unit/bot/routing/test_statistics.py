"""The statistics fit a caption in both languages, with few figures and with many, and make a picture."""

from dataclasses import replace
from io import BytesIO

import pytest
from PIL import Image

from bot.conversation.wording import Wording, count_units
from bot.routing.statistics import draw_chart, write_statistics
from bot.texts import Texts
from storage.statistics import Statistics

TEXTS = Texts.load()
NOTHING = Statistics(cases={}, senders=0, referrals={}, to_claim_s=[], to_answer_s=[], verdicts={})
MUCH = Statistics(
    cases=dict.fromkeys(("low", "moderate", "high", "not_assessable"), 1_234_567),
    senders=123_456,
    referrals=dict.fromkeys(("open", "claimed", "answered", "withdrawn"), 123_456),
    to_claim_s=[60.0, 3_600.0, 1e7],
    to_answer_s=[1e6, 1e7, 1e8],
    verdicts={("high", "urgent"): 12_345, ("low", "urgent"): 12_345, ("high", "benign"): 1},
)


def wording_in(language: str) -> Wording:
    return Wording(texts=TEXTS, language=language, prevalence=0.05, pathway="pathway")


@pytest.mark.parametrize("language", TEXTS.languages)
@pytest.mark.parametrize("statistics", [NOTHING, MUCH])
def test_the_text_fits_a_caption(language: str, statistics: Statistics):
    assert 0 < count_units(write_statistics(statistics, wording_in(language))) <= 960


@pytest.mark.parametrize("language", TEXTS.languages)
def test_with_every_outcome_it_fits_a_message(language: str):
    levels = ("low", "moderate", "high", "not_assessable")
    outcomes = {(level, kind): 123_456 for level in levels for kind in ("melanoma", "benign_histology")}
    text = write_statistics(replace(MUCH, outcomes=outcomes), wording_in(language))
    assert count_units(text) <= 4_096
    assert text.count("123") > 8


def test_times_and_agreement_are_told():
    told = write_statistics(MUCH, wording_in("en"))
    assert "half within 60 min, nine of ten within 116 d" in told
    assert "as urgent as the level: 12,345 (50%)" in told


@pytest.mark.parametrize("statistics", [NOTHING, MUCH])
def test_the_picture_is_as_wide_as_a_card(statistics: Statistics):
    picture = Image.open(BytesIO(draw_chart(statistics, wording_in("fr"))))
    assert (picture.format, picture.width) == ("PNG", 1024)
