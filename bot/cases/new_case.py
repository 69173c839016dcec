"""Makes the case of some photos, or one from another case, as it is recorded."""

from collections.abc import Sequence

from bot.cases.stored_findings import find_rules
from bot.cases.view import CaseView, find_versions, store_context, stored_photos
from bot.conversation.request import Request
from inference.readings import PhotoReading
from storage.record.cases import Case, NewCase


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


def made_case(
    request: Request, case: Case, *, view: CaseView, turn_key: str, picked_from_id: int | None = None
) -> NewCase:
    """The row of a case made from another one: a mole of an album, or a lesion picked on a photo."""
    return NewCase(
        turn_key=turn_key,
        number=view.number,
        subject=case.subject,
        level=view.assessment.level,
        model_level=view.assessment.model_level,
        reasons=tuple(view.assessment.reasons),
        language=request.wording.language,
        versions=case.versions,
        photos=stored_photos(view, find_rules(case, request.services.release.policy).rules),
        context=store_context(view.context) or None,
        picked_from_id=picked_from_id,
    )


__all__ = ["made_case", "new_case"]
