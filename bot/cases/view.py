"""A case between reading and record: what is known of it while it is answered, how it is written and read."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any, Literal, TypeVar, cast

from bot.cases.stored_findings import (
    find_rules,
    read_findings,
    read_lesion_levels,
    store_findings,
    store_opinions,
)
from inference.assessment import assess
from inference.fusion import fuse_photos
from inference.judging import find_highest
from inference.policy import Policy, Rules
from inference.readings import (
    Abcde,
    Assessment,
    Context,
    EngineVersions,
    PhotoFindings,
    PhotoReading,
    Reason,
    RedFlag,
    RiskLevel,
    SevenPoint,
    SpecialSite,
)
from storage.clinic.flags import Flag
from storage.record.cases import Case, NewPhoto

Word = TypeVar("Word", bound=StrEnum)

_ORDER = (RiskLevel.NOT_ASSESSABLE, RiskLevel.LOW, RiskLevel.MODERATE, RiskLevel.HIGH)
CARD_LEVEL = "card_level"  # beside the answers: the level that the card's picture shows, if not the case's


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenPhoto:
    """One photo that could be opened. `place` counts the photos as they were sent, from 1."""

    place: int
    photo_hash: str
    findings: PhotoFindings


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseView:
    """A case as messages describe it. `photos` are in the order of `assessment.photo_levels`."""

    number: str
    assessment: Assessment
    photos: tuple[SeenPhoto, ...]
    unopened: tuple[int, ...] = ()  # places of photos that could not be opened
    context: Context = field(default_factory=Context)
    has_older_picture: bool = False  # the card's picture shows an earlier level
    flag: Flag | None = None  # of the lesion that it shows, if it is flagged
    together: RiskLevel | None = None  # what its photo got when it was read with another of a split album

    @property
    def leading(self) -> SeenPhoto:
        """The photo that set the level."""
        return self.photos[self.assessment.leading_photo]

    @property
    def leading_lesion_levels(self) -> tuple[RiskLevel, ...]:
        """The level of each lesion of that photo; empty if the networks read it whole."""
        levels = self.assessment.lesion_levels
        return levels[self.assessment.leading_photo] if levels else ()

    @property
    def sent_count(self) -> int:
        """How many photos were sent."""
        return len(self.photos) + len(self.unopened)


def stored_photos(view: CaseView, rules: Rules) -> tuple[NewPhoto, ...]:
    """The photos of a case as they are written, with the rules that judged them."""
    levels = view.assessment.lesion_levels or ((),) * len(view.photos)
    stored = (
        (stored_photo(photo, level, rules), {"lesion_levels": list(of_lesions)} if of_lesions else {})
        for photo, level, of_lesions in zip(view.photos, view.assessment.photo_levels, levels, strict=True)
    )
    kept = {"sent": view.sent_count} | ({"together": str(view.together)} if view.together else {})
    return tuple(replace(photo, findings={**photo.findings, **more, **kept}) for photo, more in stored)


def stored_photo(photo: SeenPhoto, level: RiskLevel, rules: Rules) -> NewPhoto:
    """One photo as it is written: numbers only."""
    findings = photo.findings
    return NewPhoto(
        photo_hash=photo.photo_hash,
        level=level,
        domain=findings.domain,
        probability=findings.probability,
        malignant_probability=findings.malignant_probability,
        findings={"place": photo.place, **store_findings(findings, rules)},
        lesion_count=findings.lesion_count,
        opinions=store_opinions(findings.opinions),
    )


def seen_photo(stored: NewPhoto, place: int) -> SeenPhoto:
    """One photo as it was written, read back; `place` is used if the record holds none."""
    place = int(cast("int", stored.findings.get("place", place)))
    return SeenPhoto(place=place, photo_hash=stored.photo_hash, findings=read_findings(stored))


def view_case(case: Case) -> CaseView:
    """A recorded case as it was shown last: levels and reasons are the recorded ones."""
    photos = tuple(seen_photo(photo, place) for place, photo in enumerate(case.photos, start=1))
    levels = tuple(RiskLevel(photo.level) for photo in case.photos)
    context = read_context(case.context)
    questions: dict[Literal["skin_type", "site"], object] = {
        "skin_type": context.skin_type,
        "site": context.sites,
    }
    unanswered = tuple(name for name, answer in questions.items() if answer is None)
    assessment = Assessment(
        level=RiskLevel(case.level),
        model_level=RiskLevel(case.model_level),
        reasons=tuple(Reason(code) for code in case.reasons),
        photo_levels=levels,
        leading_photo=max(
            range(len(levels)),
            key=lambda place: (_ORDER.index(levels[place]), photos[place].findings.probability or 0.0),
        ),
        unanswered=unanswered if case.level == RiskLevel.LOW else (),
        lesion_levels=tuple(read_lesion_levels(photo) for photo in case.photos),
    )
    return CaseView(
        number=case.number,
        assessment=assessment,
        photos=photos,
        unopened=_unopened(case, photos),
        context=context,
        has_older_picture=shown_level(case) is not assessment.level,
        together=next(
            (
                RiskLevel(str(each.findings["together"]))
                for each in case.photos
                if "together" in each.findings
            ),
            None,
        ),
    )


def assess_photos(
    photos: Sequence[SeenPhoto], context: Context, policy: Policy, *, together: RiskLevel | None
) -> Assessment:
    """What a case comes to; never less than its photo got when it was read with another of a split album."""
    alone = assess([photo.findings for photo in photos], context, policy)
    model_level = find_highest(alone.model_level, together or alone.model_level)
    if model_level is alone.model_level:
        return alone
    level = find_highest(alone.level, model_level)
    others = tuple(each for each in alone.reasons if each is not Reason.BOTH_PHOTOS)
    return replace(
        alone,
        level=level,
        model_level=model_level,
        reasons=(*others, Reason.BOTH_PHOTOS) if level is alone.level else (Reason.BOTH_PHOTOS, *others),
        unanswered=alone.unanswered if level is RiskLevel.LOW else (),
    )


def shown_level(case: Case) -> RiskLevel:
    """The level that the picture of the case's card shows."""
    return RiskLevel(str((case.context or {}).get(CARD_LEVEL, case.level)))


def read_context(stored: Mapping[str, object] | None) -> Context:
    """A context as a case records it, read back."""
    found = cast("Mapping[str, Any]", stored or {})
    return Context(
        skin_type=found.get("skin_type"),
        under_18=found.get("under_18"),
        sites=_read_words(found.get("sites"), SpecialSite),
        seven_point=_read_words(found.get("seven_point"), SevenPoint),
        abcde=_read_words(found.get("abcde"), Abcde),
        red_flags=_read_words(found.get("red_flags"), RedFlag) or frozenset(),
        raised_by=found.get("raised_by"),
    )


def store_context(context: Context) -> dict[str, object]:
    """A context as a case records it: answered questions only, words in order."""
    single = {
        "skin_type": context.skin_type,
        "under_18": context.under_18,
        "raised_by": context.raised_by,
    }
    many = {
        "sites": context.sites,
        "seven_point": context.seven_point,
        "abcde": context.abcde,
        "red_flags": context.red_flags or None,
    }
    stored: dict[str, object] = {name: value for name, value in single.items() if value is not None}
    return stored | {name: sorted(words) for name, words in many.items() if words is not None}


def split_views(case: Case, numbers: Sequence[str], policy: Policy) -> tuple[CaseView, ...]:
    """One case for each photo of an album's case, assessed from its recorded findings.

    What was answered stays with each of them: whose it was is not known, and nothing lowers a level. So does
    a level that only came from reading two of them together, with these two.
    """
    view, rules = replace(view_case(case), unopened=(), has_older_picture=False), find_rules(case, policy)
    is_raised = Reason.BOTH_PHOTOS in view.assessment.reasons
    together = view.assessment.model_level if is_raised else view.together
    fusion = rules.fusion if view.together is None else None
    fused = fuse_photos([each.findings for each in view.photos], fusion) if fusion is not None else None
    parts = []
    for place, (number, photo) in enumerate(zip(numbers, view.photos, strict=True)):
        kept = together if fused is None or place in (fused.dermoscopic, fused.clinical) else None
        context = context_of_made(case, photo)
        assessment = assess_photos([photo], context, rules, together=kept)
        made = replace(view, number=number, photos=(photo,), assessment=assessment, together=kept)
        parts.append(replace(made, context=context))
    return tuple(parts)


def context_of_made(case: Case, photo: SeenPhoto) -> Context:
    """The answers of a case for one that is made from this photo of it.

    A better photo that was added to the case, and is not `low`, may show any of its lesions.
    """
    context = read_context(case.context)
    sent = [cast("int", each.findings.get("sent", 0)) for each in case.photos]
    added = [each for each, count in zip(case.photos, sent, strict=True) if count > min(sent)]
    better = [each for each in added if each.photo_hash != photo.photo_hash and each.level != RiskLevel.LOW]
    return replace(context, raised_by=case.number) if better and context.raised_by is None else context


def version_names(versions: EngineVersions) -> dict[str, str]:
    """The versions as a case records them."""
    return {key: str(value) for key, value in asdict(versions).items() if value is not None}


def find_versions(readings: Sequence[PhotoReading], usual: EngineVersions) -> dict[str, str]:
    """The versions of the engines that read a case's photos; if they differ, all of them."""
    each = [version_names(reading.versions or usual) for reading in readings]
    return {key: " + ".join(dict.fromkeys(names[key] for names in each)) for key in version_names(usual)}


def _unopened(case: Case, photos: Sequence[SeenPhoto]) -> tuple[int, ...]:
    """Places of photos that could not be opened: those of which nothing is recorded."""
    sent = max((cast("int", photo.findings.get("sent", 0)) for photo in case.photos), default=0)
    places = {photo.place for photo in photos}
    if max(places) > sent:  # one of an album that was split
        return ()
    return tuple(sorted(set(range(1, sent + 1)) - places))


def _read_words(words: list[str] | None, kind: type[Word]) -> frozenset[Word] | None:
    return None if words is None else frozenset(kind(word) for word in words)
