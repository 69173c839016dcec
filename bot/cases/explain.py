"""Everything about a case in words: under its details, and where its sender opens it again."""

from bot.cases.details import write_details
from bot.cases.flag import add_flag
from bot.cases.patient_context import say_patient, say_risks
from bot.cases.patient_kept import Kept, load_patient
from bot.cases.reread import find_thresholds
from bot.cases.view import CaseView, view_case
from bot.conversation.request import Request
from bot.texts import Html, join_lines
from storage.record.cases import Case


async def explain_case(
    request: Request, case: Case, view: CaseView | None = None, *, kept: Kept | None = None
) -> Html:
    """Everything about a case, with what the sender said about the patient.

    Args:
        request: the sender's.
        case: as it was recorded.
        view: the case as it is to be shown, with its flag; without it, as recorded.
        kept: what is said about the patient, if it is recorded together with this; without it, as recorded.
    """
    if view is None:
        view = await add_flag(request, view_case(case))
    if kept is None:
        kept = await load_patient(request, case)
    patient = kept.answers.patient.with_rules(view.context)
    risks = say_risks(patient, request.wording)
    said = (
        request.say("history-reference", reference=kept.reference) if kept.reference else "",
        say_patient(patient, view.context, request.wording),
        request.say("patient-stated", name=request.say("patient-name-risks"), answer=risks) if risks else "",
        request.say("card-sentence", sentence=patient.sentence) if patient.sentence else "",
    )
    details = write_details(case, view, find_thresholds(request.services, case, view), request.wording)
    return join_lines((details, join_lines(said)), gap="\n\n")


__all__ = ["explain_case"]
