"""What is kept of the sender, and how to be forgotten."""

from functools import partial

from telegram import BotCommandScopeChat

from bot.conversation.callback_data import Press
from bot.conversation.request import Reply, Visit
from bot.delivery.outgoing import Button, Outgoing, Record
from bot.texts import Html, join_lines
from storage.clinic.referrals import list_open_cases
from storage.database.sessions import WriteSession
from storage.erasures import FILE_NAME, Journal, erase_person
from storage.queues.outbox import drop_messages


async def privacy(visit: Visit) -> Reply:
    """`/privacy`."""
    person = visit.person
    if person and person.consent_version and person.consent_at:
        state = visit.say("privacy-consent", version=person.consent_version, at=person.consent_at)
    else:
        state = visit.say("privacy-consent-none")
    number = visit.say("privacy-number", subject=person.subject) if person else ""
    blocks = (visit.say("privacy-title"), visit.say("privacy-text"), number, state)
    return Reply(messages=(visit.message(join_lines(blocks, gap="\n\n")),))


async def ask_forget(visit: Visit) -> Reply:
    """`/forget`: say what goes and what cannot, warn of open referrals, and ask once."""
    if visit.person is None and not await visit.services.inbox.held_count(visit.chat_id):
        return visit.answer("forget-nothing")
    keyboard = (
        (Button(text=visit.say("button-forget"), data="f:yes"),),
        (Button(text=visit.say("button-keep"), data="f:no"),),
    )
    text = join_lines((visit.say("forget-ask"), await _warning(visit)), gap="\n\n")
    return Reply(messages=(visit.message(text, keyboard=keyboard),))


async def forget(visit: Visit, press: Press) -> Reply:
    """Destroy the link, or leave everything as it is."""
    if press.argument(0) != "yes":
        return Reply(messages=(visit.edit(press.message_id, visit.say("forget-kept")),))
    menu = partial(visit.bot.delete_my_commands, scope=BotCommandScopeChat(visit.chat_id))
    messages: tuple[Outgoing, ...] = ()
    records: tuple[Record, ...] = ()
    if (person := visit.person) is not None:
        messages, records = await visit.services.clinics.erase(
            user_refs=visit.user_refs, subject=person.subject
        )
    journal = Journal(visit.services.settings.data_dir / FILE_NAME)
    lane_ref = visit.services.keyring.lane_ref(visit.chat_id)

    async def record(session: WriteSession) -> None:
        former = visit.user_refs[1:]
        await erase_person(session, visit.user_ref, former_refs=former, journal=journal, now=visit.now())
        await drop_messages(session, lane_ref, now=visit.now().timestamp())

    return Reply(
        messages=(visit.edit(press.message_id, visit.say("forget-done")), *messages),
        records=(*records, record, visit.services.inbox.drop_held(visit.chat_id)),
        effects=(visit.services.database.erase_traces, menu),
    )


async def _warning(visit: Visit) -> Html:
    """Which cases a clinic has not answered yet."""
    if visit.person is None:
        return Html()
    async with visit.services.database.read() as session:
        cases = await list_open_cases(session, visit.person.subject)
    return visit.say("forget-open", count=len(cases), cases=", ".join(cases)) if cases else Html()
