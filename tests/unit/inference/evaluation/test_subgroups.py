"""Subgroups of a source: who is counted where, and what is stated of few photos."""

import pytest

from inference.evaluation.figures import FigureConfig
from inference.evaluation.labelled import LabelledFile
from inference.evaluation.report_tables import tabulate_subgroups
from inference.evaluation.scoring import ScoredPhoto
from inference.evaluation.subgroups import describe_subgroups
from inference.readings import Reason, RiskLevel
from tests.unit.inference.test_assessment import make_findings

FIGURES = FigureConfig(cuts={}, prevalences=(), rounds=50)


def scored(number, label, score, *, level=RiskLevel.MODERATE, gate=(), **subgroups):
    row = LabelledFile(
        file=f"{number}.jpg", label=label, source="s", group=str(number), split="", subgroups=subgroups
    )
    findings = make_findings(score, opinions=(score, score), gate=gate)
    return ScoredPhoto(row=row, findings=findings, level=level)


def test_every_value_has_its_own_number_levels_and_refusals():
    photos = [
        scored(1, "melanoma", 0.9, level=RiskLevel.HIGH, skin_tone="5"),
        scored(2, "melanoma", 0.2, level=RiskLevel.LOW, skin_tone="5"),
        scored(3, "benign", 0.1, level=RiskLevel.LOW, skin_tone="5"),
        scored(4, "benign", 0.5, level=RiskLevel.NOT_ASSESSABLE, gate=(Reason.QUALITY,), skin_tone="2"),
        scored(5, "other_malignant", 0.5, skin_tone="2"),
        scored(6, "benign", 0.5),
    ]
    described = describe_subgroups(photos, FIGURES)
    assert set(described) == {"skin_tone"}
    dark, light = described["skin_tone"]["5"], described["skin_tone"]["2"]
    assert (dark["n"], dark["melanomas"], light["n"], light["melanomas"]) == (3, 2, 1, 0)
    assert (dark["melanoma_low"]["value"], dark["melanoma_high"]["value"]) == (0.5, 0.5)
    assert (dark["benign_low"]["value"], light["refused"]["value"]) == (1, 1)
    assert light["melanoma_low"]["value"] is None


@pytest.mark.parametrize(
    ("age", "band"),
    [
        *[("0", "below 30"), ("29.5", "below 30"), ("30", "30 to 49"), ("49", "30 to 49")],
        *[("50", "50 to 69"), ("69", "50 to 69"), ("70", "from 70"), ("85", "from 70")],
    ],
)
def test_ages_are_put_into_bands(age, band):
    assert list(describe_subgroups([scored(1, "benign", 0.1, age=age)], FIGURES)["age"]) == [band]


def test_an_auc_needs_five_melanomas_and_five_benign_lesions():
    melanomas = [scored(number, "melanoma", 0.6 + number / 100, site="foot") for number in range(5)]
    benign = [scored(number + 9, "benign", 0.1 + number / 100, site="foot") for number in range(5)]
    figures = describe_subgroups([*melanomas, *benign], FIGURES)["site"]["foot"]
    assert figures["auc"] == {"value": 1.0, "low": 1.0, "high": 1.0, "n": 10}
    assert "auc" not in describe_subgroups([*melanomas, *benign[1:]], FIGURES)["site"]["foot"]


def test_the_table_names_source_and_value_and_leaves_out_what_is_not_stated():
    part = {"subgroups": describe_subgroups([scored(1, "benign", 0.1, site="lower_leg")], FIGURES)}
    table = tabulate_subgroups([("s", part), ("old", {})], "site")
    assert [list(map(str, row[:5])) for row in table.rows] == [["s", "lower leg", "1", "0", "–"]]
