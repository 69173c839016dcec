"""Raw logits to calibrated opinions and domains."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.opinions import (
    DOMAIN_ORDER,
    RawScores,
    choose_domain,
    combine_domains,
    combine_scores,
    sigmoid,
)
from inference.policy import LogitScale, Policy
from inference.readings import Domain
from tests.support.tiny_release import tiny_pair

POLICY = Policy.from_dict(tiny_pair())
logits = st.floats(-30, 30)


def make_scores(melanoma=0.0, malignant=0.0, domain=(0.0, 0.0, 0.0)):
    return RawScores(melanoma_logit=melanoma, malignant_logit=malignant, domain_logits=domain)


@given(logits)
def test_a_sigmoid_stays_within_0_and_1_and_is_symmetric(logit):
    assert 0 <= sigmoid(logit) <= 1
    assert sigmoid(logit) + sigmoid(-logit) == pytest.approx(1)


def test_a_sigmoid_of_an_extreme_logit_does_not_overflow():
    assert (sigmoid(-5000), sigmoid(5000)) == (0.0, 1.0)


def test_the_pair_is_the_weighted_mean_of_calibrated_logits_calibrated_once_more():
    policy = replace(
        POLICY,
        weights={"cnn": 0.25, "vit": 0.75},
        melanoma={"cnn": LogitScale(scale=2, bias=1), "vit": LogitScale(scale=1, bias=-1)},
        pair=LogitScale(scale=3, bias=0.5),
    )
    scores = combine_scores({"cnn": make_scores(0.5), "vit": make_scores(2.0)}, policy)
    # cnn 2 * 0.5 + 1 = 2, vit 2 - 1 = 1, mean 0.5 + 0.75 = 1.25, pair 3 * 1.25 + 0.5 = 4.25
    assert [opinion.classifier for opinion in scores.opinions] == ["cnn", "vit"]
    assert [opinion.probability for opinion in scores.opinions] == pytest.approx([sigmoid(2), sigmoid(1)])
    assert scores.probability == pytest.approx(sigmoid(4.25))


@pytest.mark.parametrize("cnn", [0.5, 0.7, 1.0])
def test_malignancy_is_a_weighted_mean_of_calibrated_logits(cnn):
    policy = replace(
        POLICY,
        malignant_weights={"cnn": cnn, "vit": 1 - cnn},
        malignant={"cnn": LogitScale(scale=1, bias=0), "vit": LogitScale(scale=2, bias=1)},
    )
    scores = combine_scores({"cnn": make_scores(malignant=1), "vit": make_scores(malignant=2)}, policy)
    assert scores.malignant_probability == pytest.approx(sigmoid(cnn * 1 + (1 - cnn) * 5))


@given(st.tuples(logits, logits, logits), st.tuples(logits, logits, logits))
def test_domain_probabilities_add_up_to_one(cnn, vit):
    raw = {"cnn": make_scores(domain=cnn), "vit": make_scores(domain=vit)}
    found = combine_domains(raw, POLICY.domain)
    assert list(found) == list(DOMAIN_ORDER)
    assert math.fsum(found.values()) == pytest.approx(1)


def test_domain_logits_are_cooled_before_their_mean():
    policy = replace(POLICY.domain, temperatures={"cnn": 2.0, "vit": 2.0})
    raw = {"cnn": make_scores(domain=(2, 0, 0)), "vit": make_scores(domain=(2, 0, 0))}
    assert combine_domains(raw, policy)[Domain.DERMOSCOPIC] == pytest.approx(math.e / (math.e + 2))


@pytest.mark.parametrize(
    ("probabilities", "domain"),
    [
        ((0.2, 0.2, 0.6), Domain.OTHER),
        ((0.0, 0.5, 0.5), Domain.OTHER),
        ((0.3, 0.55, 0.15), Domain.CLINICAL),
        ((0.4, 0.3, 0.3), Domain.DERMOSCOPIC),
    ],
)
def test_no_lesion_is_asked_first_then_clinical_and_the_rest_is_dermoscopic(probabilities, domain):
    assert choose_domain(dict(zip(DOMAIN_ORDER, probabilities, strict=True)), POLICY.domain) is domain
