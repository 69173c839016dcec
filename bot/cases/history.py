"""The sender's own cases: a list in pages, edited in place, and one case in detail. Private chats only."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.cases.caption import say_answers
from bot.cases.command_words import NUMBER, command_words, means_newest, names_case
from bot.cases.explain import explain_case
from bot.cases.keyboard import case_keyboard, in_rows
from bot.cases.opened import back_button, forget_opened, keep_opened
from bot.cases.patient_context import hash_reference
from bot.cases.patient_kept import list_references
from bot.cases.revising import Follow
from bot.cases.sharing import NOTHING, Shared, find_shared, record_shared
from bot.cases.split_list import say_unopened
from bot.cases.view import read_context, view_case
from bot.conversation.access import log_refusal
from bot.conversation.callback_data import Press
from bot.conversation.replied_case import find_only_number
from bot.conversation.request import Reply, Request
from bot.delivery.outgoing import Button, Keyboard
from bot.texts import Html, join_lines
from inference.readings import RiskLevel
from storage.clinic.flags import list_flagged
from storage.record.cases import Case, count_cases, find_case_id, get_case, list_cases
from storage.record.origins import list_parts
from storage.record.patient_contexts import list_numbers_of_reference

PAGE_SIZE = 5
MOST_FOUND: Final = 10  # cases of one reference that a list describes
MOST_OPENED: Final = 90  # that it has buttons for: Telegram allows 100 under a message
LEVEL_CODES = {"h": "high", "m": "moderate", "l": "low", "n": "not_assessable"}


async def show_history(request: Request, *, follow: Follow) -> Reply:
    """`/history` lists the cases; `/history CASE`, or in reply to a case, shows one.

    Raises:
        BusyError: a card waits for the networks; the turn is retried.
    """
    shared = await find_shared(request)
    if names_case(request):
        case = await find_meant_case(request, also_split=True, shared=shared)
        if case is None or isinstance(case, Reply):
            shared = await record_shared(request, shared, shown=(), follow=follow)
            return shared.add_to(case or request.answer("case-unknown"))
        parts = await list_parts_of(request, case)
        shared = await record_shared(request, shared, shown=(case, *parts), follow=follow)
        text, keyboard = await write_case(request, case, shared)
        opened = request.message(text, keyboard=keyboard)
        keep = keep_opened(request, opened, case, parts=parts)
        return shared.add_to(Reply(messages=(opened,), records=(keep,)))
    page = await _find_page(request, "", "")
    shared = await record_shared(request, shared, shown=page.cases, follow=follow)
    text, keyboard = await _write_page(request, page, shared)
    return shared.add_to(Reply(messages=(request.message(text, keyboard=keyboard),)))


async def turn_page(request: Request, press: Press, *, follow: Follow) -> Reply:
    """Show another page or another level instead of this one: `h:CURSOR:LEVEL`.

    Raises:
        BusyError: a card waits for the networks; the turn is retried.
    """
    page = await _find_page(request, press.argument(0), press.argument(1))
    shared = await record_shared(
        request, await find_shared(request), shown=page.cases, follow=follow, pressed=press.message_id
    )
    text, keyboard = await _write_page(request, page, shared)
    records = await forget_opened(request, press.message_id)
    edited = request.edit(press.message_id, text, keyboard=keyboard)
    return shared.add_to(Reply(messages=(edited,), records=records))


async def open_case(request: Request, press: Press, *, follow: Follow) -> Reply:
    """Show one case instead of the list, with a way back to the page it came from.

    Raises:
        BusyError: a card waits for the networks; the turn is retried.
    """
    case = await find_own_case(request, press.argument(0), also_split=True)  # as a reminder names it
    if case is None:
        return Reply(notice=request.say("case-unknown"))
    parts = await list_parts_of(request, case)
    shared = await record_shared(
        request, await find_shared(request), shown=(case, *parts), follow=follow, pressed=press.message_id
    )
    back = back_button(request, cursor=press.argument(1), code=press.argument(2))
    text, keyboard = await write_case(request, case, shared)
    opened = request.edit(press.message_id, text, keyboard=(*keyboard, (back,)))
    keep = keep_opened(request, opened, case, parts=parts)
    records = (*await forget_opened(request, press.message_id), keep)
    return shared.add_to(Reply(messages=(opened,), records=records))


async def find_own_case(request: Request, number: str, *, also_split: bool = False) -> Case | None:
    """A case of the sender; None for any other number, whether or not it is someone's."""
    case = None
    if request.person is not None:
        async with request.services.database.read() as session:
            case = await get_case(session, number, subject=request.person.subject, also_split=also_split)
    if case is None:
        log_refusal(request, "foreign case")
    return case


async def write_case(request: Request, case: Case, shared: Shared = NOTHING) -> tuple[Html, Keyboard]:
    """Everything about a case and its buttons; for an album that was split, its cases to choose from."""
    case, *parts = shared.update([case, *await list_parts_of(request, case)])
    if not parts:
        return await explain_case(request, case), await case_keyboard(request, view_case(case))
    title = request.say("history-split", case=case.number, count=len(parts))
    unopened = view_case(case).unopened
    net = request.say("safety-net") if unopened else ""
    rows = await _write_rows(request, parts)
    text = join_lines((title, *rows, say_unopened(request, unopened), net), gap="\n\n")
    return text, _open_buttons(request, parts, "::")


async def list_parts_of(request: Request, case: Case) -> Sequence[Case]:
    """The cases that an album was split into; none of any other case."""
    async with request.services.database.read() as session:
        numbers = await list_parts(session, case.id)
        found = [await get_case(session, number, subject=case.subject) for number in numbers]
    return [each for each in found if each is not None]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """A page of the list: its cases, how many there are, after which case it starts, of which level it is."""

    cases: Sequence[Case] = ()
    count: int = 0
    start: str = ""
    code: str = ""
    has_older: bool = False


async def _find_page(request: Request, cursor: str, code: str) -> _Page:
    """The cases older than `cursor` (a case number), or the newest ones, of one level or of all."""
    if request.person is None:
        return _Page()
    subject, level = request.person.subject, LEVEL_CODES.get(code)
    async with request.services.database.read() as session:
        count = await count_cases(session, subject=subject, level=level)
        before_id = await find_case_id(session, cursor, subject=subject) if cursor else None
        cases = await list_cases(
            session, subject=subject, limit=PAGE_SIZE + 1, before_id=before_id, level=level
        )
    return _Page(
        cases=cases[:PAGE_SIZE],
        count=count,
        start=cursor if before_id else "",
        code=code,
        has_older=len(cases) > PAGE_SIZE,
    )


async def _write_page(request: Request, page: _Page, shared: Shared) -> tuple[Html, Keyboard]:
    """The list and its buttons."""
    level = LEVEL_CODES.get(page.code)
    if not page.cases and level is None:
        return request.say("history-empty"), ()
    shown = shared.update(page.cases)
    empty = request.say("history-empty-level")
    title = await _say_title(request, page.count, level) if shown else empty
    text = join_lines((title, *await _write_rows(request, shown)), gap="\n\n")
    return text, _page_keyboard(request, shown, page)


async def _say_title(request: Request, count: int, level: str | None) -> Html:
    """How many cases there are; of one level, how many of all."""
    if level is None or request.person is None:
        return request.say("history-title", count=count)
    async with request.services.database.read() as session:
        total = await count_cases(session, subject=request.person.subject)
    words = {"mark": request.wording.mark(RiskLevel(level)), "level": request.wording.level(RiskLevel(level))}
    return request.say("history-title-level", count=count, total=total, **words)


async def _write_rows(request: Request, cases: Sequence[Case]) -> Sequence[Html]:
    """A block for each case, and a line that says in which time zone."""
    numbers = [case.number for case in cases]
    references = await list_references(request, numbers)
    flagged: set[str] = set()
    async with request.services.database.read() as session:
        verdicts = await request.services.clinics.find_verdicts(session, numbers, request.wording)
        if cases:
            lesions = await list_flagged(session, subject=cases[0].subject)
            flagged = {number for lesion in lesions for number in lesion.numbers}
    rows = []
    for case in cases:
        row = _row(request, case, verdicts.get(case.number), references.get(case.number, ""))
        rows.append(join_lines((row, request.say("history-flagged") if case.number in flagged else "")))
    return (*rows, request.say("history-times", at=request.now()))


def _row(request: Request, case: Case, verdict: Html | None, reference: str) -> Html:
    """One case: its level, the sender's reference, what was answered, what a clinic said."""
    level = RiskLevel(case.level)
    line = request.say(
        "history-row",
        mark=request.wording.mark(level),
        case=case.number,
        level=request.wording.level(level),
        at=case.created_at,
        photos=len(case.photos),
    )
    return join_lines(
        (
            line,
            request.say("history-reference", reference=reference) if reference else "",
            say_answers(read_context(case.context), request.wording),
            request.say("history-verdict", verdict=verdict) if verdict else "",
        )
    )


def _page_keyboard(request: Request, cases: Sequence[Case], page: _Page) -> Keyboard:
    rows, turns = _open_buttons(request, cases, f":{page.start}:{page.code}"), []
    if page.start:
        turns.append(Button(text=request.say("button-newest"), data=f"h::{page.code}"))
    if page.has_older:
        turns.append(Button(text=request.say("button-older"), data=f"h:{cases[-1].number}:{page.code}"))
    filters = []  # all levels and each one, except the one that is shown
    if page.code:
        filters.append(Button(text=request.say("history-filter-all"), data="h::"))
    for code, name in LEVEL_CODES.items():
        if code != page.code:
            level = RiskLevel(name)
            # A mark alone has no name for a screen reader.
            words = {"mark": request.wording.mark(level), "level": request.wording.level(level)}
            filters.append(Button(text=request.say("history-filter-level", **words), data=f"h::{code}"))
    return tuple(row for row in (*rows, tuple(turns), *in_rows(filters, 2)) if row)


def _open_buttons(request: Request, cases: Sequence[Case], back: str) -> Keyboard:
    """A button for each case; `back` is the page that it leads back to."""
    names = ((case, request.wording.mark(RiskLevel(case.level))) for case in cases)
    return in_rows(
        (Button(text=f"{mark} {case.number}", data=f"c:{case.number}{back}") for case, mark in names), 2
    )


async def _list_found(request: Request, reference: str, cases: Sequence[Case]) -> Reply:
    title = request.say("history-found", reference=reference, count=len(cases))
    shown, opened = cases[:MOST_FOUND], cases[:MOST_OPENED]
    more = Html()
    if len(cases) > MOST_FOUND:
        more = request.say("history-found-more", shown=len(shown), opened=len(opened), count=len(cases))
    text = join_lines((join_lines((title, more)), *await _write_rows(request, shown)), gap="\n\n")
    keyboard = _open_buttons(request, opened, "::")
    return Reply(messages=(request.message(text, keyboard=keyboard),))


async def _find_by_reference(request: Request, words: str) -> Sequence[Case]:
    """The sender's cases of the patient with this reference, newest first."""
    if request.person is None:
        return ()
    subject = request.person.subject
    refs = hash_reference(request.services.keyring, words, subject=subject)
    async with request.services.database.read() as session:
        numbers = await list_numbers_of_reference(session, refs, subject=subject)
        found = [await get_case(session, number, subject=subject) for number in numbers]
    return sorted((case for case in found if case is not None), key=lambda case: case.id, reverse=True)


async def find_meant_case(
    request: Request, *, also_split: bool = False, shared: Shared = NOTHING
) -> Case | Reply | None:
    """The sender's case that the command names: by its number or reference, else the one that it replies to.

    Without both it is the newest one. Several cases of one reference are answered with a list of them.
    """
    if words := command_words(request):
        cases = shared.update(await _find_by_reference(request, words))
        if cases:
            return cases[0] if len(cases) == 1 else await _list_found(request, words, cases)
        for found in NUMBER.finditer(words):  # "lesion N-4F7K2M": a word may look like a number
            case = await find_own_case(request, f"N-{found.group(1).upper()}", also_split=also_split)
            if case is not None:
                return case
        return None
    if request.person is None:
        return None
    message = request.turn.updates[0].effective_message
    if message is not None and not means_newest(request):
        number = find_only_number(request, message)
        return None if number is None else await find_own_case(request, number, also_split=also_split)
    async with request.services.database.read() as session:
        newest = await list_cases(session, subject=request.person.subject, limit=1)
    return newest[0] if newest else None
