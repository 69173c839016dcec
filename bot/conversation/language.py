"""English or French: as Telegram says, until the sender chooses."""

from dataclasses import replace

from telegram import BotCommandScopeChat

from bot.conversation.callback_data import Press
from bot.conversation.consent import terms_keyboard, write_terms
from bot.conversation.menus import list_commands, private_names
from bot.conversation.request import Reply, Request, word
from bot.delivery.outgoing import Button
from storage.clinic.referrals import translate_referrals
from storage.database.sessions import WriteSession
from storage.record.comparisons import translate_comparisons
from storage.record.people import ensure_person, set_language
from storage.record.reminders import translate_reminders


async def ask_language(request: Request) -> Reply:
    """`/language`."""
    texts = request.services.texts
    row = tuple(
        Button(text=texts.get(each, "language-name"), data=f"l:{each}:set") for each in texts.languages
    )
    return Reply(messages=(request.message(request.say("language-question"), keyboard=(row,)),))


async def choose_language(request: Request, press: Press) -> Reply:
    """Remember the language; the message with the button changes into it."""
    language = press.argument(0)
    if language not in request.services.texts.languages:
        return Reply(notice=request.say("something-old"))
    after = replace(request, wording=word(request.services, language))
    if press.argument(1) == "start" and not request.has_consented:
        waits = await request.services.inbox.held_count(request.chat_id)
        terms = write_terms(after, waits=waits > 0)
        edited = after.edit(press.message_id, terms, keyboard=terms_keyboard(after))
    else:
        edited = after.edit(press.message_id, after.say("language-set"))

    async def record(session: WriteSession) -> None:
        now = request.now()
        person = await ensure_person(session, request.user_ref, now=now)
        await set_language(session, request.user_ref, language, now=now)
        for translate in (translate_reminders, translate_comparisons, translate_referrals):
            await translate(session, person.subject, language)

    async def translate_menu() -> None:
        # In the chosen language, whatever Telegram's own language is.
        names = private_names(after.services.settings, after.user_id)
        commands = list_commands(after.services.texts, after.wording.language, names)
        await after.bot.set_my_commands(commands, scope=BotCommandScopeChat(after.chat_id))

    return Reply(messages=(edited,), records=(record,), effects=(translate_menu,))
