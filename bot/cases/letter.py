"""`/letter CASE`: a referral letter to print. The patient is filled in on paper: no name passes through."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from html import escape
from typing import Final

from bot import __version__
from bot.cards.jpeg import encode_jpeg
from bot.cards.outlines import draw_outlines
from bot.cards.photos import resize_photo
from bot.cases.caption import ROMAN, find_shown_reasons, say_not_valid, say_raised, say_reason
from bot.cases.card import find_outlines
from bot.cases.command_words import means_newest
from bot.cases.flag import say_flag_of
from bot.cases.history import find_meant_case, find_own_case, list_parts_of
from bot.cases.letter_pdf import LetterContent, write_letter
from bot.cases.letter_text import write_pages
from bot.cases.patient_context import (
    NOBODY,
    SPECIAL,
    PatientContext,
    open_answers,
    open_reference,
    say_patient,
    say_risks,
)
from bot.cases.reread import read_again
from bot.cases.revising import Follow
from bot.cases.several_lesions import say_picked
from bot.cases.sharing import find_shared, share_case
from bot.cases.signs_of_change import find_changes
from bot.cases.view import CaseView, SeenPhoto, read_context, view_case
from bot.conversation.callback_data import Press
from bot.conversation.request import Reply, Request, word
from bot.conversation.wording import Wording, dashed, plain
from bot.delivery.outgoing import Button
from bot.texts import Html, join_lines
from inference.assessment import seven_point_score
from inference.boxes import scale_outline
from inference.judging import find_highest
from inference.readings import Abcde, Context, PhotoReading, Reason, RedFlag, RiskLevel, SevenPoint
from storage.clinic.flags import Flag, find_flag
from storage.record.cases import Case
from storage.record.patient_contexts import find_patient

BLANKS = ("to", "from", "patient", "birth", "contact")
MAX_FINDINGS = 6
PHOTO_PX: Final = 900  # of the longer side: 60 mm wide in print
JPEG_QUALITY: Final = 85
NO_ANSWER: Final = ("verdict-waited-for", "verdict-better-photo", "verdict-better-photo-came")
CHANGEABLE: Final = frozenset({RiskLevel.LOW, RiskLevel.MODERATE})  # whose advice is another after a change
ANSWERED = frozenset({Reason.RED_FLAG, Reason.SEVEN_POINT, Reason.ABCDE})


async def letter(request: Request, *, follow: Follow) -> Reply:
    """`/letter`, about the case that is named or replied to, or the newest one.

    Raises:
        BusyError: a card waits for the networks; the turn is retried.
    """
    case = await find_meant_case(request, also_split=True, shared=await find_shared(request))
    if case is None or isinstance(case, Reply):
        return case or request.answer("letter-none" if means_newest(request) else "case-unknown")
    case, shared = await share_case(request, case, follow=follow)
    return shared.add_to(await _send(request, case, request.wording))


async def press_letter(request: Request, press: Press, *, follow: Follow) -> Reply:
    """`w:CASE` or `w:CASE:LANGUAGE`; `w:CASE:LANGUAGE:text` sends it as text to copy."""
    case = await find_own_case(request, press.argument(0), also_split=True)  # as the clinic's answer names it
    if case is None:
        return Reply(notice=request.say("case-unknown"))
    case, shared = await share_case(request, case, follow=follow)
    language = press.argument(1)
    known = language in request.services.texts.languages
    wording = word(request.services, language) if known else request.wording
    if press.argument(2) == "text":
        content = await _compose(request, case, wording)
        pages = [f"<pre>{escape(page, quote=False)}</pre>" for page in write_pages(content, wording)]
        texts = tuple(request.message(each, name=f"text-{n}") for n, each in enumerate(pages))
        return shared.add_to(Reply(messages=texts))
    return shared.add_to(await _send(request, case, wording))


async def _send(request: Request, case: Case, wording: Wording) -> Reply:
    content, view = await _compose(request, case, wording), view_case(case)
    readings = await read_again(request, case)
    if readings is None:
        gone = plain(wording.say("letter-photo-gone"))
        content = replace(content, facts=(*content.facts, (plain(wording.say("letter-fact-photo")), gone)))
    else:
        reading = readings[view.assessment.leading_photo]
        photo = await asyncio.to_thread(draw_photo, view.leading, reading)
        content = replace(content, photo=photo, photo_words=plain(wording.say("letter-photo")))
    other = next(each for each in request.services.texts.languages if each != wording.language)
    copy = Button(text=wording.say("button-letter-text"), data=f"w:{case.number}:{wording.language}:text")
    button = Button(text=wording.say("button-letter-language"), data=f"w:{case.number}:{other}")
    sent = request.message(request.say("letter-caption", case=case.number), keyboard=((copy, button),))
    document = await asyncio.to_thread(write_letter, content)
    name = plain(wording.say("letter-file", case=case.number))
    return Reply(messages=(replace(sent, document=document, document_name=name),))


async def _compose(request: Request, case: Case, wording: Wording) -> LetterContent:
    async with request.services.database.read() as session:
        verdicts = await request.services.clinics.find_verdicts(session, [case.number], wording)
        sealed = await find_patient(session, case.number, subject=case.subject)
        flag = await find_flag(session, case.number, subject=case.subject)
    keyring = request.services.keyring
    said = LetterWords(
        patient=open_answers(keyring, sealed).with_rules(read_context(case.context)),
        reference=open_reference(keyring, sealed),
        verdict=verdicts.get(case.number, Html()),
        flag=flag,
        parts=tuple((await find_shared(request)).update(await list_parts_of(request, case))),
    )
    return compose_letter(case, wording, said=said, at=request.now())


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterWords:
    """What the sender said, what a clinic answered, the flag, and the cases of an album that was split."""

    patient: PatientContext = NOBODY
    reference: str = ""
    verdict: Html = field(default_factory=Html)
    flag: Flag | None = None
    parts: tuple[Case, ...] = ()  # their levels may have changed since the split; the album's stays

    def find_level(self, view: CaseView) -> RiskLevel:
        """The level of the letter: no less than that of any mole of a split album."""
        return find_highest(view.assessment.level, *(RiskLevel(each.level) for each in self.parts))


def draw_photo(photo: SeenPhoto, reading: PhotoReading) -> bytes:
    """The photo with its lesion outlined, JPEG without metadata."""
    height, width = reading.preview.shape[:2]
    scale = min(1.0, PHOTO_PX / max(height, width))
    drawn = resize_photo(reading.preview, (round(width * scale), round(height * scale)))
    draw_outlines(drawn, [scale_outline(each, scale, scale) for each in find_outlines(photo, reading)])
    return encode_jpeg(drawn, JPEG_QUALITY)


def compose_letter(case: Case, wording: Wording, *, said: LetterWords, at: datetime) -> LetterContent:
    """Every word of the letter."""
    view = replace(view_case(case), flag=said.flag)
    # The clinician's own answers stand above.
    reasons = [each for each in find_shown_reasons(view) if each not in ANSWERED]
    findings = [picked] if (picked := say_picked(view, wording)) else []
    findings += [say_reason(each, view.context, wording) for each in reasons]
    findings += [raised] if (raised := say_raised(view, wording)) else []
    if said.find_level(view) is RiskLevel.LOW:
        findings += [not_valid] if (not_valid := say_not_valid(view, wording)) else []

    has_free_text = bool(said.reference or said.patient.sentence)  # which may name somebody

    def say(message_id: str, **arguments: object) -> str:
        return plain(wording.say(f"letter-{message_id}", **arguments))

    footer = say("footer", version=__version__, pair=case.versions.get("pair", "?"))

    return LetterContent(
        language=wording.language,
        title=say("title"),
        place_and_date=say("date", at=at),
        blanks=tuple(say(f"blank-{each}") for each in BLANKS),
        greeting=say("greeting"),
        request=say("request-" + _find_request(view, said, wording), pathway=wording.urgent()),
        facts=tuple(_facts(case, view, wording, said)),
        findings=tuple(plain(each) for each in findings[:MAX_FINDINGS]),
        closing=say("closing-stated" if said.patient.site else "closing"),
        signature=say("signature"),
        footer=footer if has_free_text else f"{footer} {say('nameless')}",
    )


def _find_request(view: CaseView, said: LetterWords, wording: Wording) -> str:
    """What is asked for: at `high`, after *Urgent* and for a flagged lesion, the urgent pathway.

    For a lesion that has changed it is what the answer advises.
    """
    urgent = wording.say("verdict-urgent", pathway=wording.urgent())
    level = said.find_level(view)
    if level is RiskLevel.HIGH or said.verdict.startswith(urgent) or said.flag is not None:
        return "high"
    is_answered = said.verdict and said.verdict not in [wording.say(each) for each in NO_ANSWER]
    if is_answered:
        return "answered"
    contexts = (view.context, *(read_context(each.context) for each in said.parts))
    has_changed = level in CHANGEABLE and any(find_changes(each) for each in contexts)
    return f"{dashed(level)}-changed" if has_changed else dashed(level)


def _facts(case: Case, view: CaseView, wording: Wording, said: LetterWords) -> Iterator[tuple[str, str]]:
    """Case, patient, what was ticked, level, what a clinic said: names and what they are."""

    def fact(name: str, value: str) -> tuple[str, str]:
        return plain(wording.say(f"letter-fact-{name}")), plain(value)

    count, context = len(view.photos), view.context
    yield fact("case", wording.say("letter-case", case=case.number, at=case.created_at, count=count))
    if said.reference:
        yield fact("reference", escape(said.reference))
    skin = [wording.say("answer-skin-type", number=ROMAN[context.skin_type - 1])] if context.skin_type else []
    named = SPECIAL.get(said.patient.site or "")  # another photo of the lesion may have another place
    skin += [wording.say("site-" + dashed(each)) for each in (context.sites or ()) if each is not named]
    patient = join_lines((say_patient(said.patient, context, wording), *sorted(skin)), gap=" · ")
    yield fact("patient", patient or wording.say("letter-no-answers"))
    if risks := say_risks(said.patient, wording):
        yield fact("risks", risks)
    if said.patient.sentence:
        yield fact("sentence", escape(said.patient.sentence))
    yield fact("answers", join_lines(_name_ticked(context, wording)) or wording.say("letter-no-answers"))
    yield fact("level", wording.say("card-level-" + dashed(said.find_level(view))))
    if said.parts:
        yield fact("moles", join_lines((_say_part(each, wording) for each in said.parts), gap="; "))
    if say_flag_of(view, wording) and (flag := said.flag):
        yield fact("flag", wording.say(f"letter-flag-{flag.why}", at=flag.at, case=flag.number))
    if said.verdict:
        yield fact("verdict", said.verdict)


def _say_part(case: Case, wording: Wording) -> Html:
    """One mole of an album that was split: its number, its level, and what was ticked about it."""
    level = wording.say("card-level-" + dashed(RiskLevel(case.level)))
    ticked = join_lines(_name_ticked(read_context(case.context), wording), gap=", ")
    return wording.say("letter-mole", case=case.number, level=join_lines((level, ticked), gap=", "))


def _name_ticked(context: Context, wording: Wording) -> Iterator[Html]:
    """The ticked items of both checklists by name, and the red flags."""
    if (ticked := context.seven_point) is not None:
        score = wording.say("answer-seven-point", score=seven_point_score(ticked))
        points = [wording.say(f"seven-{dashed(each)}") for each in SevenPoint if each in ticked]
        names = ", ".join(each.partition(" · ")[0].lower() for each in points)
        yield wording.say("letter-ticked", checklist=score, names=Html(names)) if names else score
    if (letters := context.abcde) is not None:
        signs = [wording.say(f"abcde-{dashed(each)}").partition(" · ") for each in Abcde if each in letters]
        found = ", ".join(f"{first} ({name.lower()})" if name else first for first, _, name in signs)
        yield wording.say("answer-abcde", letters=Html(found) or Html("0"))
    if context.red_flags:
        flags = join_lines(
            (wording.say("flag-" + dashed(each)) for each in RedFlag if each in context.red_flags), gap=", "
        )
        yield wording.say("letter-flags", flags=flags)
