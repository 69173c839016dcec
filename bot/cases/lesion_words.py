"""The sender's own words for a lesion that is followed: asked for, kept sealed."""

from dataclasses import replace
from typing import Final

from telegram import Message

from bot.cases.history import find_own_case
from bot.cases.lesion_labels import PURPOSE, label_of
from bot.cases.patient_words import find_question, say_safety_of
from bot.conversation.request import Reply, Request
from bot.delivery.outgoing import Record
from bot.texts import join_lines
from storage.database.sessions import WriteSession
from storage.record.asks import Ask, ask, drop_ask
from storage.record.cases import Case
from storage.record.lesions import Lesion, find_lesion, list_cases_of_lesion, set_own_words

MOST_SIGNS: Final = 80
TOPIC: Final = "lesion"


async def take_words(request: Request, message: Message) -> Reply | None:
    """The sender's own words, if they were asked for; else None."""
    if not message.text or (question := await find_question(request, TOPIC)) is None:
        return None
    case = await find_own_case(request, question.argument)
    lesion = await find_lesion_of(request, case) if case else None
    if lesion is None:
        return None
    words = " ".join(message.text.split())
    if len(words) > MOST_SIGNS:
        return request.answer("lesion-words-long", count=len(words))
    kept = request.say("lesion-words-kept", label=label_of(request, lesion), words=words)
    text = join_lines((kept, say_safety_of(request, words)), gap="\n\n")
    return Reply(messages=(request.message(text),), records=(record_words(request, lesion, words),))


async def ask_words(request: Request, case: Case) -> Reply:
    """Ask for the sender's own words for the lesion of a case; the next text is the answer."""
    lesion = await find_lesion_of(request, case)
    if lesion is None:
        return Reply(notice=request.say("something-old"))
    question = Ask(topic=TOPIC, argument=case.number, asked_at=request.now())

    async def record(session: WriteSession) -> None:
        await ask(session, case.subject, question)

    reply = request.answer("lesion-words-ask", label=label_of(request, lesion))
    return replace(reply, records=(record,))


def record_words(request: Request, lesion: Lesion, words: str) -> Record:
    """To be recorded: these words, or none if they are empty; a question about this lesion is answered."""
    sealed = request.services.keyring.encrypt(words.encode(), purpose=PURPOSE) if words else None

    async def record(session: WriteSession) -> None:
        await set_own_words(session, lesion.id, subject=lesion.subject, own_words=sealed, now=request.now())
        cases = await list_cases_of_lesion(session, lesion.id, subject=lesion.subject)
        numbers = [case.number for case in cases]
        await drop_ask(session, lesion.subject, topic=TOPIC, arguments=numbers)

    return record


async def find_lesion_of(request: Request, case: Case) -> Lesion | None:
    """The lesion that a case shows; None if it is not followed."""
    async with request.services.database.read() as session:
        return await find_lesion(session, case.id, subject=case.subject)
