"""A case between reading and record: what is known of it while it is answered, how it is written and read."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, cast

from inference.assessment import assess
from inference.policy import Policy
from inference.readings import (
    Assessment,
    ClassifierName,
    Context,
    Domain,
    EngineVersions,
    OpinionFindings,
    PhotoFindings,
    Quality,
    QualityFault,
    Reason,
    RiskLevel,
)
from storage.cases import Case, NewOpinion, NewPhoto


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenPhoto:
    """One photo that could be opened. `place` counts the photos as they were sent, from 1."""

    place: int
    photo_hash: str
    findings: PhotoFindings


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseView:
    """A case as it is spoken about. `photos` stand in the order of `assessment.photo_levels`."""

    number: str
    assessment: Assessment
    photos: tuple[SeenPhoto, ...]
    unopened: tuple[int, ...] = ()  # places of photos that could not be opened

    @property
    def leading(self) -> SeenPhoto:
        """The photo that set the level."""
        return self.photos[self.assessment.leading_photo]

    @property
    def sent_count(self) -> int:
        """How many photos were sent."""
        return len(self.photos) + len(self.unopened)


def stored_photos(view: CaseView) -> tuple[NewPhoto, ...]:
    """The photos of a case as they are written."""
    pairs = zip(view.photos, view.assessment.photo_levels, strict=True)
    return tuple(stored_photo(photo, level) for photo, level in pairs)


def stored_photo(photo: SeenPhoto, level: RiskLevel) -> NewPhoto:
    """One photo as it is written: numbers only."""
    findings = photo.findings
    return NewPhoto(
        photo_hash=photo.photo_hash,
        level=level,
        domain=findings.domain,
        probability=findings.probability,
        malignant_probability=findings.malignant_probability,
        findings={
            "place": photo.place,
            "quality": asdict(findings.quality),
            "domain_probabilities": {str(key): value for key, value in findings.domain_probabilities.items()},
            "gate": list(findings.gate),
        },
        opinions=tuple(
            NewOpinion(
                classifier=opinion.classifier,
                probability=opinion.probability,
                malignant_probability=opinion.malignant_probability,
            )
            for opinion in findings.opinions
        ),
    )


def seen_photo(stored: NewPhoto, place: int) -> SeenPhoto:
    """One photo as it was written, read back; `place` is used where the record holds none."""
    found = cast("Mapping[str, Any]", stored.findings)
    findings = PhotoFindings(
        quality=_quality(found["quality"]),
        domain=Domain(stored.domain),
        domain_probabilities={Domain(key): value for key, value in found["domain_probabilities"].items()},
        gate=tuple(Reason(code) for code in found["gate"]),
        opinions=tuple(
            OpinionFindings(
                classifier=cast("ClassifierName", opinion.classifier),
                probability=opinion.probability,
                malignant_probability=opinion.malignant_probability,
            )
            for opinion in stored.opinions
        ),
        probability=stored.probability,
        malignant_probability=stored.malignant_probability,
    )
    return SeenPhoto(place=int(found.get("place", place)), photo_hash=stored.photo_hash, findings=findings)


def view_case(case: Case) -> CaseView:
    """A recorded case as it was told then: levels and reasons are the recorded ones."""
    photos = tuple(seen_photo(photo, place) for place, photo in enumerate(case.photos, start=1))
    levels = tuple(RiskLevel(photo.level) for photo in case.photos)
    assessment = Assessment(
        level=RiskLevel(case.level),
        model_level=RiskLevel(case.model_level),
        reasons=tuple(Reason(code) for code in case.reasons),
        photo_levels=levels,
        leading_photo=_leading(levels, photos),
        unanswered=("skin_type", "site") if case.level == RiskLevel.LOW and not case.context else (),
    )
    return CaseView(number=case.number, assessment=assessment, photos=photos)


def split_views(case: Case, numbers: Sequence[str], policy: Policy) -> tuple[CaseView, ...]:
    """One case for each photo of an album's case, assessed from its recorded findings."""
    photos = view_case(case).photos
    return tuple(
        CaseView(number=number, assessment=assess([photo.findings], Context(), policy), photos=(photo,))
        for number, photo in zip(numbers, photos, strict=True)
    )


def version_names(versions: EngineVersions) -> dict[str, str]:
    """The versions as a case records them."""
    return {key: str(value) for key, value in asdict(versions).items()}


def _quality(stored: Mapping[str, Any]) -> Quality:
    faults = tuple(QualityFault(code) for code in stored["faults"])
    return Quality(**{**stored, "faults": faults})


def _leading(levels: Sequence[RiskLevel], photos: Sequence[SeenPhoto]) -> int:
    order = (RiskLevel.NOT_ASSESSABLE, RiskLevel.LOW, RiskLevel.MODERATE, RiskLevel.HIGH)

    def weight(index: int) -> tuple[int, float]:
        return order.index(levels[index]), photos[index].findings.probability or 0.0

    return max(range(len(levels)), key=weight)
