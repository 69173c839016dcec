"""The reasons for an answer: why this level, what the models alone say, the photos, the versions."""

from collections.abc import Iterator

from bot.cases.caption import (
    find_shown_reasons,
    say_answers,
    say_faults,
    say_not_valid,
    say_raised,
    say_reason,
)
from bot.cases.flag import say_flag_of
from bot.cases.several_lesions import say_picked
from bot.cases.view import CaseView
from bot.conversation.wording import Wording, dashed
from bot.texts import Html, join_lines
from inference.assessment import is_score_decisive
from inference.policy import Thresholds
from inference.readings import Domain, Reason, RiskLevel
from storage.record.cases import Case

_FINDINGS = frozenset(
    {Reason.RED_FLAG, Reason.SEVEN_POINT, Reason.ABCDE, Reason.SKIN_TYPE, Reason.UNDER_18, Reason.SITE}
)


def write_details(case: Case, view: CaseView, thresholds: Thresholds, wording: Wording) -> Html:
    """Everything about one case, HTML, within a message's 4,096 UTF-16 units for an album of ten."""
    head = (
        say_picked(view, wording),
        say_flag_of(view, wording),
        wording.say("headline-" + dashed(view.assessment.level), case=view.number),
        wording.say("details-time", at=case.created_at, count=view.sent_count),
        say_answers(view.context, wording),
    )
    if view.assessment.level is RiskLevel.NOT_ASSESSABLE:
        reasons = [*say_faults(view.leading.findings, wording)]
    else:
        reasons = [say_reason(each, view.context, wording) for each in find_shown_reasons(view)]
    reasons += [say_raised(view, wording), say_not_valid(view, wording)]
    blocks = (
        join_lines(head),
        join_lines((wording.say("details-reasons"), *(f"• {each}" for each in reasons if each))),
        join_lines((*_models_alone(view, thresholds, wording), *_photos(view, wording))),
        join_lines((write_versions(case, wording), wording.say("disclaimer"))),
    )
    return join_lines(blocks, gap="\n\n")


def write_versions(case: Case, wording: Wording) -> Html:
    """The versions that the scores depend on."""
    known = {key: case.versions.get(key, "?") for key in ("pair", "cnn", "vit", "onnxruntime", "pillow")}
    return wording.say("details-versions-text", **known, kernel=case.versions.get("kernel_class", "?"))


def say_opinion(probability: float, thresholds: Thresholds, wording: Wording) -> Html:
    """A score (0 to 1, calibrated at 50 % prevalence) in words, never as a percentage."""
    if probability >= thresholds.high:
        return wording.say("opinion-high")
    return wording.say("opinion-moderate" if probability >= thresholds.moderate else "opinion-low")


def _models_alone(view: CaseView, thresholds: Thresholds, wording: Wording) -> Iterator[Html]:
    """What the models say without the clinician's findings, and what their tests say of such an answer."""
    findings, assessment = view.leading.findings, view.assessment
    before = "before" if _FINDINGS.intersection(assessment.reasons) else "alone"
    yield wording.say(f"details-models-{before}", level=wording.level(assessment.model_level))
    if findings.gate or not findings.opinions:
        return
    words = {
        each.classifier: say_opinion(each.probability, thresholds, wording) for each in findings.opinions
    }
    place = {"photo": view.leading.place, "count": view.sent_count}
    yield wording.say("details-opinions", **place, **words)
    if is_score_decisive(assessment):
        yield _shares(view, wording)


def _shares(view: CaseView, wording: Wording) -> Html:
    """Which share of melanomas got this level in tests of this kind of photo; not asked at `high`."""
    level, is_closeup = view.assessment.level, view.leading.findings.domain is Domain.CLINICAL
    tested = wording.tested.shares.get(level, ()) if level in (RiskLevel.LOW, RiskLevel.MODERATE) else ()
    found = [each for each in tested if each.is_of_closeups is is_closeup]
    shares = [
        wording.say(
            "details-share",
            share=wording.percent(round(each.share, 2)),
            melanomas=each.melanomas,
            source=wording.source(each.source),
            use=wording.say("source-unused" if each.is_unused else "source-used"),
        )
        for each in found
    ]
    return wording.say("details-shares", shares=join_lines(shares, gap=" · ")) if shares else Html()


def _photos(view: CaseView, wording: Wording) -> Iterator[Html]:
    lines = {place: wording.say("details-photo-unopened", photo=place) for place in view.unopened}
    pairs = zip(view.photos, view.assessment.photo_levels, strict=True)
    for photo, level in pairs:
        findings = photo.findings
        faults = [wording.say("fault-name-" + dashed(fault)) for fault in findings.quality.faults]
        lines[photo.place] = wording.say(
            "details-photo",
            photo=photo.place,
            count=view.sent_count,
            level=wording.level(level),
            domain=wording.say("domain-" + dashed(findings.domain)),
            share=wording.percent(round(findings.domain_probabilities.get(findings.domain, 0.0), 2)),
            width=findings.quality.width_px,
            height=findings.quality.height_px,
            quality=join_lines(faults, gap=", ") or wording.say("quality-good"),
        )
    yield from (line for _, line in sorted(lines.items()))
