"""Sends one message to Telegram with the right method, and interprets the reply."""

import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from telegram import Bot
from telegram.constants import MessageLimit, ParseMode
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    RetryAfter,
    TelegramError,
)

from bot.delivery.http import NeverLeftError, call
from bot.delivery.outgoing import Outgoing
from bot.delivery.refusals import (
    RefusalWords,
    describe_refusal,
    find_next_form,
    follow_target,
    has_file,
    reduce_message,
)
from bot.delivery.repeat_mark import mark_repeat
from bot.delivery.sealing import Dispatch
from bot.delivery.telegram_fields import ATTACHED, find_upload, write_album, write_markup, write_media
from storage.queues.tables import MessageForm, MessageKind

FIRST_RETRY_S: Final = 0.5
LAST_RETRY_S: Final = 60.0
UNCHANGED: Final = ("message is not modified", "message to delete not found")
GONE: Final = (
    "message to edit not found",
    "message can't be edited",
    "message_id_invalid",
    "message not found",
)
UNREACHABLE: Final = ("chat not found", "peer_id_invalid", "user is deactivated", "group is deactivated")
NO_PREVIEW: Final = {"is_disabled": True}
NO_TEXT: Final = ("there is no text in the message to edit",)
NO_CAPTION: Final = ("there is no caption in the message to edit",)


@dataclass(frozen=True, slots=True)
class Sent:
    """The message was sent."""

    message_id: int
    kind: MessageKind
    album: tuple[int, ...] = ()  # the ids of all its photos, if it is an album


@dataclass(frozen=True, slots=True)
class Refused:
    """The message can never be sent; `reason` is for the log."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Declined:
    """Telegram refused the message in this form. `next_form`: None if no form is left."""

    code: int
    reason: str  # for the log; never a quotation
    next_form: MessageForm | None


@dataclass(frozen=True, slots=True)
class Later:
    """The message has to be retried. `unknown`: it may have been sent; `flood`: Telegram asked to wait."""

    delay_s: float
    unknown: bool = False
    flood: bool = False


Outcome = Sent | Refused | Declined | Later


class _GoneError(Exception):
    """The message to edit no longer exists: send a new one."""


Follow = Callable[[int, int], Awaitable[None]]
"""Called with the old and the new id of a group that has become a supergroup."""


class TelegramClient:
    """Sends messages to Telegram."""

    def __init__(
        self,
        bot: Bot,
        *,
        repeat_words: Mapping[str, str],
        refusal_words: Mapping[str, RefusalWords],
        follow: Follow | None = None,
    ) -> None:
        """Take what sends.

        Args:
            bot: initialised before the first message.
            repeat_words: by language, the words that mark a repeat.
            refusal_words: by language, the texts about a refusal.
            follow: called when a group has moved.
        """
        self._bot = bot
        self._refusal_words = refusal_words
        self._follow = follow
        self._repeat_words = repeat_words

    async def deliver(self, dispatch: Dispatch, *, attempts: int) -> Outcome:
        """Send or edit in the current form; errors of Telegram or the network become an outcome."""
        dispatch = follow_target(dispatch)
        outcome = await self._try(reduce_message(dispatch, self._refusal_words), attempts=attempts)
        if isinstance(outcome, Declined):
            return replace(outcome, next_form=find_next_form(dispatch))
        return outcome

    async def _try(self, dispatch: Dispatch, *, attempts: int) -> Outcome:
        try:
            return await self._deliver(dispatch)
        except _GoneError:
            return await self._try(replace(dispatch, target=None), attempts=attempts)
        except ChatMigrated as error:
            if self._follow is not None:
                await self._follow(dispatch.outgoing.chat_id, error.new_chat_id)
            moved = replace(dispatch.outgoing, chat_id=error.new_chat_id)
            return await self._try(replace(dispatch, outgoing=moved, target=None), attempts=attempts)
        except TelegramError as error:
            return judge(error, attempts=attempts, editing=dispatch.target is not None)

    async def _deliver(self, dispatch: Dispatch) -> Outcome:
        outgoing = dispatch.outgoing
        if dispatch.target is None and outgoing.deletes and outgoing.erases:
            return Refused("nothing to delete")  # it was never sent
        if dispatch.target is None:
            return await self._send(outgoing, repeat=dispatch.unknown)
        try:
            return await self._edit(dispatch, dispatch.target)
        except BadRequest as error:
            if _says(error, UNCHANGED):
                return Sent(dispatch.target, _kind_after(dispatch))
            if not _says(error, GONE) or not _stands_alone(outgoing):
                raise
            raise _GoneError from error

    async def _send(self, outgoing: Outgoing, *, repeat: bool) -> Sent:
        text = outgoing.text or ""
        if repeat:
            room = MessageLimit.CAPTION_LENGTH if has_file(outgoing) else MessageLimit.MAX_TEXT_LENGTH
            words = self._repeat_words.get(outgoing.language, self._repeat_words["en"])
            text = mark_repeat(text, words=words, room=int(room))
        reply_to = outgoing.reply_to_message_id
        common: dict[str, Any] = {
            "chat_id": outgoing.chat_id,
            "parse_mode": ParseMode.HTML,
            "reply_markup": outgoing.reply_markup or write_markup(outgoing),
            "reply_parameters": None
            if reply_to is None
            else {"message_id": reply_to, "allow_sending_without_reply": True},
        }
        if outgoing.is_protected:
            common["protect_content"] = True
        if outgoing.more_photos:
            return await self._send_album(outgoing, common, text)
        if (upload := find_upload(outgoing)) is not None:
            kind: MessageKind = "photo" if outgoing.photo is not None else "document"
            fields = common | {"caption": text}
            return _sent(await call(self._bot, f"send{kind.title()}", fields, {kind: upload}), kind)
        fields = common | {"text": text, "link_preview_options": NO_PREVIEW}
        return _sent(await call(self._bot, "sendMessage", fields), "text")

    async def _send_album(self, outgoing: Outgoing, common: Mapping[str, Any], text: str) -> Sent:
        """The photos as one album; the words stand under the first one."""
        media, files = write_album(outgoing, text)
        fields = {name: common[name] for name in ("chat_id", "reply_parameters")}
        fields |= {"media": media, "protect_content": True}
        ids = [int(each["message_id"]) for each in await call(self._bot, "sendMediaGroup", fields, files)]
        return Sent(ids[0], "photo", album=tuple(ids))

    async def _edit(self, dispatch: Dispatch, target: int) -> Sent:
        outgoing = dispatch.outgoing
        place: dict[str, Any] = {
            "chat_id": outgoing.chat_id,
            "message_id": target,
            "reply_markup": write_markup(outgoing),
        }
        # An erased message is edited or deleted: if Telegram refuses the one, the other is tried.
        if outgoing.deletes != (outgoing.erases and dispatch.form == "words"):
            await call(self._bot, "deleteMessage", {"chat_id": outgoing.chat_id, "message_id": target})
        elif (upload := find_upload(outgoing)) is not None:
            fields = place | {"media": write_media(outgoing)}
            await call(self._bot, "editMessageMedia", fields, {ATTACHED: upload})
        elif outgoing.text is None:
            await call(self._bot, "editMessageReplyMarkup", place)
        else:
            is_caption = outgoing.edits_caption or dispatch.target_kind in ("photo", "document")
            await self._edit_words(outgoing, place, caption=is_caption)
        return Sent(target, _kind_after(dispatch))

    async def _edit_words(self, outgoing: Outgoing, place: dict[str, Any], *, caption: bool) -> None:
        """Edit the text or the caption; if the message lacks it, edit the other."""
        fields = place | {"parse_mode": ParseMode.HTML}
        edits = [
            ("editMessageText", fields | {"text": outgoing.text, "link_preview_options": NO_PREVIEW}),
            ("editMessageCaption", fields | {"caption": outgoing.text}),
        ]
        first, second = reversed(edits) if caption else edits
        try:
            await call(self._bot, *first)
        except BadRequest as error:
            if not _says(error, NO_TEXT + NO_CAPTION):
                raise
            await call(self._bot, *second)


def judge(error: TelegramError, *, attempts: int, editing: bool) -> Outcome:
    """The outcome of an error for a message that was tried `attempts` times before.

    After a request that may have reached Telegram it is unknown whether a message was sent; an edit can be
    repeated.
    """
    delay_s = find_backoff(attempts)
    if isinstance(error, RetryAfter):
        wait = error.retry_after
        return Later(float(wait if isinstance(wait, int) else wait.total_seconds()), flood=True)
    if isinstance(error, Forbidden):
        return Refused("forbidden")
    if isinstance(error, BadRequest):
        code, reason = describe_refusal(error)
        if _says(error, UNREACHABLE) or (editing and _says(error, GONE)):
            return Refused(reason)
        return Declined(code=code, reason=reason, next_form="again")
    if isinstance(error, (InvalidToken, Conflict)):
        return Later(LAST_RETRY_S)
    return Later(delay_s, unknown=not editing and not isinstance(error, NeverLeftError))


def find_backoff(attempts: int) -> float:
    """Seconds to wait after so many tries: doubled each time, with jitter."""
    return float(min(FIRST_RETRY_S * 2 ** min(attempts, 10), LAST_RETRY_S) * random.uniform(0.8, 1.2))  # noqa: S311


def _says(error: TelegramError, phrases: tuple[str, ...]) -> bool:
    return any(phrase in error.message.lower() for phrase in phrases)


def _stands_alone(outgoing: Outgoing) -> bool:
    """Whether it makes sense as a new message if the one to edit no longer exists."""
    is_edit = outgoing.edits_caption or outgoing.deletes
    return has_file(outgoing) or (outgoing.text is not None and not is_edit)


def _kind_after(dispatch: Dispatch) -> MessageKind:
    if dispatch.outgoing.photo is not None:
        return "photo"
    if dispatch.outgoing.document is not None:
        return "document"
    return dispatch.target_kind or ("photo" if dispatch.outgoing.edits_caption else "text")


def _sent(message: Any, kind: MessageKind) -> Sent:
    return Sent(int(message["message_id"]), kind)
