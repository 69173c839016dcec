"""Edited messages: never a second case; one answer when a photo was replaced."""

from dataclasses import replace

from telegram import Message

from bot.conversation.access import is_let_in
from bot.conversation.attachments import Attachment, list_recent_files
from bot.conversation.request import Reply, Request
from storage.clinic.clinics import find_clinic_of_chat


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
    name = f"edited {request.chat_id} {message.message_id}".encode()
    key = f"{request.services.keyring.photo_hash(name)[:16]}:edited"  # the outbox sends a key only once
    return Reply(messages=(replace(request.message(request.say("otherwise-edited-photo")), key=key),))


async def _is_read_here(request: Request) -> bool:
    """Whether the sender's photos are read in this chat: in private, or in a clinic's group."""
    if request.is_private:
        return await is_let_in(request)
    async with request.services.database.read() as session:
        clinic = await find_clinic_of_chat(session, request.services.keyring.chat_refs(request.chat_id))
    return clinic is not None and clinic.is_linked
