"""What is said about a file that is not read, and the deletion of one that names the patient."""

from typing import Final

from telegram import Message

from bot.conversation.request import Reply, Visit
from bot.conversation.wording import dashed
from bot.delivery.outgoing import Outgoing
from bot.texts import Html
from inference.photos import DicomError, PhotoError

NAMES_PATIENT: Final = dashed(DicomError.code)  # the problem whose message is deleted


def explain_unread(visit: Visit, problem: str) -> Html:
    """Why a file is not read, and what to send instead.

    Args:
        visit: who sent it.
        problem: a code of `inference.photo_errors`, dashed, or another end of a text id `photo-…`.
    """
    return visit.say(f"photo-{problem}", limit=visit.services.settings.max_download_bytes // 1_000_000)


def delete_message(visit: Visit, message_id: int) -> Outgoing:
    """The deletion of a sender's message; if Telegram refuses it, the sender is asked to delete it."""
    return Outgoing(
        key=f"{visit.turn.key}:delete:{message_id}",
        chat_id=visit.chat_id,
        text=visit.say("photo-dicom-stays"),
        edit_message_id=message_id,
        deletes=True,
        language=visit.wording.language,
    )


def refuse_file(visit: Visit, error: PhotoError, message: Message) -> Reply:
    """The answer to a message whose file is not read."""
    problem = dashed(error.code)
    answer = visit.message(explain_unread(visit, problem))
    deletions = (delete_message(visit, message.message_id),) if problem == NAMES_PATIENT else ()
    return Reply(messages=(answer, *deletions))
