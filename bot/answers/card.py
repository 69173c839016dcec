"""The words of a card and its picture."""

from collections.abc import Sequence
from datetime import datetime

from bot.answers.caption import say_opinions, say_reason
from bot.answers.cases import CaseView
from bot.answers.wording import Wording, dashed, plain
from bot.cards.content import CardWords, compose_card
from bot.cards.draw import draw_card
from inference.policy import Thresholds
from inference.readings import PhotoReading, Reason, RiskLevel


def render_card(
    view: CaseView,
    readings: Sequence[PhotoReading],
    *,
    thresholds: Thresholds,
    wording: Wording,
    at: datetime,
) -> bytes:
    """The picture of an answer, JPEG. Takes some milliseconds of computing: call it off the event loop."""
    words = write_card(view, thresholds, wording, at)
    return draw_card(compose_card(readings, view.assessment, thresholds=thresholds, words=words))


def write_card(view: CaseView, thresholds: Thresholds, wording: Wording, at: datetime) -> CardWords:
    """Every word on the card, plain text."""

    def say(message_id: str, **arguments: object) -> str:
        return plain(wording.say(message_id, **arguments))

    return CardWords(
        title=say("card-title-" + dashed(view.assessment.level)),
        subtitle=say("card-subtitle", case=view.number, at=at),
        note=plain(_note(view, thresholds, wording)),
        disclaimer=say("card-disclaimer"),
        levels={level: say("card-level-" + dashed(level)) for level in RiskLevel},
        legend=(say("card-for"), say("card-against")),
    )


def _note(view: CaseView, thresholds: Thresholds, wording: Wording) -> str:
    """What matters most after the level: a fault of the photo, a rule that decided, or the two opinions."""
    findings, reasons = view.leading.findings, view.assessment.reasons
    if findings.gate:
        faults = findings.quality.faults
        if Reason.QUALITY in findings.gate and faults:
            return wording.say("fault-" + dashed(faults[0]))
        return say_reason(findings.gate[0], wording)
    if reasons and reasons[0] not in (Reason.SCORE_LOW, Reason.SCORE_MODERATE, Reason.SCORE_HIGH):
        return say_reason(reasons[0], wording)
    return say_opinions(findings, reasons, thresholds, wording)
