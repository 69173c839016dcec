"""Gates: what is refused keeps its domain and loses its scores."""

from dataclasses import replace

import pytest

from inference.boxes import Box
from inference.findings import (
    ScoredLesion,
    choose_lesion,
    make_empty_findings,
    make_findings,
    make_lesion_findings,
)
from inference.judging import judge_photo
from inference.lesions import FoundLesion
from inference.opinions import RawScores
from inference.policy import Policy
from inference.readings import Domain, Quality, QualityFault, Reason, RiskLevel
from tests.support.tiny_release import tiny_pair

POLICY_JSON = tiny_pair()
POLICY = Policy.from_dict(POLICY_JSON)
DERMOSCOPIC, CLINICAL, OTHER = (5.0, 0.0, 0.0), (0.0, 5.0, 0.0), (0.0, 0.0, 5.0)


def find(domain, *faults, gate=True):
    quality = Quality(
        width_px=300, height_px=300, sharpness=1.5, brightness=0.5, contrast=0.5, glare=0.0, faults=faults
    )
    scores = RawScores(melanoma_logit=2.0, malignant_logit=2.5, domain_logits=domain)
    return make_findings(quality, {"cnn": scores, "vit": scores}, POLICY, gate=gate)


@pytest.mark.parametrize(
    ("logits", "domain"), [(DERMOSCOPIC, Domain.DERMOSCOPIC), (CLINICAL, Domain.CLINICAL)]
)
def test_a_readable_photo_has_two_opinions_and_scores(logits, domain):
    findings = find(logits)
    assert (findings.domain, findings.gate) == (domain, ())
    assert [opinion.classifier for opinion in findings.opinions] == ["cnn", "vit"]
    assert 0.85 < findings.probability < 0.9 < findings.malignant_probability


@pytest.mark.parametrize(
    ("logits", "faults", "gate"),
    [
        (OTHER, (), (Reason.NO_LESION,)),
        (DERMOSCOPIC, (QualityFault.BLURRED,), (Reason.QUALITY,)),
        (OTHER, (QualityFault.TOO_DARK,), (Reason.NO_LESION, Reason.QUALITY)),
        # Without colour nothing says whether there is a lesion: colour is all that is asked for.
        (OTHER, (QualityFault.NO_COLOUR,), (Reason.QUALITY,)),
    ],
)
def test_a_refused_photo_has_no_scores_but_a_domain(logits, faults, gate):
    findings = find(logits, *faults)
    assert findings.gate == gate
    assert (findings.opinions, findings.probability, findings.malignant_probability) == ((), None, None)
    assert sum(findings.domain_probabilities.values()) == pytest.approx(1)


def test_without_gate_the_scores_stand_beside_the_refusal():
    findings = find(OTHER, gate=False)
    assert findings.gate == (Reason.NO_LESION,)
    assert findings.probability is not None
    assert len(findings.opinions) == 2


FINDER_POLICY = Policy.from_dict(tiny_pair(finder=True))  # at least 40 px, up to 5 are read
QUALITY = Quality(width_px=800, height_px=600, sharpness=1.5, brightness=0.5, contrast=0.5, glare=0.0)


def scored(logit, *, side=100, left=50, domain=DERMOSCOPIC):
    box = Box(left, 50, left + side, 50 + side)
    outline = ((left, 50), (left + side, 50), (left + side, 50 + side))
    raw = RawScores(melanoma_logit=logit, malignant_logit=logit, domain_logits=domain)
    found = FoundLesion(box=box, outline=outline, area_cells=9, peak=0.9)
    return ScoredLesion(found=found, raw={"cnn": raw, "vit": raw})


def find_lesions(*lesions, count=None, faults=(), gate=True):
    quality = replace(QUALITY, faults=faults)
    return make_lesion_findings(quality, lesions, count or len(lesions), FINDER_POLICY, gate=gate)


def test_a_photos_scores_are_those_of_the_lesion_nearest_to_the_middle():
    findings = find_lesions(scored(-2.0), scored(3.0))
    assert (findings.lesion_count, findings.chosen, findings.gate) == (2, 0, ())
    assert findings.probability == findings.lesions[0].probability < 0.2
    assert findings.lesions[1].probability > 0.9
    assert findings.lesions[0].size_px == 100


def test_a_lesion_of_too_few_pixels_is_refused_with_how_much_is_missing():
    findings = find_lesions(scored(2.0, side=15))
    assert findings.gate == (Reason.FEW_PIXELS,)
    assert findings.probability is None
    assert findings.closer_factor == 2.7  # 40 px of 15


def test_a_small_lesion_beside_a_large_one_refuses_only_itself():
    findings = find_lesions(scored(2.0, side=30), scored(1.0))
    assert (findings.gate, findings.chosen) == ((), 1)
    assert findings.lesions[0].gate == (Reason.FEW_PIXELS,)
    assert findings.lesions[0].probability is None
    assert findings.probability == findings.lesions[1].probability


def test_without_gate_small_lesions_and_poor_photos_keep_their_scores():
    findings = find_lesions(scored(2.0, side=30), faults=(QualityFault.BLURRED,), gate=False)
    assert findings.gate == (Reason.FEW_PIXELS, Reason.QUALITY)
    assert findings.probability == findings.lesions[0].probability > 0.8


def test_a_poor_photo_silences_every_lesion():
    findings = find_lesions(scored(2.0), scored(2.0), faults=(QualityFault.BLURRED,))
    assert findings.gate == (Reason.QUALITY,)
    assert [lesion.probability for lesion in findings.lesions] == [None, None]


def test_a_found_lesion_of_an_odd_look_is_not_refused():
    """With a finder, `no lesion` means that none was found."""
    assert find_lesions(scored(2.0, domain=OTHER)).gate == ()


@pytest.mark.parametrize("gate", [True, False])
def test_no_lesion_means_that_neither_finder_nor_networks_see_one(gate):
    findings = make_empty_findings(QUALITY, scored(-0.5, domain=OTHER).raw, FINDER_POLICY, gate=gate)
    assert (findings.gate, findings.lesion_count, findings.lesions) == ((Reason.NO_LESION,), 0, ())
    assert (findings.probability is None) is gate


def test_what_looks_like_a_melanoma_is_not_refused_for_an_odd_look():
    findings = make_empty_findings(QUALITY, scored(0.5, domain=OTHER).raw, FINDER_POLICY)
    assert (findings.gate, findings.lesion_count) == ((), 0)
    assert findings.probability > 0.5
    level, reasons = judge_photo(findings, FINDER_POLICY)
    assert level in {RiskLevel.MODERATE, RiskLevel.HIGH}
    assert Reason.OUTLINE_UNCERTAIN in reasons


@pytest.mark.parametrize("domain", [DERMOSCOPIC, CLINICAL])
def test_a_photo_without_a_found_edge_is_read_in_its_middle_and_never_low(domain):
    raw = {name: scored(-9.0, domain=domain).raw[name] for name in ("cnn", "vit")}
    findings = make_empty_findings(QUALITY, raw, FINDER_POLICY)
    assert (findings.gate, findings.lesion_count) == ((), 0)
    level, reasons = judge_photo(findings, FINDER_POLICY)
    assert level is RiskLevel.MODERATE
    assert Reason.OUTLINE_UNCERTAIN in reasons


def test_a_close_up_is_judged_by_the_scales_and_thresholds_of_close_ups():
    """The same scores, by another bias and another start of `high`."""
    own = {key: POLICY_JSON[key] for key in ("combination", "temperatures", "malignant", "disagreement")} | {
        "thresholds": {**POLICY_JSON["thresholds"], "high": 0.99, "malignant_high": 1.0}
    }
    own["temperatures"] = {name: {"scale": 0.9, "bias": 0.5} for name in ("cnn", "vit", "pair")}
    policy = Policy.from_dict({**POLICY_JSON, "closeup": own})
    raw = {name: scored(2.0, domain=CLINICAL).raw[name] for name in ("cnn", "vit")}
    plain, near = make_findings(QUALITY, raw, POLICY), make_findings(QUALITY, raw, policy)
    assert near.probability > plain.probability
    assert judge_photo(plain, POLICY)[0] is RiskLevel.HIGH
    assert max(opinion.probability for opinion in near.opinions) < 0.99
    assert judge_photo(near, policy)[0] is RiskLevel.MODERATE
    recorded = POLICY.with_rules(policy.rules)
    assert judge_photo(near, recorded)[0] is RiskLevel.MODERATE


def test_a_picked_lesion_speaks_for_the_photo():
    whole = find_lesions(scored(-2.0), scored(3.0), scored(1.0, side=20))
    picked = choose_lesion(whole, 1, is_picked=True)
    assert picked.probability == whole.lesions[1].probability
    assert (picked.chosen, picked.is_picked, picked.gate) == (1, True, ())
    assert choose_lesion(whole, 2, is_picked=True).gate == (Reason.FEW_PIXELS,)


def test_without_colour_it_is_not_said_that_there_is_no_lesion():
    quality = replace(QUALITY, faults=(QualityFault.NO_COLOUR,))
    findings = make_empty_findings(quality, scored(2.0).raw, FINDER_POLICY)
    assert findings.gate == (Reason.QUALITY,)
