"""The sender's own cases: a list in pages, edited in place, and one case in detail. Private chats only."""

from collections.abc import Sequence

from bot.answers.cases import CaseView, view_case
from bot.answers.details import write_details
from bot.handlers.answer_buttons import case_keyboard
from bot.handlers.presses import Press
from bot.handlers.visit import Reply, Visit
from bot.texts import Html, join_lines
from bot.turns import Button, Keyboard
from inference.readings import RiskLevel
from storage.answers import CaseMessage, keep_message
from storage.cases import Case, count_cases, get_case, list_cases
from storage.database import WriteSession

PAGE_SIZE = 5


async def show_history(visit: Visit) -> Reply:
    """`/history`."""
    text, keyboard = await _page(visit, "")
    return Reply(messages=(visit.message(text, keyboard=keyboard),))


async def turn_page(visit: Visit, press: Press) -> Reply:
    """Another page, in place of this one."""
    text, keyboard = await _page(visit, press.argument(0))
    return Reply(messages=(visit.edit(press.message_id, text, keyboard=keyboard),))


async def open_case(visit: Visit, press: Press) -> Reply:
    """One case in place of the list, with a way back to the page it came from."""
    case = await find_own_case(visit, press.argument(0))
    if case is None:
        return Reply(notice=visit.say("case-unknown"))
    back = Button(text=visit.say("button-back"), data=f"h:{press.argument(1)}")
    keyboard = (*await case_keyboard(visit, view_case(case)), (back,))
    return Reply(messages=(visit.edit(press.message_id, explain_case(visit, case), keyboard=keyboard),))


async def show_details(visit: Visit, press: Press) -> Reply:
    """What stands behind an answer, as a message of its own."""
    case = await find_own_case(visit, press.argument(0))
    if case is None:
        return Reply(notice=visit.say("case-unknown"))
    keyboard = await case_keyboard(visit, view_case(case))
    told = visit.message(explain_case(visit, case), keyboard=keyboard)
    message = CaseMessage(key=told.key, case_number=case.number, kind="details")

    async def record(session: WriteSession) -> None:
        await keep_message(session, message, subject=case.subject, now=visit.now())

    return Reply(messages=(told,), records=(record,))


async def find_own_case(visit: Visit, number: str) -> Case | None:
    """A case of the sender; None for any other number, whether or not it is someone's."""
    if visit.person is None:
        return None
    async with visit.services.database.read() as session:
        return await get_case(session, number, subject=visit.person.subject)


def explain_case(visit: Visit, case: Case) -> Html:
    """Everything about a case."""
    return explain_view(visit, case, view_case(case))


def explain_view(visit: Visit, case: Case, view: CaseView) -> Html:
    """Everything about a case as it is now."""
    return write_details(case, view, visit.services.release.policy.thresholds, visit.wording)


async def _page(visit: Visit, cursor: str) -> tuple[Html, Keyboard]:
    """The cases older than `cursor` (a case number), or the newest ones."""
    if visit.person is None:
        return visit.say("history-empty"), ()
    subject = visit.person.subject
    async with visit.services.database.read() as session:
        count = await count_cases(session, subject=subject)
        last_seen = await get_case(session, cursor, subject=subject) if cursor else None
        before_id = last_seen.id if last_seen else None
        cases = await list_cases(session, subject=subject, limit=PAGE_SIZE + 1, before_id=before_id)
    if not cases:
        return visit.say("history-empty"), ()
    shown, has_older = cases[:PAGE_SIZE], len(cases) > PAGE_SIZE
    start = cursor if last_seen else ""
    return _write_page(visit, shown, count), _page_keyboard(visit, shown, start=start, has_older=has_older)


def _write_page(visit: Visit, cases: Sequence[Case], count: int) -> Html:
    title = visit.say("history-title", count=count)
    rows = join_lines(_row(visit, case) for case in cases)
    return join_lines((title, rows, visit.say("history-times")), gap="\n\n")


def _row(visit: Visit, case: Case) -> Html:
    level = RiskLevel(case.level)
    return visit.say(
        "history-row",
        mark=visit.wording.mark(level),
        case=case.number,
        level=visit.wording.level(level),
        at=case.created_at,
        photos=len(case.photos),
    )


def _page_keyboard(visit: Visit, cases: Sequence[Case], *, start: str, has_older: bool) -> Keyboard:
    rows = [
        tuple(
            Button(
                text=f"{visit.wording.mark(RiskLevel(case.level))} {case.number}",
                data=f"c:{case.number}:{start}",
            )
            for case in cases[first : first + 2]
        )
        for first in range(0, len(cases), 2)
    ]
    turns = []
    if start:
        turns.append(Button(text=visit.say("button-newest"), data="h:"))
    if has_older:
        turns.append(Button(text=visit.say("button-older"), data=f"h:{cases[-1].number}"))
    return tuple(row for row in (*rows, tuple(turns)) if row)
