"""Everything about a case in words: under its details, and where its sender opens it again."""

from bot.cases.details import write_details
from bot.cases.flag import add_flag
from bot.cases.patient_context import open_answers, open_reference, say_patient, say_risks
from bot.cases.reread import find_thresholds
from bot.cases.view import CaseView, view_case
from bot.conversation.request import Request
from bot.texts import Html, join_lines
from storage.record.cases import Case
from storage.record.patient_contexts import find_patient


async def explain_case(request: Request, case: Case, view: CaseView | None = None) -> Html:
    """Everything about a case, with what the sender said about the patient.

    Args:
        request: the sender's.
        case: as it was recorded.
        view: the case as it is to be shown, with its flag; without it, as recorded.
    """
    if view is None:
        view = await add_flag(request, view_case(case))
    async with request.services.database.read() as session:
        sealed = await find_patient(session, case.number, subject=case.subject)
    keyring = request.services.keyring
    patient = open_answers(keyring, sealed).with_rules(view.context)
    reference, risks = open_reference(keyring, sealed), say_risks(patient, request.wording)
    said = (
        request.say("history-reference", reference=reference) if reference else "",
        say_patient(patient, request.wording),
        request.say("patient-stated", name=request.say("patient-name-risks"), answer=risks) if risks else "",
        request.say("card-sentence", sentence=patient.sentence) if patient.sentence else "",
    )
    details = write_details(case, view, find_thresholds(request.services, case, view), request.wording)
    return join_lines((details, join_lines(said)), gap="\n\n")


__all__ = ["explain_case"]
