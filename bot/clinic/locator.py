"""The locator photo of a form: the site from afar. No model reads it, and it counts for no level."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from telegram import Message

from bot.cases.history import find_own_case
from bot.cases.patient_kept import load_patient
from bot.clinic.facts import LOCATOR_STEP, Details
from bot.clinic.preview import show_preview
from bot.clinic.sealed_forms import open_details
from bot.conversation.attachments import Attachment, download
from bot.conversation.request import Reply, Request
from bot.conversation.unread_files import refuse_file
from inference.photos import PhotoError
from storage.clinic.drafts import list_drafts
from storage.record.cases import Case

WITHOUT_REPLY: Final = timedelta(minutes=10)  # after the question; later a photo is a new case


async def take_locator(request: Request, message: Message) -> Reply | None:
    """The photo that the form asks for, as a reply to it or right after the question; None for any other.

    Also None if the form can no longer be sent: the photo is read as a new case then.

    Raises:
        BusyError: the case's photos wait for the networks; the turn is retried.
        UnavailableFileError: Telegram did not deliver the photo; the turn is retried.
    """
    attachment = Attachment.of(message)
    is_album = message.media_group_id is not None
    if attachment is None or is_album or message.animation is not None or not request.has_consented:
        return None
    found = await _find_form(request, message)
    if found is None:
        return None
    form, case = found
    request = replace(request, reply_to=message.message_id)
    try:
        data = await download(request.services, request.bot, attachment)
        await request.services.engine.open_full(data)  # whether it can be shown
    except PhotoError as error:
        return refuse_file(request, error, message)
    said = (await load_patient(request, case)).answers.shown
    shown = await show_preview(request, replace(form, locator=attachment.dump()).with_patient(said))
    if not shown.records:  # it can no longer be sent: its photos or the clinic are gone
        return None
    return replace(shown, messages=(*shown.messages, request.message(request.say("locator-added"))))


async def _find_form(request: Request, message: Message) -> tuple[Details, Case] | None:
    """The form that asks for the photo and that it answers, with its case; None if the case was split."""
    assert request.person is not None  # noqa: S101 - consent was checked
    replied = message.reply_to_message
    since = request.now() - WITHOUT_REPLY if replied is None else None
    async with request.services.database.read() as session:
        drafts = await list_drafts(session, request.person.subject, since=since)
    forms = [open_details(request.services.keyring, sealed) for _, sealed in drafts]
    for form in forms:
        if form.step == LOCATOR_STEP and (replied is None or replied.message_id == form.message_id):
            case = await find_own_case(request, form.case_number)
            if case is not None:
                return form, case
    return None


__all__ = ["take_locator"]
