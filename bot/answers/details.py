"""What stands behind an answer: the scores explained, the photos, the reasons, the rules, the versions."""

from collections.abc import Iterator

from bot.answers.caption import say_answers, say_opinion, say_reason
from bot.answers.cases import CaseView, SeenPhoto
from bot.answers.wording import Wording, dashed
from bot.texts import Html, join_lines
from inference.assessment import expected_in_100
from inference.policy import Thresholds
from inference.readings import RiskLevel
from storage.cases import Case

# UK urgent skin referrals hold 3 to 8 % melanomas; the middle one is the operator's setting.
LOW_PREVALENCE, HIGH_PREVALENCE = 0.03, 0.08


def write_details(case: Case, view: CaseView, thresholds: Thresholds, wording: Wording) -> Html:
    """Everything about one case, HTML, within a message's 4,096 UTF-16 units for an album of ten."""
    blocks = (
        wording.say("details-title", case=view.number, at=case.created_at),
        join_lines(_scores(view, thresholds, wording)),
        join_lines(_photo(photo, level, wording) for photo, level in _leveled(view)),
        join_lines((*_reasons(view, wording), say_answers(view.context, wording))),
        join_lines((wording.say("details-rules"), wording.say("details-rules-text"))),
        join_lines((wording.say("details-versions"), write_versions(case, wording))),
        wording.say("disclaimer"),
    )
    return join_lines(blocks, gap="\n\n")


def write_versions(case: Case, wording: Wording) -> Html:
    """What the scores depend on."""
    known = {key: case.versions.get(key, "?") for key in ("pair", "cnn", "vit", "onnxruntime", "pillow")}
    return wording.say("details-versions-text", **known, kernel=case.versions.get("kernel_class", "?"))


def _leveled(view: CaseView) -> Iterator[tuple[SeenPhoto, RiskLevel]]:
    return zip(view.photos, view.assessment.photo_levels, strict=True)


def _scores(view: CaseView, thresholds: Thresholds, wording: Wording) -> Iterator[Html]:
    findings = view.leading.findings
    yield wording.say("details-scores")
    if findings.probability is None or findings.gate:
        yield wording.say("details-score-none")
        return
    yield _score("pair", findings.probability, thresholds, wording)
    for opinion in findings.opinions:
        yield _score(opinion.classifier, opinion.probability, thresholds, wording)
    yield wording.say("details-score-note")


def _score(who: str, probability: float, thresholds: Thresholds, wording: Wording) -> Html:
    shares = {"low": LOW_PREVALENCE, "middle": wording.prevalence, "high": HIGH_PREVALENCE}
    counts = {"few": LOW_PREVALENCE, "some": wording.prevalence, "many": HIGH_PREVALENCE}
    return wording.say(
        "details-score-row",
        who=wording.say(f"who-{who}"),
        opinion=say_opinion(probability, thresholds, wording),
        **{name: _count(probability, share, wording) for name, share in counts.items()},
        **{name: wording.percent(share) for name, share in shares.items()},
    )


def _count(probability: float, prevalence: float, wording: Wording) -> Html:
    return wording.say("details-count", count=expected_in_100(probability, prevalence))


def _photo(photo: SeenPhoto, level: RiskLevel, wording: Wording) -> Html:
    findings = photo.findings
    faults = [wording.say("fault-name-" + dashed(fault)) for fault in findings.quality.faults]
    return wording.say(
        "details-photo",
        photo=photo.place,
        level=wording.level(level),
        domain=wording.say("domain-" + dashed(findings.domain)),
        share=wording.percent(round(findings.domain_probabilities.get(findings.domain, 0.0), 2)),
        width=findings.quality.width_px,
        height=findings.quality.height_px,
        quality=join_lines(faults, gap=", ") or wording.say("quality-good"),
    )


def _reasons(view: CaseView, wording: Wording) -> Iterator[Html]:
    yield wording.say("details-reasons")
    yield from (Html(f"• {say_reason(reason, wording)}") for reason in view.assessment.reasons)
    yield wording.say("details-models-alone", level=wording.level(view.assessment.model_level))
