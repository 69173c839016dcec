"""Findings, assessments and wordings for tests of what is said."""

from dataclasses import asdict, replace
from datetime import UTC, datetime

from bot.cases.view import CaseView, SeenPhoto, store_context, stored_photos
from bot.conversation.wording import Wording
from bot.texts import Texts
from inference.boxes import Box
from inference.findings import choose_lesion
from inference.policy import Rules, Thresholds
from inference.readings import (
    Abcde,
    Assessment,
    Context,
    Domain,
    LesionFindings,
    OpinionFindings,
    PhotoFindings,
    Quality,
    QualityFault,
    Reason,
    RedFlag,
    RiskLevel,
    SevenPoint,
    SpecialSite,
)
from inference.tested import AnswerFigures, MelanomaShare, PredictiveRange
from storage.record.cases import Case

TEXTS = Texts.load()
THRESHOLDS = Thresholds(moderate=0.2, high=0.7, malignant_moderate=0.3, malignant_high=0.8)
RULES = Rules(
    **asdict(THRESHOLDS),
    max_gap_probability=0.5,
    dermoscopic_min=0.5,
)
EVERYTHING = Context(
    skin_type=6,
    under_18=True,
    sites=frozenset(SpecialSite),
    seven_point=frozenset(SevenPoint),
    abcde=frozenset(Abcde),
    red_flags=frozenset(RedFlag),
)
SCORE_OF = {RiskLevel.LOW: 0.05, RiskLevel.MODERATE: 0.5, RiskLevel.HIGH: 0.95}


FIGURES = AnswerFigures(
    high=PredictiveRange(fewest=18, most=90, prevalence=0.05),
    shares={
        level: (
            MelanomaShare(source="old_archive", share=0.2381, melanomas=63, is_unused=True),
            MelanomaShare(source="ham", share=0.4107, melanomas=112, is_unused=False),
        )
        for level in RiskLevel
    },
)


def wording(
    language: str, pathway: str = "suspected cancer pathway", tested: AnswerFigures | None = None
) -> Wording:
    """A wording of a pair whose tests carry no figure, or those given."""
    figures = tested or AnswerFigures()
    return Wording(texts=TEXTS, language=language, prevalence=0.05, pathway=pathway, tested=figures)


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
            lesion_levels=((),) * len(findings),
            unanswered=("skin_type", "site") if level is RiskLevel.LOW else (),
        ),
        photos=tuple(
            SeenPhoto(place=place, photo_hash="ab" * 32, findings=each)
            for place, each in zip(places, findings, strict=True)
        ),
        unopened=unopened,
    )


def stored(case_view: CaseView) -> Case:
    """The case as it is recorded."""
    assessment = case_view.assessment
    return Case(
        id=1,
        number=case_view.number,
        subject="7K3M-92QF",
        created_at=datetime(2026, 3, 1, 14, 5, tzinfo=UTC),
        level=assessment.level,
        model_level=assessment.model_level,
        reasons=assessment.reasons,
        language="en",
        versions={
            "pair": "1",
            "cnn": "1",
            "vit": "1",
            "onnxruntime": "1",
            "pillow": "1",
            "kernel_class": "x",
        },
        photos=stored_photos(case_view, RULES),
        context=store_context(case_view.context) or None,
        turn_key="t",
    )


def lesion_of(
    score: float, *, side: float = 100, left: float = 10, gate: tuple[Reason, ...] = (), closer: float = 1.0
) -> LesionFindings:
    """A lesion that both networks give this score, or one that could not be read."""
    photo = gated(Reason.FEW_PIXELS) if gate else readable(score, score)
    return LesionFindings(
        box=Box(left, 20, left + side, 20 + side),
        outline=((left, 20.0), (left + side, 20.0), (left + side, 20 + side), (left, 20 + side)),
        gate=gate,
        domain=photo.domain,
        domain_probabilities=photo.domain_probabilities,
        opinions=photo.opinions,
        probability=photo.probability,
        malignant_probability=photo.malignant_probability,
        closer_factor=closer,
    )


def photo_of(*lesions: LesionFindings, found: int | None = None) -> PhotoFindings:
    """A photo on which these lesions were read; `found` of them were found."""
    whole = replace(readable(0.1, 0.1), lesions=lesions, lesion_count=found or len(lesions))
    return choose_lesion(whole, 0)
