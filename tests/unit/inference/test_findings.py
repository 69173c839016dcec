"""Gates: what is refused keeps its domain and loses its scores."""

import pytest

from inference.findings import make_findings
from inference.opinions import RawScores
from inference.policy import Policy
from inference.readings import Domain, Quality, QualityFault, Reason
from tests.tiny_release import tiny_pair

POLICY = Policy.from_dict(tiny_pair())
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
