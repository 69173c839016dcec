"""A photo's findings as a case records them, with the rules that they were judged by, and read back."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final, cast

from inference.boxes import Box
from inference.policy import Policy, Rules
from inference.readings import (
    ClassifierName,
    Domain,
    LesionFindings,
    OpinionFindings,
    PhotoFindings,
    Quality,
    QualityFault,
    Reason,
    RiskLevel,
)
from storage.record.cases import Case, NewOpinion, NewPhoto

# A case that records no rules was judged by those of its networks' release.
EARLIER_RULES: Final[Mapping[str, Rules]] = {
    "0.3.0": Rules(
        moderate=0.0748,
        high=0.80775,
        malignant_moderate=0.77164,
        malignant_high=0.82063,
        max_gap_probability=0.3769,
        dermoscopic_min=0.8976,
    ),
}


def store_findings(findings: PhotoFindings, rules: Rules) -> dict[str, object]:
    """A photo's `findings`, as stored: numbers only. The photo's scores have their own columns."""
    stored: dict[str, object] = {
        "quality": asdict(findings.quality),
        "domain_probabilities": _store_domains(findings.domain_probabilities),
        "gate": list(findings.gate),
        "rules": asdict(rules),
    }
    if findings.lesion_count is None:
        return stored
    return stored | {
        "lesions": [
            {
                "box": [lesion.box.left, lesion.box.top, lesion.box.right, lesion.box.bottom],
                "outline": [list(point) for point in lesion.outline],
                "gate": list(lesion.gate),
                "domain": lesion.domain,
                "domain_probabilities": _store_domains(lesion.domain_probabilities),
                "opinions": [asdict(opinion) for opinion in lesion.opinions],
                "probability": lesion.probability,
                "malignant_probability": lesion.malignant_probability,
                "closer_factor": lesion.closer_factor,
            }
            for lesion in findings.lesions
        ],
        "lesion_count": findings.lesion_count,
        "chosen": findings.chosen,
        "is_picked": findings.is_picked,
    }


def read_findings(stored: NewPhoto) -> PhotoFindings:
    """The findings of a recorded photo."""
    found = cast("Mapping[str, Any]", stored.findings)
    quality = found["quality"]
    return PhotoFindings(
        quality=Quality(**{**quality, "faults": tuple(QualityFault(code) for code in quality["faults"])}),
        domain=Domain(stored.domain),
        domain_probabilities=_read_domains(found["domain_probabilities"]),
        gate=tuple(Reason(code) for code in found["gate"]),
        opinions=tuple(_read_opinion(asdict(opinion)) for opinion in stored.opinions),
        probability=stored.probability,
        malignant_probability=stored.malignant_probability,
        lesions=tuple(
            LesionFindings(
                box=Box(*lesion["box"]),
                outline=tuple((x, y) for x, y in lesion["outline"]),
                gate=tuple(Reason(code) for code in lesion["gate"]),
                domain=Domain(lesion["domain"]),
                domain_probabilities=_read_domains(lesion["domain_probabilities"]),
                opinions=tuple(_read_opinion(opinion) for opinion in lesion["opinions"]),
                probability=lesion["probability"],
                malignant_probability=lesion["malignant_probability"],
                closer_factor=lesion["closer_factor"],
            )
            for lesion in found.get("lesions", ())
        ),
        lesion_count=found.get("lesion_count"),
        chosen=int(found.get("chosen", 0)),
        is_picked=bool(found.get("is_picked", False)),
    )


def read_lesion_levels(stored: NewPhoto) -> tuple[RiskLevel, ...]:
    """The levels of a recorded photo's lesions; empty if the networks read it whole."""
    return tuple(
        RiskLevel(level) for level in cast("Sequence[str]", stored.findings.get("lesion_levels", ()))
    )


def store_opinions(opinions: Sequence[OpinionFindings]) -> tuple[NewOpinion, ...]:
    """The opinions on a photo as rows."""
    return tuple(NewOpinion(**asdict(opinion)) for opinion in opinions)


def find_rules(case: Case, policy: Policy) -> Policy:
    """The policy that a recorded case is judged by: today's, with the rules that the case was answered by."""
    recorded = next((photo.findings["rules"] for photo in case.photos if "rules" in photo.findings), None)
    if recorded is not None:
        return policy.with_rules(Rules.from_dict(cast("Mapping[str, Any]", recorded)))
    earlier = EARLIER_RULES.get(case.versions.get("pair", ""))
    return policy if earlier is None else policy.with_rules(earlier)


def _store_domains(domains: Mapping[Domain, float]) -> dict[str, float]:
    return {str(domain): share for domain, share in domains.items()}


def _read_domains(stored: Mapping[str, float]) -> dict[Domain, float]:
    return {Domain(name): share for name, share in stored.items()}


def _read_opinion(stored: Mapping[str, Any]) -> OpinionFindings:
    return OpinionFindings(
        classifier=cast("ClassifierName", stored["classifier"]),
        probability=stored["probability"],
        malignant_probability=stored["malignant_probability"],
    )
