"""A close-up and a dermoscopic photo of one lesion, read together."""

import json
from dataclasses import asdict, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.assessment import assess
from inference.fusion import FusionPolicy, fuse_photos, fuse_scores
from inference.judging import RANK
from inference.policy import Policy, PolicyError, Rules
from inference.readings import Context, Domain, PhotoFindings, Reason, RiskLevel
from tests.support.tiny_release import tiny_pair
from tests.unit.inference.test_assessment import EMPTY, make_findings, make_lesion, make_photo_of

FUSION = {
    "weights": {"dermoscopic": 3, "clinical": 1},
    "scale": 2.0,
    "bias": 0.5,
    "thresholds": {"moderate": 0.3, "high": 0.6},
}
POLICY = Policy.from_dict(tiny_pair() | {"fusion": FUSION})  # alone: moderate from 0.2, high from 0.6
PLAIN = Policy.from_dict(tiny_pair())


def dermoscopic(score, **changes) -> PhotoFindings:
    return replace(make_findings(score, opinions=(score, score)), **changes)


def close_up(score, **changes) -> PhotoFindings:
    return replace(make_findings(score, opinions=(score, score), domain=Domain.CLINICAL), **changes)


def fuse(*photos):
    assert POLICY.fusion is not None
    return fuse_photos(photos, POLICY.fusion)


def test_the_fused_score_is_the_calibrated_mean_of_both_logits():
    # logits 0.8473 and -0.4055 (of 0.7 and 0.4), weights 3:1, times 2 plus 0.5
    policy = FusionPolicy.from_dict(FUSION)
    assert fuse_scores(0.7, 0.4, policy) == pytest.approx(0.8275, abs=1e-4)
    assert fuse_scores(0.5, 0.5, policy) == pytest.approx(0.6225, abs=1e-4)


def test_the_best_photo_of_each_kind_takes_part():
    small = dermoscopic(0.1)
    small = replace(small, quality=replace(small.quality, width_px=200))
    fused = fuse(small, close_up(0.4), dermoscopic(0.7), dermoscopic(0.9))
    assert (fused.dermoscopic, fused.clinical) == (2, 1), "the largest, of equals the first"
    assert fused.probability == pytest.approx(0.8275, abs=1e-4)


def test_the_lesions_pixels_decide_where_it_was_found():
    near, far = make_lesion(0.7), make_lesion(0.2)
    far = replace(far, box=replace(far.box, right=50, bottom=50))
    photos = (make_photo_of(far), make_photo_of(near), close_up(0.4))
    assert fuse(*photos).dermoscopic == 1


@pytest.mark.parametrize(
    "photos",
    [
        (dermoscopic(0.7), dermoscopic(0.4)),
        (close_up(0.7),),
        (dermoscopic(0.7), make_findings(gate=(Reason.QUALITY,), domain=Domain.CLINICAL)),
        (dermoscopic(0.7), make_findings(domain=Domain.OTHER)),
        (make_photo_of(make_lesion(0.7), make_lesion(0.1)), close_up(0.4)),
    ],
)
def test_without_one_of_each_kind_nothing_is_fused(photos):
    assert fuse(*photos) is None


def test_reading_together_raises_the_level_and_says_so():
    photos = [dermoscopic(0.55), close_up(0.5)]
    alone, together = assess(photos, EMPTY, PLAIN), assess(photos, EMPTY, POLICY)
    assert (alone.level, together.level) == (RiskLevel.MODERATE, RiskLevel.HIGH)
    assert together.model_level is RiskLevel.HIGH
    assert together.photo_levels == alone.photo_levels
    assert Reason.BOTH_PHOTOS in together.reasons
    assert Reason.BOTH_PHOTOS not in alone.reasons


def test_a_high_photo_stays_high_beside_a_harmless_one():
    together = assess([dermoscopic(0.01), close_up(0.9)], EMPTY, POLICY)
    assert together.level is RiskLevel.HIGH
    assert Reason.BOTH_PHOTOS not in together.reasons


@given(st.floats(0, 1), st.floats(0, 1), st.sampled_from([None, 5]))
def test_reading_together_never_lowers_a_level(first, second, skin_type):
    photos = [dermoscopic(first), close_up(second)]
    context = Context(skin_type=skin_type)
    alone, together = assess(photos, context, PLAIN), assess(photos, context, POLICY)
    assert RANK[together.level] >= RANK[alone.level]
    assert (Reason.BOTH_PHOTOS in together.reasons) is (together.model_level is not alone.model_level)


@pytest.mark.parametrize(
    "change",
    [
        {"weights": {"dermoscopic": 0, "clinical": 0}},
        {"weights": {"dermoscopic": -1, "clinical": 2}},
        {"weights": {"dermoscopic": 1}},
        {"scale": 0},
        {"bias": float("nan")},
        {"thresholds": {"moderate": 0.7, "high": 0.6}},
        {"thresholds": {"moderate": 0.2}},
    ],
)
def test_a_fusion_that_cannot_be_used_is_refused(change):
    with pytest.raises(PolicyError):
        Policy.from_dict(tiny_pair() | {"fusion": FUSION | change})


def test_rules_survive_json_with_their_fusion():
    for policy in (POLICY, PLAIN):
        kept = json.loads(json.dumps(asdict(policy.rules)))
        assert Rules.from_dict(kept) == policy.rules
    assert POLICY.with_rules(PLAIN.rules).fusion is None
