"""`/letter CASE`: a referral letter to print. The patient is filled in on paper: no name passes through."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from bot.cases.caption import find_shown_reasons, say_answers, say_not_valid, say_reason
from bot.cases.history import find_meant_case, find_own_case
from bot.cases.letter_pdf import LetterContent, write_letter
from bot.cases.view import CaseView, view_case
from bot.conversation.callback_data import Press
from bot.conversation.request import Reply, Request, word
from bot.conversation.wording import Wording, dashed, plain
from bot.delivery.outgoing import Button
from bot.texts import Html
from inference.readings import Reason
from storage.record.cases import Case

BLANKS = ("to", "from", "patient", "birth", "contact")
MAX_FINDINGS = 6
ANSWERED = frozenset({Reason.RED_FLAG, Reason.SEVEN_POINT, Reason.ABCDE})


async def letter(request: Request) -> Reply:
    """`/letter`, about the case that is named or the newest one."""
    case = await find_meant_case(request)
    return request.answer("letter-none") if case is None else await _send(request, case, request.wording)


async def press_letter(request: Request, press: Press) -> Reply:
    """`w:CASE` or `w:CASE:LANGUAGE`."""
    case = await find_own_case(request, press.argument(0))
    if case is None:
        return Reply(notice=request.say("case-unknown"))
    language = press.argument(1)
    known = language in request.services.texts.languages
    return await _send(request, case, word(request.services, language) if known else request.wording)


async def _send(request: Request, case: Case, wording: Wording) -> Reply:
    async with request.services.database.read() as session:
        verdicts = await request.services.clinics.find_verdicts(session, [case.number], wording)
    content = compose_letter(case, wording, verdict=verdicts.get(case.number, Html()), at=request.now())
    other = next(each for each in request.services.texts.languages if each != wording.language)
    button = Button(text=wording.say("button-letter-language"), data=f"w:{case.number}:{other}")
    sent = request.message(request.say("letter-caption", case=case.number), keyboard=((button,),))
    document = await asyncio.to_thread(write_letter, content)
    name = plain(wording.say("letter-file", case=case.number))
    return Reply(messages=(replace(sent, document=document, document_name=name),))


def compose_letter(case: Case, wording: Wording, *, verdict: Html, at: datetime) -> LetterContent:
    """Every word of the letter."""
    view = view_case(case)
    # The clinician's own answers stand above.
    reasons = [each for each in find_shown_reasons(view) if each not in ANSWERED]
    findings = [say_reason(each, view.context, wording) for each in reasons]
    findings += [not_valid] if (not_valid := say_not_valid(view, wording)) else []

    def say(message_id: str, **arguments: object) -> str:
        return plain(wording.say(f"letter-{message_id}", **arguments))

    return LetterContent(
        language=wording.language,
        title=say("title"),
        place_and_date=say("date", at=at),
        blanks=tuple(say(f"blank-{each}") for each in BLANKS),
        greeting=say("greeting"),
        request=say("request-" + dashed(view.assessment.level), pathway=wording.urgent()),
        facts=tuple(_facts(case, view, wording, verdict)),
        findings=tuple(plain(each) for each in findings[:MAX_FINDINGS]),
        closing=say("closing"),
        signature=say("signature"),
        footer=say("footer", pair=case.versions.get("pair", "?")),
    )


def _facts(case: Case, view: CaseView, wording: Wording, verdict: Html) -> Iterator[tuple[str, str]]:
    """Case, level, what was answered, what a clinic said: names and what they are."""

    def fact(name: str, value: str) -> tuple[str, str]:
        return plain(wording.say(f"letter-fact-{name}")), plain(value)

    count = len(view.photos)
    yield fact("case", wording.say("letter-case", case=case.number, at=case.created_at, count=count))
    yield fact("level", wording.say("card-level-" + dashed(view.assessment.level)))
    answers = say_answers(view.context, wording).removeprefix("✍️ ")
    yield fact("answers", answers or wording.say("letter-no-answers"))
    if verdict:
        yield fact("verdict", verdict)
