"""The words of a card, its picture, and the maps for *Details*."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bot.cards.content import CardWords, compose_card
from bot.cards.draw import draw_card
from bot.cards.lesion_views import cut_to_lesion
from bot.cards.maps import MapContent, draw_map
from bot.cases.caption import find_shown_reasons, say_faults, say_reason
from bot.cases.several_lesions import find_lesions
from bot.cases.signs_of_change import find_changes
from bot.cases.view import CaseView, SeenPhoto
from bot.conversation.wording import Wording, dashed, plain
from bot.texts import Html
from inference.boxes import Outline
from inference.policy import Thresholds
from inference.readings import Evidence, PhotoReading, Reason, RiskLevel


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
    # As recorded: the case may be about one lesion of the photo alone, or be older than the networks here.
    pairs = zip(view.photos, readings, strict=True)
    readings = [replace(reading, findings=photo.findings) for photo, reading in pairs]
    outlines = [find_outlines(photo, reading) for photo, reading in zip(view.photos, readings, strict=True)]
    content = compose_card(readings, view.assessment, thresholds=thresholds, words=words, outlines=outlines)
    return draw_card(content)


def find_outlines(photo: SeenPhoto, reading: PhotoReading) -> tuple[Outline, ...]:
    """The outlines on a photo, in pixels of its preview: the picked lesion's, or all that were read."""
    outlines = tuple(each.outline for each in reading.lesions)
    return outlines[photo.findings.chosen :][:1] if photo.findings.is_picked else outlines


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
    """A picture of each classifier's evidence on the photo that leads the case, JPEG; off the event loop.

    If the networks read lesions, it shows the one that leads, clipped to its outline and rim.
    """
    legend = (plain(wording.say("card-for")), plain(wording.say("card-against")))
    preview, maps, outlines = _find_maps(view, reading)
    return tuple(
        draw_map(
            MapContent(
                title=plain(wording.say("map-title", who=wording.say(f"who-{name}"), case=view.number)),
                preview=preview,
                evidence=evidence,
                legend=legend,
                outlines=outlines,
            )
        )
        for name, evidence in maps.items()
    )


def _find_maps(
    view: CaseView, reading: PhotoReading
) -> tuple[NDArray[np.uint8], Evidence, tuple[Outline, ...]]:
    """The picture under the maps, the maps, and the outlines that they are clipped to."""
    several = find_lesions(view)
    is_open = several is not None and several.picked is None
    shown = several.leading - 1 if several is not None and is_open else view.leading.findings.chosen
    if shown >= len(reading.lesions):  # the networks read the whole photo
        return reading.preview, reading.evidence, ()
    lesion = cut_to_lesion(reading.preview, reading.lesions[shown])
    return lesion.preview, lesion.evidence, (lesion.outline,)


def _note(view: CaseView, wording: Wording) -> str:
    """What matters most after the level: what is wrong with the photo, or the first reason.

    A picture stays when its lesion is flagged later and the caption is edited, so a low one says what would
    change the answer, and never that there is no sign of melanoma.
    """
    if view.assessment.level is RiskLevel.NOT_ASSESSABLE:
        return next(say_faults(view.leading.findings, wording), Html())
    if view.assessment.level is RiskLevel.LOW:
        return wording.say(_find_advice(view))
    reasons = find_shown_reasons(view)
    return say_reason(reasons[0], view.context, wording) if reasons else Html()


def has_untrue_note(before: CaseView, after: CaseView) -> bool:
    """Whether a picture of a case as it was before says something under the level that no longer holds.

    More of the same, like another red flag, needs no new picture: the networks must read the photos for it.
    """
    topic = _find_topic(before)
    if topic != _find_topic(after):
        return True
    part = _NAMED.get(topic, "")
    said, still = (frozenset(getattr(each.context, part, None) or ()) for each in (before, after))
    return bool(said - still)


_NAMED: Final[Mapping[str, str]] = {
    Reason.RED_FLAG: "red_flags",
    Reason.SEVEN_POINT: "seven_point",
    Reason.ABCDE: "abcde",
}


def _find_topic(view: CaseView) -> str:
    """What the note is about: the advice of a low answer, otherwise the first reason."""
    if view.assessment.level is RiskLevel.LOW:
        return _find_advice(view)
    return next(iter(find_shown_reasons(view)), "")


def _find_advice(view: CaseView) -> str:
    return "advice-low-changed" if find_changes(view.context) else "advice-low-scored"
