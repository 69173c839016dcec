"""Findings, assessments and wordings for tests of what is said."""

from bot.answers.cases import CaseView, SeenPhoto
from bot.answers.wording import Wording
from bot.texts import Texts
from inference.policy import Thresholds
from inference.readings import (
    Assessment,
    Domain,
    OpinionFindings,
    PhotoFindings,
    Quality,
    QualityFault,
    Reason,
    RiskLevel,
)

TEXTS = Texts.load()
THRESHOLDS = Thresholds(moderate=0.2, high=0.7, malignant_moderate=0.3, malignant_high=0.8)
SCORE_OF = {RiskLevel.LOW: 0.05, RiskLevel.MODERATE: 0.5, RiskLevel.HIGH: 0.95}


def wording(language: str, pathway: str = "suspected cancer pathway") -> Wording:
    return Wording(texts=TEXTS, language=language, prevalence=0.05, pathway=pathway)


def quality(*faults: QualityFault) -> Quality:
    return Quality(
        width_px=1280, height_px=960, sharpness=0.4, brightness=0.5, contrast=0.3, glare=0.0, faults=faults
    )


def readable(cnn: float, vit: float, domain: Domain = Domain.DERMOSCOPIC) -> PhotoFindings:
    opinions = (
        OpinionFindings(classifier="cnn", probability=cnn, malignant_probability=cnn),
        OpinionFindings(classifier="vit", probability=vit, malignant_probability=vit),
    )
    shares = {each: (0.9 if each is domain else 0.05) for each in Domain}
    middle = (cnn + vit) / 2
    return PhotoFindings(
        quality=quality(),
        domain=domain,
        domain_probabilities=shares,
        gate=(),
        opinions=opinions,
        probability=middle,
        malignant_probability=middle,
    )


def gated(gate: Reason, *faults: QualityFault) -> PhotoFindings:
    return PhotoFindings(
        quality=quality(*faults),
        domain=Domain.OTHER if gate is Reason.NO_LESION else Domain.DERMOSCOPIC,
        domain_probabilities={Domain.DERMOSCOPIC: 0.2, Domain.CLINICAL: 0.1, Domain.OTHER: 0.7},
        gate=(gate,),
        opinions=(),
        probability=None,
        malignant_probability=None,
    )


def view(
    level: RiskLevel,
    reasons: tuple[Reason, ...],
    *findings: PhotoFindings,
    levels: tuple[RiskLevel, ...] | None = None,
    unopened: tuple[int, ...] = (),
) -> CaseView:
    places = [place for place in range(1, len(findings) + len(unopened) + 1) if place not in unopened]
    return CaseView(
        number="N-4F7K2",
        assessment=Assessment(
            level=level,
            model_level=level,
            reasons=reasons,
            photo_levels=levels or (level,) * len(findings),
            leading_photo=0,
            unanswered=("skin_type", "site") if level is RiskLevel.LOW else (),
        ),
        photos=tuple(
            SeenPhoto(place=place, photo_hash="ab" * 32, findings=each)
            for place, each in zip(places, findings, strict=True)
        ),
        unopened=unopened,
    )
