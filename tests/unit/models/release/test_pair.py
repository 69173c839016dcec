"""The gate's decisions, as calibration takes them and as serving does."""

import numpy as np
import pytest

from inference.opinions import RawScores, choose_domain, combine_domains
from inference.policy import DomainPolicy
from inference.readings import Domain
from models.release.pair import DomainGate

GATE = DomainGate(temperature=1.3, other_min=0.4, clinical_min=0.3, dermoscopic_min=0.45)
POLICY = DomainPolicy(
    temperatures={"cnn": 1.3, "vit": 1.3},
    weights={"cnn": 0.5, "vit": 0.5},
    other_min=0.4,
    clinical_min=0.3,
    dermoscopic_min=0.45,
)


@pytest.mark.parametrize(
    ("logits", "expected"),
    [
        ((3, 0, 0), True),
        ((0, 3, 0), False),
        ((0, 0, 3), False),
        ((1, 0.7, 0), False),
        ((0.3, -0.2, -0.2), False),
    ],
    ids=["dermoscopic", "clinical", "other", "perhaps clinical", "hardly dermoscopic"],
)
def test_only_a_surely_dermoscopic_photo_may_be_low(logits: tuple[float, ...], expected: bool) -> None:
    rows = [np.array([logits], np.float64)] * 2
    assert GATE.is_dermoscopic(rows).tolist() == [expected]


def test_the_gate_decides_as_serving_does() -> None:
    rng = np.random.default_rng(3)
    first, second = rng.normal(0, 1.5, (2, 300, 3))
    sure = GATE.is_dermoscopic([first, second])
    assert 0.1 < sure.mean() < 0.9
    for at in range(300):
        raw = {
            name: RawScores(
                melanoma_logit=0.0, malignant_logit=0.0, domain_logits=tuple(map(float, rows[at]))
            )
            for name, rows in (("cnn", first), ("vit", second))
        }
        chances = combine_domains(raw, POLICY)  # type: ignore[arg-type]
        served = choose_domain(chances, POLICY) is Domain.DERMOSCOPIC
        assert sure[at] == (served and chances[Domain.DERMOSCOPIC] >= POLICY.dermoscopic_min)
