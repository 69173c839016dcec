"""Answers to files that are not read, and the deletion of one that names the patient."""

from typing import Final

from telegram import Message

from bot.conversation.request import Reply, Request
from bot.conversation.wording import dashed
from bot.delivery.outgoing import Outgoing
from bot.texts import Html
from inference.photos import DicomError, PhotoError

NAMES_PATIENT: Final = dashed(DicomError.code)  # the problem whose message is deleted


def explain_unread(request: Request, problem: str) -> Html:
    """Why a file is not read, and what to send instead.

    Args:
        request: who sent it.
        problem: a code of `inference.photo_errors`, dashed, or another end of a text id `photo-…`.
    """
    return request.say(f"photo-{problem}", limit=request.services.settings.max_download_bytes // 1_000_000)


def delete_message(request: Request, message_id: int) -> Outgoing:
    """The deletion of a sender's message; if Telegram refuses it, the sender is asked to delete it."""
    return Outgoing(
        key=f"{request.turn.key}:delete:{message_id}",
        chat_id=request.chat_id,
        text=request.say("photo-dicom-stays"),
        edit_message_id=message_id,
        deletes=True,
        language=request.wording.language,
    )


def refuse_file(request: Request, error: PhotoError, message: Message) -> Reply:
    """The answer to a message whose file is not read."""
    problem = dashed(error.code)
    answer = request.message(explain_unread(request, problem))
    deletions = (delete_message(request, message.message_id),) if problem == NAMES_PATIENT else ()
    return Reply(messages=(answer, *deletions))
