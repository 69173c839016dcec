"""The forms to try after Telegram has refused a message: unchanged, then text only, then a notice.

A refusal (400, 413) means that nothing was sent, so none of these tries can be a repeat.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Self

from telegram.constants import MessageLimit
from telegram.error import BadRequest

from bot.delivery.http import DeclinedError
from bot.delivery.outgoing import Outgoing, Priority, is_acknowledgement
from bot.delivery.repeat_mark import count_units
from bot.delivery.sealing import Dispatch
from bot.texts import Texts
from storage.queues.tables import MessageForm

OTHER: Final = "another reason"
# Descriptions that may be written to the log. All others are not: a parse error quotes the message.
KNOWN: Final = (
    *("image_process_failed", "photo_invalid_dimensions", "photo_save_file_invalid", "photo_ext_invalid"),
    *("photo_content_type_invalid", "photo_content_url_empty", "photo_crop_size_small", "photo_file_missing"),
    *("photo_id_invalid", "photo_invalid", "media_caption_too_long", "media_empty", "media_invalid"),
    *("not enough rights to send photos", "not enough rights to send documents"),
    *("not enough rights to send text messages", "not enough rights", "have no rights to send a message"),
    *("chat_send_photos_forbidden", "chat_send_docs_forbidden", "chat_send_media_forbidden"),
    *("chat_send_plain_forbidden", "chat_write_forbidden", "chat_restricted", "chat_admin_required"),
    *("need administrator rights", "topic_closed", "topic_deleted", "message thread not found"),
    *("button_data_invalid", "button_url_invalid", "button_type_invalid", "reply_markup_invalid"),
    *("can't parse entities", "can't parse inline keyboard", "message caption is too long"),
    *("message is too long", "message_too_long", "message text is empty", "text must be non-empty"),
    *("wrong type of the web page content", "wrong file identifier", "wrong remote file", "wrong type"),
    *("type of file mismatch", "file is too big", "file must be non-empty", "request entity too large"),
    *("failed to get http url content", "message to edit not found", "message can't be edited"),
    *("message can't be deleted", "message_id_invalid", "chat not found", "peer_id_invalid"),
    *("user is deactivated", "group is deactivated", "payload too large", "bad request: group send failed"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalWords:
    """The texts about a refusal in one language, HTML."""

    picture: str  # ends an answer that comes without its picture
    file: str  # begins a message that comes without its file
    notice: str  # replaces a message that Telegram accepts in no form

    @classmethod
    def read(cls, texts: Texts, language: str) -> Self:
        """The sentences of one language."""
        return cls(
            picture=texts.get(language, "refused-picture"),
            file=texts.get(language, "refused-file"),
            notice=texts.get(language, "refused-notice"),
        )


def describe_refusal(error: BadRequest) -> tuple[int, str]:
    """The error code, and the description if it is a known one."""
    code = error.code if isinstance(error, DeclinedError) else 400
    said = error.message.lower()
    return code, next((each for each in KNOWN if each in said), OTHER)


def find_next_form(dispatch: Dispatch) -> MessageForm | None:
    """The form to try after this one was refused; None: no form is left."""
    outgoing = dispatch.outgoing
    if dispatch.form == "whole":
        return "again"
    if dispatch.form == "again" and (has_file(outgoing) or outgoing.erases):
        return "words"
    # The sender gets a notice; a clinic's chat never does.
    is_for_sender = outgoing.priority is Priority.ANSWER or (
        outgoing.priority is Priority.REFERRAL and outgoing.chat_id > 0
    )
    may_have_notice = is_for_sender and not outgoing.erases and outgoing.text is not None
    return "notice" if dispatch.form != "notice" and may_have_notice else None


def follow_target(dispatch: Dispatch) -> Dispatch:
    """The edit without its picture if the message that it edits had to be sent without one."""
    if dispatch.target is None or dispatch.target_form not in ("words", "notice"):
        return dispatch
    return replace(dispatch, outgoing=_without_file(dispatch.outgoing))


def reduce_message(dispatch: Dispatch, words: Mapping[str, RefusalWords]) -> Dispatch:
    """The message in the form that is to be tried."""
    outgoing = dispatch.outgoing
    said = words.get(outgoing.language, words["en"])
    if dispatch.form == "words" and not outgoing.erases:
        return replace(dispatch, outgoing=_in_words(dispatch, said))
    if dispatch.form != "notice":
        return dispatch
    text = outgoing.text if outgoing.deletes else said.notice
    notice = replace(_without_file(outgoing), text=text, keyboard=None, reply_markup=None)
    if outgoing.replaces is not None and is_acknowledgement(outgoing.replaces):
        return replace(dispatch, outgoing=notice)
    # A refused edit: the message keeps its content, and the notice is a reply to it.
    reply_to = outgoing.reply_to_message_id or dispatch.target
    notice = replace(notice, reply_to_message_id=reply_to, edits_caption=False, deletes=False)
    return replace(dispatch, outgoing=notice, target=None, target_kind=None)


def has_file(outgoing: Outgoing) -> bool:
    """Whether the message has a picture or a document."""
    return outgoing.photo is not None or outgoing.document is not None


def _without_file(outgoing: Outgoing) -> Outgoing:
    return replace(outgoing, photo=None, document=None, document_name=None)


def _in_words(dispatch: Dispatch, said: RefusalWords) -> Outgoing:
    """Text and buttons without the file, and a remark on it if there is room."""
    outgoing = dispatch.outgoing
    text = outgoing.text or ""
    parts = (said.file, text) if outgoing.document is not None else (text, said.picture)
    whole = "\n\n".join(part for part in parts if part)
    is_text = dispatch.target is None or dispatch.target_kind == "text"
    room = MessageLimit.MAX_TEXT_LENGTH if is_text else MessageLimit.CAPTION_LENGTH
    return replace(_without_file(outgoing), text=whole if count_units(whole) <= room else text)
