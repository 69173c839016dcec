"""The words of a card, its picture, and the maps for *Details*."""

from collections.abc import Sequence
from datetime import datetime

from bot.cards.content import CardWords, compose_card
from bot.cards.draw import draw_card
from bot.cards.maps import MapContent, draw_map
from bot.cases.caption import find_shown_reasons, say_faults, say_reason
from bot.cases.view import CaseView
from bot.conversation.wording import Wording, dashed, plain
from bot.texts import Html
from inference.policy import Thresholds
from inference.readings import PhotoReading, RiskLevel


def render_card(
    view: CaseView,
    readings: Sequence[PhotoReading],
    *,
    thresholds: Thresholds,
    wording: Wording,
    at: datetime,
) -> bytes:
    """The picture of an answer, JPEG. Takes some milliseconds of computing: call it off the event loop."""
    words = write_card(view, wording, at)
    return draw_card(compose_card(readings, view.assessment, thresholds=thresholds, words=words))


def write_card(view: CaseView, wording: Wording, at: datetime) -> CardWords:
    """Every word on the card, plain text."""

    def say(message_id: str, **arguments: object) -> str:
        return plain(wording.say(message_id, **arguments))

    return CardWords(
        title=say("card-title-" + dashed(view.assessment.level)),
        subtitle=say("card-subtitle", case=view.number, at=at),
        note=plain(_note(view, wording)),
        disclaimer=say("card-disclaimer"),
        levels={level: say("card-level-" + dashed(level)) for level in RiskLevel},
    )


def render_maps(view: CaseView, reading: PhotoReading, wording: Wording) -> tuple[bytes, ...]:
    """A picture of each classifier's evidence on the photo that leads the case, JPEG; off the event loop."""
    legend = (plain(wording.say("card-for")), plain(wording.say("card-against")))
    return tuple(
        draw_map(
            MapContent(
                title=plain(wording.say("map-title", who=wording.say(f"who-{name}"), case=view.number)),
                preview=reading.preview,
                evidence=evidence,
                legend=legend,
            )
        )
        for name, evidence in reading.evidence.items()
    )


def _note(view: CaseView, wording: Wording) -> str:
    """What matters most after the level: what is wrong with the photo, or the first reason."""
    if view.assessment.level is RiskLevel.NOT_ASSESSABLE:
        return next(say_faults(view.leading.findings, wording), Html())
    reasons = find_shown_reasons(view)
    return say_reason(reasons[0], view.context, wording) if reasons else Html()
