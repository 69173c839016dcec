"""What follows a refusal: the same again, the words alone, a notice; and what of it the log may hold."""

from http import HTTPStatus
from typing import Any

import pytest
from telegram.error import BadRequest

from bot.delivery.http import DeclinedError
from bot.delivery.outgoing import Button, Outgoing, Priority
from bot.delivery.refusals import (
    OTHER,
    RefusalWords,
    describe_refusal,
    find_next_form,
    follow_target,
    reduce_message,
)
from bot.delivery.sealing import Dispatch
from storage.queues.tables import MessageForm

WORDS = {
    "en": RefusalWords(picture="No picture.", file="No file.", notice="Refused."),
    "fr": RefusalWords(picture="Pas d'image.", file="Pas de fichier.", notice="Refusé."),
}
KEYBOARD = ((Button(text="a", data="b"),),)


def dispatch(*, form: MessageForm = "whole", **more: Any) -> Dispatch:
    of_dispatch = {name: more.pop(name) for name in ("target", "target_kind", "target_form") if name in more}
    outgoing = Outgoing(key="k", **({"chat_id": 7, "text": "hello"} | more))
    return Dispatch(
        **({"target": None, "target_kind": None} | of_dispatch), outgoing=outgoing, unknown=False, form=form
    )


def list_forms(message: Dispatch) -> list[MessageForm]:
    """Every form that is tried while Telegram refuses each."""
    forms, form = [message.form], message.form
    while (then := find_next_form(dispatch_in(message, form))) is not None:
        form = then
        forms.append(form)
        assert len(forms) < 9, "no end"
    return forms


def dispatch_in(message: Dispatch, form: MessageForm) -> Dispatch:
    return Dispatch(
        outgoing=message.outgoing, target=message.target, target_kind=None, unknown=False, form=form
    )


@pytest.mark.parametrize(
    ("message", "forms"),
    [
        (dispatch(photo=b"x"), ["whole", "again", "words", "notice"]),
        (dispatch(document=b"x"), ["whole", "again", "words", "notice"]),
        (dispatch(), ["whole", "again", "notice"]),
        (dispatch(priority=Priority.ACKNOWLEDGEMENT), ["whole", "again"]),
        (dispatch(text=None, target=5, keyboard=KEYBOARD), ["whole", "again"]),
        # The clinic's card: its sender is told by the upkeep of referrals, not the clinic.
        (dispatch(photo=b"x", chat_id=-7, priority=Priority.REFERRAL), ["whole", "again", "words"]),
        # An answer of the clinic, to the sender.
        (dispatch(priority=Priority.REFERRAL), ["whole", "again", "notice"]),
        (dispatch(photo=b"x", chat_id=-7), ["whole", "again", "words", "notice"]),
        (dispatch(deletes=True, target=5), ["whole", "again", "notice"]),
        (dispatch(deletes=True, target=5, chat_id=-7), ["whole", "again", "notice"]),
        (
            dispatch(photo=b"x", erases=True, target=5, priority=Priority.REFERRAL),
            ["whole", "again", "words"],
        ),
    ],
)
def test_each_message_is_tried_in_its_forms(message: Dispatch, forms: list[MessageForm]) -> None:
    assert list_forms(message) == forms


def test_the_words_keep_caption_buttons_and_place() -> None:
    message = dispatch(photo=b"x", keyboard=KEYBOARD, reply_to_message_id=3, language="fr", form="words")
    outgoing = reduce_message(message, WORDS).outgoing
    assert outgoing.text == "hello\n\nPas d'image."
    assert (outgoing.photo, outgoing.keyboard, outgoing.reply_to_message_id) == (None, KEYBOARD, 3)


def test_a_missing_file_is_said_before_the_words() -> None:
    message = dispatch(document=b"x", document_name="a.pdf", form="words")
    outgoing = reduce_message(message, WORDS).outgoing
    assert outgoing.text == "No file.\n\nhello"
    assert (outgoing.document, outgoing.document_name) == (None, None)


@pytest.mark.parametrize(("target_kind", "is_said"), [("text", True), ("photo", False), (None, False)])
def test_the_remark_is_left_out_where_it_does_not_fit(target_kind: str | None, is_said: bool) -> None:
    """A caption takes 1,024 units, a text 4,096."""
    caption = "a" * 1020
    message = dispatch(photo=b"x", text=caption, target=5, target_kind=target_kind, form="words")
    assert reduce_message(message, WORDS).outgoing.text == (
        caption + "\n\nNo picture." if is_said else caption
    )


def test_a_notice_takes_the_place_of_an_acknowledgement() -> None:
    message = dispatch(photo=b"x", keyboard=KEYBOARD, replaces="k:ack", target=5, form="notice")
    reduced = reduce_message(message, WORDS)
    assert (reduced.target, reduced.outgoing.text, reduced.outgoing.keyboard) == (5, "Refused.", None)


def test_a_notice_of_a_refused_edit_leaves_the_message_as_it_stands() -> None:
    reduced = reduce_message(dispatch(target=5, edit_message_id=5, form="notice"), WORDS)
    assert (reduced.target, reduced.outgoing.text, reduced.outgoing.reply_to_message_id) == (
        None,
        "Refused.",
        5,
    )


def test_an_erasure_is_never_reduced_to_words_beside_the_picture() -> None:
    message = dispatch(photo=b"x", erases=True, target=5, form="words")
    assert reduce_message(message, WORDS) == message


@pytest.mark.parametrize("target_form", ["words", "notice"])
def test_an_edit_of_what_went_out_as_words_stays_words(target_form: MessageForm) -> None:
    message = dispatch(photo=b"x", target=5, target_kind="text", target_form=target_form)
    assert follow_target(message).outgoing.photo is None
    acknowledged = dispatch(photo=b"x", target=5, target_kind="text", target_form="whole")
    assert follow_target(acknowledged).outgoing.photo == b"x"


@pytest.mark.parametrize(
    ("error", "described"),
    [
        (BadRequest("IMAGE_PROCESS_FAILED"), (400, "image_process_failed")),
        (
            BadRequest("Not enough rights to send photos to the chat"),
            (400, "not enough rights to send photos"),
        ),
        (BadRequest("Can't parse entities: <b>Mrs Smith"), (400, "can't parse entities")),
        (BadRequest("Mrs Smith"), (400, OTHER)),
        (DeclinedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE), (413, "request entity too large")),
    ],
)
def test_a_description_is_known_or_kept_out(error: BadRequest, described: tuple[int, str]) -> None:
    assert describe_refusal(error) == described


def test_a_refused_deletion_says_its_own_words_under_the_message() -> None:
    notice = reduce_message(dispatch(form="notice", target=5, deletes=True, text="delete it"), WORDS)
    assert notice.target is None
    assert (notice.outgoing.text, notice.outgoing.reply_to_message_id) == ("delete it", 5)
    assert not notice.outgoing.deletes
