"""docs/model-card.md is what the release's evaluation writes, and the evaluation is of the released pair."""

import json

import pytest

from inference.evaluation.model_card import CARD, EVALUATION, render_model_card
from inference.evaluation.run import DECISIONS
from inference.release import find_directory


@pytest.fixture(scope="module")
def report():
    return json.loads(EVALUATION.read_text(encoding="utf-8"))


def test_the_card_is_the_one_that_the_evaluation_writes(report):
    assert CARD.read_text(encoding="utf-8") == render_model_card(report), "run `make model-card`"


def test_the_evaluation_is_of_the_released_pair(report):
    pair = json.loads((find_directory() / "pair.json").read_text(encoding="utf-8"))
    measured = report["release"]
    assert measured["version"] == pair["version"]
    assert measured["sha256"] == pair["sha256"], "run `nevus evaluate` on the released pair again"
    assert measured["decisions"] == {key: pair[key] for key in DECISIONS if key in pair}


def test_the_evaluation_names_no_photo():
    text = EVALUATION.read_text(encoding="utf-8").lower()
    assert not [end for end in (".jpg", ".jpeg", ".png") if end in text]
