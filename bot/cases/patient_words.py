"""The sentence about a case and the sender's reference for the patient: asked for, read back, erased."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from telegram import Message

from bot.cases.alarm_words import mentions_alarm
from bot.cases.history import find_own_case
from bot.cases.keyboard import checklist_button
from bot.cases.patient_context import REFERENCE_SIGNS, SENTENCE_SIGNS
from bot.cases.patient_kept import load_patient, record_patient
from bot.cases.redraw import edit_details
from bot.conversation.callback_data import Press
from bot.conversation.request import Reply, Request
from bot.delivery.outgoing import Button, Outgoing
from bot.texts import Html, join_lines
from storage.database.sessions import WriteSession
from storage.record.asks import Ask, ask, drop_ask, find_ask
from storage.record.cases import Case, list_cases

TOPIC: Final = "patient"
WAITS_FOR: Final = timedelta(hours=1)  # for typed words; later ones are no answer any more
LIMITS: Final[Mapping[str, int]] = {"sentence": SENTENCE_SIGNS, "reference": REFERENCE_SIGNS}


async def press_words(request: Request, press: Press, case: Case) -> Reply:
    """Ask for words (`patient:CASE:PART`), erase them (`:erase`), or stop asking (`:stop`)."""
    part, verb = press.argument(1), press.argument(2)
    kept = await load_patient(request, case)

    question = ask_for(request, part, case.number)

    async def forget_question(session: WriteSession) -> None:  # a newer one about something else stays
        await drop_ask(session, case.subject, topic=TOPIC, arguments=(question.argument,))

    if verb == "stop":
        stopped = request.edit(press.message_id, request.say("patient-stopped", case=case.number))
        return Reply(messages=(stopped,), records=(forget_question,))
    if verb == "erase":
        erased = request.edit(press.message_id, request.say(f"patient-{part}-erased", case=case.number))
        after = kept.with_words(part, "")
        return Reply(
            messages=(erased, *await edit_details(request, case, after)),
            records=(record_patient(request, case, kept, after), forget_question),
            effects=(request.services.database.erase_traces,),
        )

    async def remember_question(session: WriteSession) -> None:
        await ask(session, case.subject, question)

    words = kept.reference if part == "reference" else kept.answers.patient.sentence or ""
    asked = request.say(f"patient-{part}-ask", case=case.number, limit=LIMITS[part])
    so_far = request.say("patient-so-far", words=words) if words else ""
    buttons = [Button(text=request.say("button-write-nothing"), data=f"patient:{case.number}:{part}:stop")]
    if words:
        erase = Button(text=request.say("button-erase-words"), data=f"patient:{case.number}:{part}:erase")
        buttons.append(erase)
    text = join_lines((asked, so_far), gap="\n\n")
    return Reply(messages=(request.message(text, keyboard=(tuple(buttons),)),), records=(remember_question,))


def ask_for(request: Request, part: str, number: str) -> Ask:
    """The question that the next typed text answers."""
    return Ask(topic=TOPIC, argument=f"{part}:{number}", asked_at=request.now())


async def find_question(request: Request, topic: str) -> Ask | None:
    """The question of this topic that the sender's next text answers; None if there is none any more."""
    person = request.person
    if person is None:
        return None
    async with request.services.database.read() as session:
        question = await find_ask(session, person.subject)
        newest = await list_cases(session, subject=person.subject, limit=1)
    if question is None or question.topic != topic or request.now() - question.asked_at > WAITS_FOR:
        return None
    went_on = newest and newest[0].created_at > question.asked_at  # to another photo
    return None if went_on else question


async def take_patient_words(request: Request, message: Message) -> Reply | None:
    """The sentence or the reference, if the bot just asked for it; None for any other text."""
    if not message.text or (question := await find_question(request, TOPIC)) is None:
        return None
    part, _, number = question.argument.partition(":")
    case = await find_own_case(request, number)
    if case is None:
        return None
    words = " ".join(message.text.split())
    if len(words) > LIMITS[part]:
        return request.answer("patient-too-long", count=len(words), limit=LIMITS[part])
    kept = await load_patient(request, case)

    async def forget_question(session: WriteSession) -> None:
        await drop_ask(session, case.subject, topic=TOPIC, arguments=(question.argument,))

    after = kept.with_words(part, words)
    return Reply(
        messages=(_read_back(request, case, part, words), *await edit_details(request, case, after)),
        records=(record_patient(request, case, kept, after), forget_question),
    )


def say_safety_of(request: Request, words: str) -> Html:
    """The safety sentence, and that words tick nothing, if they mention growth, bleeding or worry."""
    if not mentions_alarm(words):
        return Html()
    return join_lines((request.say("otherwise-safety"), request.say("patient-sentence-flags")), gap="\n\n")


def _read_back(request: Request, case: Case, part: str, words: str) -> Outgoing:
    kept = request.say(f"patient-{part}-kept", case=case.number, words=words)
    safety = say_safety_of(request, words)
    checklist = checklist_button(request, case.number)
    again = Button(text=request.say("button-write-again"), data=f"patient:{case.number}:{part}")
    erase = Button(text=request.say("button-erase-words"), data=f"patient:{case.number}:{part}:erase")
    keyboard = ((again, erase), *(((checklist,),) if safety else ()))
    return request.message(join_lines((kept, safety), gap="\n\n"), keyboard=keyboard)
