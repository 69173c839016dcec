"""Pairs of photos of one lesion are found by group and measured over the same lesions."""

import pytest

from inference.evaluation.figures import FigureConfig
from inference.evaluation.labelled import LabelledFile
from inference.evaluation.pairs import describe_pairs
from inference.evaluation.scoring import ScoredPhoto
from inference.policy import Policy
from inference.readings import Domain, Reason, RiskLevel
from tests.support.tiny_release import tiny_pair
from tests.unit.inference.test_assessment import make_findings
from tests.unit.inference.test_fusion import FUSION

POLICY = Policy.from_dict(tiny_pair() | {"fusion": FUSION})
FIGURES = FigureConfig(cuts={"half": 0.5}, prevalences=(0.05,), rounds=20)


def scored(group, label, domain, score, *, gate=()):
    row = LabelledFile(file=f"{group}{domain}", label=label, source="s", group=group, split="")
    findings = make_findings(score, opinions=(score, score), domain=domain, gate=gate)
    return ScoredPhoto(row=row, findings=findings, level=RiskLevel.MODERATE)


def lesion(group, label, dermoscopic, close_up):
    return [
        scored(group, label, Domain.DERMOSCOPIC, dermoscopic),
        scored(group, label, Domain.CLINICAL, close_up),
    ]


def test_each_kind_and_both_together_are_measured_over_the_same_lesions():
    photos = [
        *lesion("a", "melanoma", 0.4, 0.9),
        *lesion("b", "melanoma", 0.9, 0.3),
        *lesion("c", "benign", 0.5, 0.2),
        *lesion("d", "benign", 0.1, 0.4),
        scored("e", "melanoma", Domain.CLINICAL, 0.9),  # no dermoscopic photo
        *lesion("f", "other_malignant", 0.5, 0.5),
    ]
    described = describe_pairs(photos, POLICY, FIGURES)
    assert {name: figures["n"] for name, figures in described.items()} == dict.fromkeys(
        ("dermoscopic", "clinical", "fused"), 4
    )
    assert described["dermoscopic"]["auc"]["value"] == 0.75
    assert described["clinical"]["auc"]["value"] == 0.75
    assert described["fused"]["auc"]["value"] == 1


def test_a_photo_that_was_refused_makes_no_pair():
    photos = [
        *lesion("a", "melanoma", 0.4, 0.9),
        scored("c", "benign", Domain.DERMOSCOPIC, 0.1),
        scored("c", "benign", Domain.CLINICAL, 0.1, gate=(Reason.QUALITY,)),
    ]
    assert describe_pairs(photos, POLICY, FIGURES) == {}


@pytest.mark.parametrize("photos", [[], lesion("a", "melanoma", 0.4, 0.9)])
def test_without_both_classes_there_is_nothing_to_measure(photos):
    assert describe_pairs(photos, POLICY, FIGURES) == {}


def test_a_release_that_fuses_nothing_has_no_pairs():
    photos = [*lesion("a", "melanoma", 0.4, 0.9), *lesion("c", "benign", 0.5, 0.2)]
    assert describe_pairs(photos, Policy.from_dict(tiny_pair()), FIGURES) == {}
