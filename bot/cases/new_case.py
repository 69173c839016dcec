"""Makes the case of some photos, as it is recorded."""

from collections.abc import Sequence

from bot.cases.view import CaseView, find_versions, store_context, stored_photos
from bot.conversation.request import Request
from inference.readings import PhotoReading
from storage.record.cases import NewCase


def new_case(request: Request, view: CaseView, readings: Sequence[PhotoReading]) -> NewCase:
    """The row of a case that is answered for the first time. Its sender has consented."""
    assert request.person is not None  # noqa: S101 - consent was asked for before a photo is read
    return NewCase(
        turn_key=request.turn.key,
        number=view.number,
        subject=request.person.subject,
        level=view.assessment.level,
        model_level=view.assessment.model_level,
        reasons=tuple(view.assessment.reasons),
        language=request.wording.language,
        versions=find_versions(readings, request.services.engine.versions),
        photos=stored_photos(view, request.services.release.policy.rules),
        context=store_context(view.context) or None,
        elapsed_ms=sum(reading.elapsed_ms for reading in readings),
    )


__all__ = ["new_case"]
