"""`/remind`: a new photo of a lesion in some weeks or months; list and cancel."""

from calendar import monthrange
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.cases.command_words import names_case
from bot.cases.flag import add_flag, say_flag
from bot.cases.history import find_meant_case, find_own_case, write_case
from bot.cases.keyboard import in_rows
from bot.cases.patient_kept import list_references
from bot.cases.sharing import find_shared
from bot.cases.upkeep import ADDRESS
from bot.cases.view import view_case
from bot.conversation.callback_data import Press, read_number
from bot.conversation.request import Reply, Request
from bot.delivery.outgoing import Button, Keyboard, Outgoing
from bot.texts import Html, join_lines
from storage.clinic.flags import Flag
from storage.database.sessions import WriteSession
from storage.record.cases import Case
from storage.record.reminders import Reminder, add_reminder, drop_reminder, list_reminders

CHOICES: Final = (("w", 2), ("m", 1), ("w", 6), ("m", 3), ("m", 6), ("m", 12))  # soonest first
REFERRED, NOT_REFERRED = "referred", "unreferred"
KEEP: Final = "keep"  # the message under the button stays: it is the clinic's answer


async def remind(request: Request) -> Reply:
    """`/remind` lists; `/remind CASE`, or in reply to a case, asks when."""
    if names_case(request):
        case = await find_meant_case(request, also_split=True, shared=await find_shared(request))
        if case is None or isinstance(case, Reply):
            return case or request.answer("case-unknown")
        return _ask(request, case)
    text, keyboard = await _write_list(request, await _list(request))
    return Reply(messages=(request.message(text, keyboard=keyboard),))


async def press_reminder(request: Request, press: Press) -> Reply:
    """`r:CASE` asks, `r:CASE:w:2` sets in 2 weeks, `r:CASE:m:3` in 3 months, `r:-:c:ID` cancels.

    For a flagged lesion `r:CASE:m:3` asks first whether the patient was referred (`r:CASE:m:3:referred`).

    `r:CASE:m:3:keep` sets it and leaves the message above as it is.
    """
    verb, number = press.argument(1), press.argument(2)
    if verb == "c":
        return await _cancel(request, press, number)
    case = await find_own_case(request, press.argument(0), also_split=True)  # as the clinic's answer names it
    if case is None:
        return Reply(notice=request.say("case-unknown"))
    return await _set(request, press, case) if verb else _ask(request, case)


async def _set(request: Request, press: Press, case: Case) -> Reply:
    """Set a reminder; for a flagged lesion in months only once the patient was referred."""
    verb = press.argument(1)
    due_at = _find_moment(request.now(), verb, press.argument(2))
    if due_at is None:
        return Reply(notice=request.say("something-old"))
    flag = (await add_flag(request, view_case(case))).flag if verb == "m" else None
    if flag is not None and press.argument(3) != REFERRED:
        return await _ask_referred(request, press, case, flag)
    reminder = Reminder(
        id=0,
        subject=case.subject,
        case_number=case.number,
        due_at=due_at,
        chat=request.services.keyring.encrypt(str(request.chat_id).encode(), purpose=ADDRESS),
        language=request.wording.language,
    )

    async def record(session: WriteSession) -> None:
        await add_reminder(session, reminder, now=request.now())

    text, records = request.say("remind-set", case=case.number, at=due_at), (record,)
    if press.argument(3) != KEEP:
        return Reply(messages=(request.edit(press.message_id, text),), records=records)
    without_button = Outgoing(
        key=f"{request.turn.key}:keys", chat_id=request.chat_id, edit_message_id=press.message_id
    )
    return Reply(messages=(request.message(text), without_button), records=records)


async def _ask_referred(request: Request, press: Press, case: Case, flag: Flag) -> Reply:
    """No reminder in months for a flagged lesion before it is said that the patient was referred."""
    if press.argument(3) == NOT_REFERRED:
        text = request.say("remind-refer-first", pathway=request.wording.urgent(), case=case.number)
        _, keyboard = await write_case(request, case, await find_shared(request))
        return Reply(messages=(request.edit(press.message_id, text, keyboard=keyboard),))
    chosen = f"r:{case.number}:m:{press.argument(2)}"
    keyboard = (
        (Button(text=request.say("button-referred-remind"), data=f"{chosen}:{REFERRED}"),),
        (Button(text=request.say("button-not-referred"), data=f"{chosen}:{NOT_REFERRED}"),),
    )
    text = join_lines((say_flag(flag, request.wording), request.say("remind-referred")), gap="\n\n")
    if press.argument(3) == KEEP:
        return Reply(messages=(request.message(text, keyboard=keyboard),))
    return Reply(messages=(request.edit(press.message_id, text, keyboard=keyboard),))


def add_months(moment: datetime, months: int) -> datetime:
    """The same day some months later, or the last one of a shorter month."""
    years, month = divmod(moment.month - 1 + months, 12)
    year = moment.year + years
    return moment.replace(year=year, month=month + 1, day=min(moment.day, monthrange(year, month + 1)[1]))


def _find_moment(now: datetime, verb: str, number: str) -> datetime | None:
    count = read_number(number)
    if count is None or (verb, count) not in CHOICES:
        return None
    return now + timedelta(weeks=count) if verb == "w" else add_months(now, count)


def _ask(request: Request, case: Case) -> Reply:
    names = {"w": "remind-weeks", "m": "remind-months"}
    choices = (
        Button(text=request.say(names[unit], count=count), data=f"r:{case.number}:{unit}:{count}")
        for unit, count in CHOICES
    )
    text = request.say("remind-ask", case=case.number)
    return Reply(messages=(request.message(text, keyboard=in_rows(choices, 2)),))


async def _cancel(request: Request, press: Press, number: str) -> Reply:
    reminders = await _list(request)
    found = next((each for each in reminders if str(each.id) == number), None)
    if found is None:
        return Reply(notice=request.say("something-old"))
    left = [each for each in reminders if each.id != found.id]
    text, keyboard = await _write_list(request, left)
    cancelled = request.say("remind-cancelled", case=found.case_number)
    edited = request.edit(press.message_id, join_lines((cancelled, text), gap="\n\n"), keyboard=keyboard)

    async def record(session: WriteSession) -> None:
        await drop_reminder(session, found.id, subject=found.subject)

    return Reply(messages=(edited,), records=(record,), effects=(request.services.database.erase_traces,))


async def _list(request: Request) -> Sequence[Reminder]:
    if request.person is None:
        return ()
    async with request.services.database.read() as session:
        return await list_reminders(session, request.person.subject)


async def _write_list(request: Request, reminders: Sequence[Reminder]) -> tuple[Html, Keyboard]:
    if not reminders:
        return request.say("remind-none"), ()
    references = await list_references(request, [each.case_number for each in reminders])
    rows = join_lines(
        join_lines(
            (
                request.say("remind-row", at=each.due_at, case=each.case_number),
                request.say("history-reference", reference=references[each.case_number])
                if each.case_number in references
                else "",
            ),
            gap=" ",
        )
        for each in reminders
    )
    keyboard = tuple(
        (
            Button(
                text=request.say("button-cancel-reminder", case=each.case_number, at=each.due_at),
                data=f"r:-:c:{each.id}",
            ),
        )
        for each in reminders
    )
    return join_lines((request.say("remind-list", count=len(reminders)), rows), gap="\n\n"), keyboard
