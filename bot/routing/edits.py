"""Edited messages: never a second case; one answer when a photo was replaced or a text corrected."""

from dataclasses import replace
from typing import Final

from telegram import Message

from bot.cases.alarm_words import mentions_alarm
from bot.cases.patient_context import open_answers, open_reference
from bot.conversation.access import is_let_in
from bot.conversation.attachments import Attachment, list_recent_files
from bot.conversation.request import Reply, Request
from bot.delivery.outgoing import Button, Keyboard
from bot.texts import join_lines
from storage.clinic.clinics import find_clinic_of_chat
from storage.record.cases import list_cases
from storage.record.patient_contexts import list_patients

RECENT: Final = 10  # cases whose kept words a corrected text may be meant for
MOST_ROWS: Final = 3  # of buttons, one for each case with kept words


async def answer_edit(request: Request, message: Message) -> Reply:
    """Explain, once per message, that a photo added by an edit is not read; ignore a changed caption."""
    request = replace(request, reply_to=message.message_id)
    attachment = Attachment.of(message)
    if attachment is None or message.animation is not None or message.sender_chat is not None:
        return Reply()
    if not request.has_consented or not await _is_read_here(request):
        return Reply()
    if any(attachment.is_same_file(each) for each in await list_recent_files(request)):
        return Reply()
    said = replace(request.message(request.say("otherwise-edited-photo")), key=_key_of(request, message))
    return Reply(messages=(said,))


async def answer_edited_text(request: Request, message: Message) -> Reply:
    """Explain, once per message, that a correction is not read, and how to change the words that are kept."""
    request = replace(request, reply_to=message.message_id)
    if not request.has_consented or not await is_let_in(request):
        return Reply()
    keyboard, key = await _list_kept_words(request), _key_of(request, message)
    blocks = [request.say("otherwise-edited-text")]
    if keyboard:
        blocks.append(request.say("edited-text-kept"))
    if mentions_alarm(message.text or ""):
        blocks.append(request.say("otherwise-safety"))
        key += "-alarm"  # also said if an earlier correction of the message was harmless
    said = request.message(join_lines(blocks, gap="\n\n"), keyboard=keyboard or None)
    return Reply(messages=(replace(said, key=key),))


async def _list_kept_words(request: Request) -> Keyboard:
    """Buttons that show the sentence and the reference of recent cases, to write them again or erase them."""
    assert request.person is not None  # noqa: S101 - only a person can have consented
    subject, keyring = request.person.subject, request.services.keyring
    async with request.services.database.read() as session:
        cases = [case.number for case in await list_cases(session, subject=subject, limit=RECENT)]
        kept = await list_patients(session, cases, subject=subject)
    rows = []
    for number in (each for each in cases if each in kept):
        words = {
            "sentence": open_answers(keyring, kept[number]).sentence,
            "reference": open_reference(keyring, kept[number]),
        }
        row = tuple(
            Button(text=request.say(f"button-kept-{part}", case=number), data=f"patient:{number}:{part}")
            for part, said in words.items()
            if said
        )
        if row:
            rows.append(row)
    return tuple(rows[:MOST_ROWS])


def _key_of(request: Request, message: Message) -> str:
    """The key of the answer to every edit of a message: the outbox sends a key only once."""
    name = f"edited {request.chat_id} {message.message_id}".encode()
    return f"{request.services.keyring.photo_hash(name)[:16]}:edited"


async def _is_read_here(request: Request) -> bool:
    """Whether the sender's photos are read in this chat: in private, or in a clinic's group."""
    if request.is_private:
        return await is_let_in(request)
    async with request.services.database.read() as session:
        clinic = await find_clinic_of_chat(session, request.services.keyring.chat_refs(request.chat_id))
    return clinic is not None and clinic.is_linked
