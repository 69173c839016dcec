"""What is kept of the sender, and how to be forgotten."""

from functools import partial

from telegram import BotCommandScopeChat

from bot.handlers.presses import Press
from bot.handlers.visit import Reply, Visit
from bot.texts import join_lines
from bot.turns import Button, Record
from storage.database import WriteSession
from storage.people import forget_person


async def privacy(visit: Visit) -> Reply:
    """`/privacy`."""
    person = visit.person
    if person and person.consent_version and person.consent_at:
        state = visit.say("privacy-consent", version=person.consent_version, at=person.consent_at)
    else:
        state = visit.say("privacy-consent-none")
    blocks = (visit.say("privacy-title"), visit.say("privacy-text"), state)
    return Reply(messages=(visit.message(join_lines(blocks, gap="\n\n")),))


async def ask_forget(visit: Visit) -> Reply:
    """`/forget`: say what goes and what cannot, and ask once."""
    if visit.person is None and not await visit.services.inbox.held_count(visit.chat_id):
        return visit.answer("forget-nothing")
    keyboard = (
        (Button(text=visit.say("button-forget"), data="f:yes"),),
        (Button(text=visit.say("button-keep"), data="f:no"),),
    )
    return Reply(messages=(visit.message(visit.say("forget-ask"), keyboard=keyboard),))


async def forget(visit: Visit, press: Press) -> Reply:
    """Destroy the link, or leave everything as it is."""
    if press.argument(0) != "yes":
        return Reply(messages=(visit.edit(press.message_id, visit.say("forget-kept")),))
    menu = partial(visit.bot.delete_my_commands, scope=BotCommandScopeChat(visit.chat_id))
    return Reply(
        messages=(visit.edit(press.message_id, visit.say("forget-done")),),
        records=(_erasure(visit), visit.services.inbox.drop_held(visit.chat_id)),
        effects=(visit.services.database.erase_traces, menu),
    )


def _erasure(visit: Visit) -> Record:
    async def record(session: WriteSession) -> None:
        await forget_person(session, visit.user_ref)

    return record
