"""A lesion that is followed: its label, its cases, the sender's own words, its timeline."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bot.cards.timeline import TimelineContent, TimelinePoint, draw_timeline
from bot.cases.comparing import ADDRESS
from bot.cases.flag import add_flag, say_flag
from bot.cases.flag_buttons import FLAG_VERBS, press_flag, settle_rows
from bot.cases.history import find_own_case
from bot.cases.lasting_answers import list_same_lesion, share
from bot.cases.lesion_labels import label_of, open_words, words_of
from bot.cases.lesion_words import ask_words, find_lesion_of, record_words
from bot.cases.patient_kept import list_references, record_same_patient
from bot.cases.redraw import edit_lesion, merge_edits
from bot.cases.revising import Follow, Revised, revise_together
from bot.cases.view import view_case
from bot.conversation.callback_data import Press
from bot.conversation.consent import ask_again
from bot.conversation.request import Reply, Request
from bot.conversation.wording import plain
from bot.delivery.outgoing import Button, Keyboard, Outgoing
from bot.texts import Html, join_lines
from inference.readings import RiskLevel
from storage.database.sessions import WriteSession
from storage.record.cases import Case
from storage.record.comparisons import Comparison, ask_comparison
from storage.record.followed_photos import keep_photos, list_followed, stop_keeping
from storage.record.lesions import (
    Lesion,
    LesionCase,
    find_lesion,
    follow_case,
    has_photos_to_compare,
    join_lesion,
    leave_lesion,
    list_cases_of_lesion,
    list_lesions,
    list_numbers_of_same_lesion,
)

OFFERED: Final = 8  # lesions to choose from
SHOWN: Final = 10  # cases on a page and on a chart
COMPARED: Final = frozenset({"j", "same", "agree", "compare"})  # a picture of the photos follows


async def press_lesion(request: Request, press: Press, *, follow: Follow) -> Reply:
    """`o:CASE:VERB:ARGUMENT`: show, start, join, leave, name or chart the lesion of a case.

    `agree` and `stop` say whether the patient agrees that its photos are followed.

    Raises:
        BusyError: a case is rated again by what was said about another one, and its card waits for the
            networks; the turn is retried.
    """
    case = await find_own_case(request, press.argument(0))
    if case is None:
        return Reply(notice=request.say("case-unknown"))
    verb = press.argument(1)
    if verb in {"t", "w"}:
        return await (_chart if verb == "t" else ask_words)(request, case)
    if verb == "e":
        return await _erase_words(request, press, case)
    if verb in FLAG_VERBS:
        return await press_flag(request, press, case)
    if verb in {"n", "j", "same", "x", "agree", "stop", "compare"}:
        return await _choose(request, press, case, follow=follow)
    revised = await _share_answers(request, press, case, follow=follow)
    text, keyboard = await _page(request, case, revised)
    edits, records = revised.changes if revised is not None else ((), ())
    return Reply(messages=(_show(request, press, text, keyboard), *edits), records=records)


async def _share_answers(request: Request, press: Press, case: Case, *, follow: Follow) -> Revised | None:
    """What forbids `low` for one photo of a lesion does so for all of them; None if nothing changes."""
    answered = share([case, *await list_same_lesion(request, case)])
    if not answered:
        return None
    return await revise_together(request, answered, pressed=press.message_id, follow=follow)


async def _choose(request: Request, press: Press, case: Case, *, follow: Follow) -> Reply:
    """Start a lesion with this case, join it to one, take it out, keep its photos or stop; then show it."""
    verb = press.argument(1)
    if verb == "agree" and not request.has_consented:
        return ask_again(request)  # the terms that name what is kept come first
    before = await add_flag(request, view_case(case))
    numbers = await _record_choice(request, press, case)
    if numbers is None:
        return Reply(notice=request.say("something-old"))
    if verb == "compare":
        return Reply(notice=request.say("comparison-comes"), passes=True)
    revised = await _share_answers(request, press, case, follow=follow) if verb in {"j", "same"} else None
    text, keyboard = await _page(request, case, revised)
    if verb == "x":
        check = Button(text=request.say("button-patient"), data=f"patient:{case.number}")
        text = join_lines((request.say("lesion-left", case=case.number), text), gap="\n\n")
        keyboard = ((check,), *keyboard)
    effects = (request.services.database.erase_traces,) if verb in {"x", "stop"} else ()
    along: tuple[Outgoing, ...] = ()
    after = await add_flag(request, before)
    # The answer shows it as well; processed again, "before" is what the first try left.
    was_flagged = before.flag is not None or request.turn.attempt > 1
    if verb in {"j", "same", "x"} and (after.flag or was_flagged):
        concerned = dict.fromkeys((case.number, *numbers))  # those that it has left, too
        along = await edit_lesion(request, [*concerned], subject=case.subject, pressed=press.message_id)
    edits, records = revised.changes if revised is not None else ((), ())
    shown = (_show(request, press, text, keyboard), *merge_edits(edits, along))
    return Reply(messages=shown, records=records, effects=effects)


async def _record_choice(request: Request, press: Press, case: Case) -> list[str] | None:
    """Record it; the cases of the lesions that it concerns. None: a lesion that is not theirs, or is gone."""
    verb, lesion_id = press.argument(1), press.number(2) or 0
    words = len(words_of(request, "first"))
    other = await find_own_case(request, press.argument(2)) if verb == "same" else None
    async with request.services.database.write() as session:  # on its own: the page shows what came of it
        numbers = await list_numbers_of_same_lesion(session, case.id, subject=case.subject)
        # The lesion that the button names: processed again, the case has left it already.
        named = await list_cases_of_lesion(session, lesion_id, subject=case.subject)
        numbers += [each.number for each in named]
        if verb == "n":
            await follow_case(session, case.id, subject=case.subject, words=words, now=request.now())
        elif other is not None:
            lesion_id = await follow_case(
                session, other.id, subject=case.subject, words=words, now=request.now()
            )
        if verb in {"j", "same"} and not await _join(request, session, case, lesion_id):
            return None
        lesion = await find_lesion(session, case.id, subject=case.subject)
        if verb == "x":
            await leave_lesion(session, case.id, subject=case.subject, now=request.now())
        elif verb in {"agree", "stop"} and lesion is not None:
            change = keep_photos if verb == "agree" else stop_keeping
            await change(session, lesion.id, subject=case.subject, now=request.now())
        numbers += await list_numbers_of_same_lesion(session, case.id, subject=case.subject)
        if verb in COMPARED and await has_photos_to_compare(session, case.id, subject=case.subject):
            await ask_comparison(session, _comparison(request, case))
    return numbers


def _comparison(request: Request, case: Case) -> Comparison:
    """The picture that follows; its key is the turn's, so that a turn that is repeated sends it once."""
    return Comparison(
        key=f"{request.turn.key}:compare",
        case_number=case.number,
        subject=case.subject,
        chat=request.services.keyring.encrypt(str(request.chat_id).encode(), purpose=ADDRESS),
        language=request.wording.language,
        asked_at=request.now(),
    )


async def _join(request: Request, session: WriteSession, case: Case, lesion_id: int) -> bool:
    """Join a case to a lesion: it is of the same patient as the others. False: the lesion is not theirs."""
    now = request.now()
    if not await join_lesion(session, case.id, subject=case.subject, lesion_id=lesion_id, now=now):
        return False
    cases = await list_cases_of_lesion(session, lesion_id, subject=case.subject)
    others = [each.number for each in cases if each.number != case.number]
    await record_same_patient(request, others, [case.number], subject=case.subject)(session)
    return True


async def _page(request: Request, case: Case, revised: Revised | None = None) -> tuple[Html, Keyboard]:
    """The lesion of a case, or the choice of one; cases as they are rated again just now."""
    lesion, view = await find_lesion_of(request, case), await add_flag(request, view_case(case))
    said = say_flag(view.flag, request.wording)
    if lesion is None:
        async with request.services.database.read() as session:
            lesions = await list_lesions(session, case.subject, limit=OFFERED)
        rows = [(Button(text=request.say("button-new-lesion"), data=f"o:{case.number}:n"),)]
        for lesion, _ in lesions:
            label = request.say("button-same-lesion", label=label_of(request, lesion))
            rows.append((Button(text=label, data=f"o:{case.number}:j:{lesion.id}"),))
        rows.append((Button(text=request.say("button-remind"), data=f"r:{case.number}"),))
        text = join_lines((said, request.say("lesion-ask", case=case.number)), gap="\n\n")
        return text, (*rows, *settle_rows(request, case, view.flag))
    cases = await _cases(request, lesion)
    async with request.services.database.read() as session:
        kept = await list_followed(session, lesion.id)
    label, words = label_of(request, lesion), open_words(request, lesion)
    references = dict.fromkeys((await list_references(request, [each.number for each in cases])).values())
    until = lesion.photos_until
    again = (
        {each.number: each.assessment.level for each in (revised.view, *revised.others)} if revised else {}
    )
    levels = [again.get(each.number, RiskLevel(each.level)) for each in cases]
    text = join_lines(
        (
            request.say("lesion-page", label=label, count=len(cases), case=cases[-1].number),
            request.say("lesion-own-words", words=words) if words else "",
            said,
            request.say("lesion-answers-shared", cases=", ".join(again)) if again else "",
            request.say("history-reference", reference=", ".join(references)) if references else "",
            join_lines(
                request.say(
                    "lesion-row",
                    mark=request.wording.mark(level),
                    at=each.created_at,
                    case=each.number,
                    level=request.wording.level(level),
                )
                for each, level in zip(cases[-SHOWN:], levels[-SHOWN:], strict=True)
            ),
            request.say("lesion-photos", count=len(kept), at=until) if until else request.say("lesion-agree"),
            request.say("lesion-how", at=request.now()),
        ),
        gap="\n\n",
    )
    keyboard = _lesion_keyboard(request, case, lesion, has_words=bool(words))
    return text, (*settle_rows(request, case, view.flag), *keyboard)


def _lesion_keyboard(request: Request, case: Case, lesion: Lesion, *, has_words: bool) -> Keyboard:
    def button(text_id: str, data: str) -> Button:
        return Button(text=request.say(text_id), data=data)

    number = case.number
    words = [button("button-own-words", f"o:{number}:w")]
    if has_words:
        words.append(button("button-no-words", f"o:{number}:e"))
    if lesion.agreed_at is None:
        photos = button("button-agree-photos", f"o:{number}:agree")
    else:
        photos = button("button-stop-photos", f"o:{number}:stop")
    compare = () if lesion.agreed_at is None else (button("button-compare", f"o:{number}:compare"),)
    return (
        (*compare, photos),
        (button("button-timeline", f"o:{number}:t"), button("button-remind", f"r:{number}")),
        tuple(words),
        (button("button-leave-lesion", f"o:{number}:x:{lesion.id}"),),
    )


async def _chart(request: Request, case: Case) -> Reply:
    lesion = await find_lesion_of(request, case)
    if lesion is None:
        return Reply(notice=request.say("something-old"))
    cases, label = await _cases(request, lesion), label_of(request, lesion)
    content = TimelineContent(
        title=plain(request.say("timeline-title", label=label)),
        points=tuple(
            TimelinePoint(
                at=each.created_at,
                level=RiskLevel(each.level),
                date=plain(request.say("timeline-date", at=each.created_at)),
                number=each.number,
            )
            for each in cases[-SHOWN:]
        ),
        levels={level: plain(request.say("card-level-" + level.replace("_", "-"))) for level in RiskLevel},
        disclaimer=plain(request.say("card-disclaimer")),
    )
    picture = await asyncio.to_thread(draw_timeline, content)
    sent = request.message(request.say("timeline-caption", label=label, count=len(cases), at=request.now()))
    return Reply(messages=(replace(sent, photo=picture),))


async def _erase_words(request: Request, press: Press, case: Case) -> Reply:
    lesion = await find_lesion_of(request, case)
    if lesion is None:
        return Reply(notice=request.say("something-old"))
    text = request.say("lesion-words-erased", label=label_of(request, lesion))
    keyboard = _lesion_keyboard(request, case, lesion, has_words=False)
    return Reply(
        messages=(request.edit(press.message_id, text, keyboard=keyboard),),
        records=(record_words(request, lesion, ""),),
        effects=(request.services.database.erase_traces,),
    )


async def _cases(request: Request, lesion: Lesion) -> Sequence[LesionCase]:
    async with request.services.database.read() as session:
        return await list_cases_of_lesion(session, lesion.id, subject=lesion.subject)


def _show(request: Request, press: Press, text: Html, keyboard: Keyboard) -> Outgoing:
    """Replace the page that was pressed; under a card, and from a case, send a separate message."""
    if press.argument(1) in {"", "m"}:
        return request.message(text, keyboard=keyboard)
    return request.edit(press.message_id, text, keyboard=keyboard)
