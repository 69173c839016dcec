"""Linking a clinic's group or channel: from private chat, or after an admin has added the bot."""

from dataclasses import replace
from functools import partial
from typing import Final

from telegram import (
    ChatAdministratorRights,
    KeyboardButton,
    KeyboardButtonRequestChat,
    Message,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
)

from bot.clinic.admin_notices import keep_language
from bot.clinic.chats import Prospect, inspect_chat, open_title, seal_clinic, seal_place
from bot.conversation.access import is_admin, log_refusal
from bot.conversation.callback_data import Press, read_number
from bot.conversation.menus import publish_for_clinic
from bot.conversation.request import Reply, Request
from bot.delivery.outgoing import Button, Keyboard, Outgoing, Record
from bot.texts import join_lines
from storage.clinic.clinics import find_clinic_of_chat
from storage.clinic.links import find_question, link_clinic, list_clinics, move_clinic, set_clinic_language
from storage.database.sessions import WriteSession

GROUP_REQUEST: Final = 1
CHANNEL_REQUEST: Final = 2


async def ask_link(request: Request) -> Reply:
    """`/link`: what is linked, and two keys that let the admin choose a chat."""
    async with request.services.database.read() as session:
        clinics = await list_clinics(session)
    rows = [
        request.say(f"link-row-{clinic.state}", clinic=open_title(request.services, clinic))
        for clinic in clinics
    ]
    text = join_lines([*rows, request.say("link-ask")], gap="\n\n")
    return Reply(messages=(_with_markup(request, text, _request_keyboard(request).to_dict()),))


async def link_shared(request: Request, message: Message) -> Reply:
    """A chat that was chosen with one of the keys."""
    if message.chat_shared is None or not is_admin(request):
        log_refusal(request, "no admin")
        return request.answer("otherwise-anything")
    prospect = await inspect_chat(request.bot, message.chat_shared.chat_id, asker=request.user_id)
    if prospect is None or _find_problem(prospect):
        return _refuse(request, prospect)
    remove = ReplyKeyboardRemove().to_dict()
    done = _with_markup(request, request.say("link-chosen", clinic=prospect.title), remove)
    reply = _link(request, prospect, first=done)
    return replace(reply, messages=(*await _settle_question(request, prospect), *reply.messages))


async def press_link(request: Request, press: Press) -> Reply:
    """Confirm a chat to which the bot was added, leave it, or choose the language of a linked one."""
    text = press.argument(1)
    number = read_number(text.removeprefix("-"))
    chat_id = -number if number is not None and text.startswith("-") else number
    if not is_admin(request) or chat_id is None:
        log_refusal(request, "no admin")
        return Reply(notice=request.say("something-old"))
    if press.argument(0) == "n":
        return Reply(messages=(request.edit(press.message_id, request.say("link-declined")),))
    if press.argument(0) == "l":
        language = press.argument(2)
        async with request.services.database.read() as session:
            clinic = await find_clinic_of_chat(session, request.services.keyring.chat_refs(chat_id))
        if clinic is None or language not in request.services.texts.languages:
            return Reply(notice=request.say("something-old"))
        clinic_id = clinic.id
        name = request.services.texts.get(language, "language-name")
        title = open_title(request.services, clinic)
        edited = request.edit(press.message_id, request.say("link-language", clinic=title, language=name))

        async def record(session: WriteSession) -> None:
            await set_clinic_language(session, clinic_id, language)

        records: tuple[Record, ...] = (record,)
        return Reply(messages=(edited,), records=records)
    prospect = await inspect_chat(request.bot, chat_id, asker=request.user_id)
    if prospect is None or _find_problem(prospect):
        return _refuse(request, prospect)
    done = request.edit(press.message_id, request.say("link-chosen", clinic=prospect.title))
    return _link(request, prospect, first=done)


def follow_move(request: Request, *, old: int, new: int) -> Reply:
    """Move the clinic of a group, if there is one, to the supergroup that it became."""
    keyring = request.services.keyring

    async def record(session: WriteSession) -> None:
        await move_clinic(session, keyring.chat_refs(old), seal_place(keyring, new))

    async def publish_menu() -> None:
        async with request.services.database.read() as session:
            clinic = await find_clinic_of_chat(session, keyring.chat_refs(new))
        if clinic is not None and clinic.is_linked:
            await publish_for_clinic(request.bot, request.services.texts, new)

    return Reply(records=(record,), effects=(publish_menu,))


def link_question(request: Request, prospect: Prospect) -> Outgoing:
    """Ask the admin who added the bot, in private, whether this chat is a clinic's."""
    name = _question_mark(request, prospect)
    keyboard = (
        (Button(text=request.say("link-yes"), data=f"j:y:{prospect.chat_id}"),),
        (Button(text=request.say("link-no"), data=f"j:n:{prospect.chat_id}"),),
    )
    return request.message(request.say("link-question", clinic=prospect.title), name=name, keyboard=keyboard)


async def _settle_question(request: Request, prospect: Prospect) -> tuple[Outgoing, ...]:
    """Telegram made the bot administrator on the way, which asked whether to link: that is answered now."""
    async with request.services.database.read() as session:
        asked = await find_question(session, _question_mark(request, prospect))
    if asked is None:
        return ()
    answer = request.message(request.say("link-question-settled", clinic=prospect.title), name="settled")
    return (replace(answer, replaces=asked),)


def _question_mark(request: Request, prospect: Prospect) -> str:
    return "link:" + request.services.keyring.chat_refs(prospect.chat_id)[0].hex()[:12]


def _link(request: Request, prospect: Prospect, *, first: Outgoing) -> Reply:
    """Link it, and notify the admin and the chat."""
    language = request.wording.language
    clinic = seal_clinic(request.services.keyring, prospect, language=language)
    keyboard: Keyboard = (
        tuple(
            Button(
                text=request.services.texts.get(each, "language-name"), data=f"j:l:{prospect.chat_id}:{each}"
            )
            for each in request.services.texts.languages
        ),
    )
    answer = request.message(
        request.say("link-done", clinic=prospect.title), name="linked", keyboard=keyboard
    )
    hello = Outgoing(
        key=f"{request.turn.key}:hello",
        chat_id=prospect.chat_id,
        text=request.say(f"link-hello-{prospect.kind}"),
        language=language,
    )

    async def record(session: WriteSession) -> None:
        await link_clinic(session, clinic, now=request.now())

    menu = partial(publish_for_clinic, request.bot, request.services.texts, prospect.chat_id)
    return Reply(
        messages=(first, answer, hello),
        records=(record, *keep_language(request)),
        effects=(menu,) if prospect.kind == "group" else (),
    )


def _refuse(request: Request, prospect: Prospect | None) -> Reply:
    """Say why a chat cannot be linked, and what to do."""
    if prospect is None or (problem := _find_problem(prospect)) is None:
        return request.answer("link-not-there")
    return request.answer(problem, clinic=prospect.title)


def _find_problem(prospect: Prospect) -> str | None:
    """The text that says why a chat cannot be linked; None if it can."""
    if not prospect.is_bot_ready:
        return f"link-needs-rights-{prospect.kind}"
    return None if prospect.is_asker_admin else "link-not-admin"


def _request_keyboard(request: Request) -> ReplyKeyboardMarkup:
    """Two keys: Telegram then offers chats, and makes the bot administrator with what it asks for."""
    keys = [
        KeyboardButton(
            request.say(text_id),
            request_chat=KeyboardButtonRequestChat(
                request_id,
                chat_is_channel=is_channel,
                bot_is_member=True,
                bot_administrator_rights=_rights(is_channel=is_channel, can_promote=False),
                user_administrator_rights=_rights(is_channel=is_channel, can_promote=True),
            ),
        )
        for text_id, request_id, is_channel in (
            ("link-key-group", GROUP_REQUEST, False),
            ("link-key-channel", CHANNEL_REQUEST, True),
        )
    ]
    return ReplyKeyboardMarkup([[key] for key in keys], resize_keyboard=True, one_time_keyboard=True)


def _rights(*, is_channel: bool, can_promote: bool) -> ChatAdministratorRights:
    """To manage the chat; in a channel to post and to edit as well. Nothing is ever deleted or pinned."""
    return ChatAdministratorRights(
        is_anonymous=False,
        can_manage_chat=True,
        can_delete_messages=False,
        can_manage_video_chats=False,
        can_restrict_members=False,
        can_promote_members=can_promote,
        can_change_info=False,
        can_invite_users=False,
        can_post_stories=False,
        can_edit_stories=False,
        can_delete_stories=False,
        can_post_messages=True if is_channel else None,
        can_edit_messages=True if is_channel else None,
    )


def _with_markup(request: Request, text: str, markup: dict[str, object]) -> Outgoing:
    return Outgoing(
        key=f"{request.turn.key}:answer",
        chat_id=request.chat_id,
        text=text,
        reply_markup=markup,
        language=request.wording.language,
    )
