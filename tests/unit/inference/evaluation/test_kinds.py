"""Kinds of photo: who is counted where, and probabilities that the other folds scale."""

from dataclasses import replace

import numpy as np
import pytest

from inference.evaluation.figures import FigureConfig
from inference.evaluation.kinds import describe_kinds, scale_out_of_fold
from inference.evaluation.labelled import LabelledFile
from inference.evaluation.metrics import calibration_error
from inference.evaluation.report_tables import tabulate_kinds
from inference.evaluation.scaling import fit_affine, fit_curve, sigmoid
from inference.evaluation.scoring import ScoredPhoto
from inference.readings import Domain, Reason, RiskLevel
from tests.unit.inference.test_assessment import make_findings

FIGURES = FigureConfig(rounds=50)
COUNT = 4000


def scored(number, label, score, *, domain=Domain.DERMOSCOPIC, level=RiskLevel.MODERATE, gate=()):
    row = LabelledFile(file=f"{number}.jpg", label=label, source="s", group=str(number), split="")
    findings = replace(make_findings(score, opinions=(score, score), domain=domain), gate=gate)
    return ScoredPhoto(row=row, findings=findings, level=level)


def draw_scores(scale):
    """Truth, probabilities whose logits are `scale` times too large, groups."""
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, COUNT)
    truth = rng.random(COUNT) < sigmoid(logits)
    groups = np.array([f"lesion {number}" for number in range(COUNT)])
    return truth, sigmoid(scale * logits), groups


def test_each_kind_has_its_own_photos_levels_and_refusals():
    photos = [
        scored(1, "melanoma", 0.9, level=RiskLevel.HIGH),
        scored(2, "benign", 0.1, level=RiskLevel.LOW),
        scored(3, "benign", 0.2),
        scored(4, "other_malignant", 0.2, level=RiskLevel.LOW),
        scored(5, "melanoma", 0.3, domain=Domain.CLINICAL),
        scored(6, "benign", 0.8, domain=Domain.CLINICAL, gate=(Reason.QUALITY,)),
        scored(7, "benign", 0.8, domain=Domain.OTHER),
    ]
    kinds = describe_kinds(photos, FIGURES)
    assert list(kinds) == ["dermoscopic", "clinical"]
    plain, near = kinds.values()
    assert (plain["n"], plain["melanomas"], near["n"], near["melanomas"]) == (3, 1, 2, 1)
    assert (plain["auc"]["value"], near["auc"]["value"]) == (1.0, 0.0)
    assert (plain["benign_low"]["value"], plain["melanoma_high"]["value"]) == (0.5, 1.0)
    assert (plain["refused"]["value"], near["refused"]["value"]) == (0.0, 0.5)
    (first, second) = tabulate_kinds(kinds).rows
    assert first[:3] == ["dermoscopic photos", 3, 1]
    assert str(second[-1]).startswith("50.0 %")


def test_a_kind_without_both_classes_is_not_described():
    assert describe_kinds([scored(1, "melanoma", 0.9), scored(2, "melanoma", 0.8)], FIGURES) == {}


@pytest.mark.parametrize("fit", [fit_affine, fit_curve])
@pytest.mark.parametrize("scale", [0.4, 1.0, 3.0])
def test_the_other_folds_bring_probabilities_back_to_their_word(scale, fit):
    truth, probabilities, groups = draw_scores(scale)
    scaled = scale_out_of_fold(truth, probabilities, groups, fit)
    assert calibration_error(truth, scaled) < 0.025
    if scale != 1:
        assert calibration_error(truth, probabilities) > 0.08


def test_a_photo_has_no_part_in_its_own_scale():
    """Turning the truth of one fold changes only the others' probabilities."""
    truth, probabilities, groups = draw_scores(1.0)
    before = scale_out_of_fold(truth, probabilities, groups, fit_curve)
    groups[:500] = "one lesion"
    truth[:500] = ~truth[:500]
    after, again = (
        scale_out_of_fold(each, probabilities, groups, fit_curve)
        for each in (truth, np.r_[~truth[:500], truth[500:]])
    )
    assert np.array_equal(after[:500], again[:500])
    assert not np.array_equal(after[500:], again[500:])
    assert before.shape == after.shape


def test_scores_that_mean_the_opposite_stay_as_they_are():
    truth, probabilities, groups = draw_scores(1.0)
    assert np.array_equal(scale_out_of_fold(~truth, probabilities, groups, fit_curve), probabilities)
