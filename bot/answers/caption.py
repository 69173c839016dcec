"""The caption of an answer: what to do first, then why, then what the score means."""

from collections.abc import Iterator

from bot.answers.cases import CaseView, SeenPhoto
from bot.answers.wording import Wording, count_units, dashed
from bot.texts import Html, join_lines
from inference.assessment import expected_in_100, seven_point_score
from inference.policy import Thresholds
from inference.readings import (
    Abcde,
    Context,
    Domain,
    PhotoFindings,
    Reason,
    RedFlag,
    RiskLevel,
    SpecialSite,
)

CAPTION_UNITS = 1_000  # Telegram takes 1,024 after parsing; a mark for a repeated answer must fit in front
MAX_REASONS = 3
MAX_FAULTS = 2
ROMAN = ("I", "II", "III", "IV", "V", "VI")  # skin types

# Told even where space is short: each changes how the answer is to be taken.
_NEVER_DROPPED = frozenset({Reason.CLINICAL_PHOTO, Reason.NO_LESION, Reason.QUALITY})


def write_caption(view: CaseView, thresholds: Thresholds, wording: Wording, *, prompt: str = "") -> Html:
    """The caption under a card, HTML; the least important reasons are left out until it fits.

    `prompt` is what the open page of buttons asks, at the end.
    """
    reasons, room = _told_reasons(view), CAPTION_UNITS - count_units(prompt) - (2 if prompt else 0)
    tries = [_keep(reasons, count) for count in range(len(reasons), -1, -1)]
    captions = (_assemble(view, each, thresholds, wording) for each in (*tries, ()))
    fitting = (caption for caption in captions if count_units(caption) <= room)
    shortest = _assemble(view, (), thresholds, wording)
    return join_lines((next(fitting, shortest), prompt), gap="\n\n")


def say_opinions(
    photo: PhotoFindings, reasons: tuple[Reason, ...], thresholds: Thresholds, wording: Wording
) -> Html:
    """Each classifier's opinion in words and whether they agree; empty for a photo without scores."""
    words = {each.classifier: say_opinion(each.probability, thresholds, wording) for each in photo.opinions}
    if len(words) < 2:
        return Html()
    if Reason.DISAGREEMENT in reasons:
        return wording.say("opinions-differ", **words)
    if words["cnn"] == words["vit"]:
        return wording.say("opinions-agree", opinion=words["cnn"])
    return wording.say("opinions-near", **words)


def say_opinion(probability: float, thresholds: Thresholds, wording: Wording) -> Html:
    """A score (0 to 1, calibrated at 50 % prevalence) in words, never as a percentage."""
    if probability >= thresholds.high:
        return wording.say("opinion-high")
    return wording.say("opinion-moderate" if probability >= thresholds.moderate else "opinion-low")


def say_answers(context: Context, wording: Wording) -> Html:
    """What the clinician answered, in one line; empty where nothing was."""
    told = join_lines(_answers(context, wording), gap=" · ")
    return wording.say("answers", answers=told) if told else Html()


def say_reason(reason: Reason, wording: Wording) -> Html:
    """One reason as a sentence."""
    return wording.say("reason-" + dashed(reason))


def _assemble(view: CaseView, reasons: tuple[Reason, ...], thresholds: Thresholds, wording: Wording) -> Html:
    blocks = (
        join_lines(
            (
                wording.say("headline-" + dashed(view.assessment.level), case=view.number),
                *_advice(view, wording),
            )
        ),
        join_lines(tuple(_photo_lines(view, wording))),
        join_lines((*_bullets(view, reasons, wording), say_answers(view.context, wording))),
        join_lines(_scores(view, thresholds, wording)),
        wording.say("disclaimer"),
    )
    return join_lines(blocks, gap="\n\n")


def _advice(view: CaseView, wording: Wording) -> Iterator[Html]:
    level = view.assessment.level
    if level in (RiskLevel.HIGH, RiskLevel.MODERATE):
        yield wording.say("advice-" + dashed(level), pathway=wording.urgent())
    else:
        yield wording.say("advice-" + dashed(level))
    if view.has_older_picture:
        yield wording.say("picture-is-older")
    if view.assessment.unanswered:
        missing = "-and-".join(dashed(each) for each in view.assessment.unanswered)
        yield wording.say("low-not-valid", what=wording.say("low-" + missing))
    if level is not RiskLevel.HIGH and has_unread_photo(view):
        yield wording.say("safety-net-short" if level is RiskLevel.MODERATE else "safety-net")


def has_unread_photo(view: CaseView) -> bool:
    """Whether the models could not read a photo of the case."""
    return bool(view.unopened) or RiskLevel.NOT_ASSESSABLE in view.assessment.photo_levels


def _photo_lines(view: CaseView, wording: Wording) -> Iterator[Html]:
    if view.sent_count < 2:
        return
    lines = {place: _problem_line(place, "unreadable", wording) for place in view.unopened}
    for photo, level in zip(view.photos, view.assessment.photo_levels, strict=True):
        lines[photo.place] = _photo_line(photo, level, wording)
    yield wording.say("photo-lines-leading", count=view.sent_count)
    yield from (line for _, line in sorted(lines.items()))


def _photo_line(photo: SeenPhoto, level: RiskLevel, wording: Wording) -> Html:
    if photo.findings.gate:
        return _problem_line(photo.place, dashed(photo.findings.gate[0]), wording)
    return wording.say("photo-line", photo=photo.place, mark=wording.mark(level), level=wording.level(level))


def _problem_line(place: int, problem: str, wording: Wording) -> Html:
    return wording.say("photo-line-problem", photo=place, problem=wording.say("problem-" + problem))


def _told_reasons(view: CaseView) -> tuple[Reason, ...]:
    """Reasons for the caption; at `low` the advice already says what the score says."""
    hidden = {Reason.SCORE_LOW} if view.assessment.level is RiskLevel.LOW else set()
    return _keep(tuple(each for each in view.assessment.reasons if each not in hidden), MAX_REASONS)


def _keep(reasons: tuple[Reason, ...], count: int) -> tuple[Reason, ...]:
    """The first `count` reasons, and those that are never left out."""
    return tuple(each for place, each in enumerate(reasons) if place < count or each in _NEVER_DROPPED)


def _bullets(view: CaseView, reasons: tuple[Reason, ...], wording: Wording) -> Iterator[Html]:
    for reason in reasons:
        for sentence in _sentences(reason, view.leading.findings, wording):
            yield Html(f"• {sentence}")


def _sentences(reason: Reason, findings: PhotoFindings, wording: Wording) -> Iterator[Html]:
    """A reason; a gate's refusal names what is wrong and how to retake the photo."""
    faults = findings.quality.faults if reason is Reason.QUALITY else ()
    if not faults:
        yield say_reason(reason, wording)
    yield from (wording.say("fault-" + dashed(fault)) for fault in faults[:MAX_FAULTS])
    if reason is Reason.NO_LESION:
        yield wording.say("retake-no-lesion")


def _answers(context: Context, wording: Wording) -> Iterator[Html]:
    if context.seven_point is not None:
        yield wording.say("answer-seven-point", score=seven_point_score(context.seven_point))
    if context.abcde is not None:
        letters = [wording.say("letter-" + dashed(each)) for each in Abcde if each in context.abcde]
        yield wording.say("answer-abcde", letters=join_lines(letters, gap=", ") or Html("0"))
    yield from (wording.say("flag-" + dashed(each)) for each in RedFlag if each in context.red_flags)
    if context.skin_type is not None:
        yield wording.say("answer-skin-type", number=ROMAN[context.skin_type - 1])
    if context.under_18 is not None:
        yield wording.say("age-under-18" if context.under_18 else "age-adult")
    if context.sites is not None:
        sites = [wording.say("site-" + dashed(each)) for each in SpecialSite if each in context.sites]
        yield from sites or (wording.say("answer-no-site"),)


def _scores(view: CaseView, thresholds: Thresholds, wording: Wording) -> tuple[Html, ...]:
    findings = view.leading.findings
    if findings.probability is None or findings.gate:
        return ()
    opinions = say_opinions(findings, view.assessment.reasons, thresholds, wording)
    if opinions and view.sent_count > 1:
        opinions = wording.say("opinions-of-photo", photo=view.leading.place, opinions=opinions)
    return opinions, say_meaning(findings, wording)


def say_meaning(findings: PhotoFindings, wording: Wording) -> Html:
    """What the pair's score means in general practice; a rough figure where the photo is no dermoscopy."""
    assert findings.probability is not None  # noqa: S101 - the caller has asked
    count = expected_in_100(findings.probability, wording.prevalence)
    rough = "meaning-rough" if findings.domain is not Domain.DERMOSCOPIC else "meaning"
    return wording.say(rough, count=count, prevalence=wording.percent(wording.prevalence))
