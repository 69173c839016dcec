"""`/privacy` and `/forget`."""

from functools import partial

from telegram import BotCommandScopeChat

from bot.conversation.callback_data import Press
from bot.conversation.request import Reply, Request
from bot.delivery.outgoing import Button, Outgoing, Record
from bot.texts import join_lines
from storage.clinic.referrals import list_open_cases
from storage.database.sessions import WriteSession
from storage.erasures import FILE_NAME, Journal, erase_person
from storage.queues.outbox import drop_messages


async def privacy(request: Request) -> Reply:
    """`/privacy`."""
    person = request.person
    if person and person.consent_version and person.consent_at:
        state = request.say("privacy-consent", version=person.consent_version, at=person.consent_at)
    else:
        state = request.say("privacy-consent-none")
    number = request.say("privacy-number", subject=person.subject) if person else ""
    blocks = (request.say("privacy-title"), request.say("privacy-text"), number, state)
    return Reply(messages=(request.message(join_lines(blocks, gap="\n\n")),))


async def ask_forget(request: Request) -> Reply:
    """`/forget`: say what is deleted and what stays, warn of open referrals, and ask once."""
    if request.person is None and not await request.services.inbox.held_count(request.chat_id):
        return request.answer("forget-nothing")
    keyboard = (
        (Button(text=request.say("button-forget"), data="f:yes"),),
        (Button(text=request.say("button-keep"), data="f:no"),),
    )
    text = request.say("forget-ask")
    if request.person is not None:
        async with request.services.database.read() as session:
            cases = await list_open_cases(session, request.person.subject)
        if cases:
            warning = request.say("forget-open", count=len(cases), cases=", ".join(cases))
            text = join_lines((text, warning), gap="\n\n")
    return Reply(messages=(request.message(text, keyboard=keyboard),))


async def forget(request: Request, press: Press) -> Reply:
    """Destroy the link, or leave everything as it is."""
    if press.argument(0) != "yes":
        is_gone = request.person is None and not await request.services.inbox.held_count(request.chat_id)
        said = request.say("forget-too-late" if is_gone else "forget-kept")
        return Reply(messages=(request.edit(press.message_id, said),))
    menu = partial(request.bot.delete_my_commands, scope=BotCommandScopeChat(request.chat_id))
    messages: tuple[Outgoing, ...] = ()
    records: tuple[Record, ...] = ()
    if (person := request.person) is not None:
        messages, records = await request.services.clinics.erase(
            user_refs=request.user_refs, subject=person.subject
        )
    journal = Journal(request.services.settings.data_dir / FILE_NAME)
    lane_ref = request.services.keyring.lane_ref(request.chat_id)

    async def record(session: WriteSession) -> None:
        former = request.user_refs[1:]
        await erase_person(session, request.user_ref, former_refs=former, journal=journal, now=request.now())
        await drop_messages(session, lane_ref, now=request.now().timestamp())

    return Reply(
        messages=(request.edit(press.message_id, request.say("forget-done")), *messages),
        records=(*records, record, request.services.inbox.drop_held(request.chat_id)),
        effects=(request.services.database.erase_traces, menu),
    )
