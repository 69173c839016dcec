"""No message keeps an old level: a case that was assessed again is shown again wherever its level stands."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from bot.cases.caption import write_caption
from bot.cases.explain import explain_case
from bot.cases.flag import add_flag
from bot.cases.keyboard import answer_keyboard, case_keyboard
from bot.cases.opened import EDIT, back_button
from bot.cases.patient_kept import Kept
from bot.cases.split_list import write_split
from bot.cases.view import CaseView, view_case
from bot.conversation.request import Request
from bot.delivery.outgoing import Outgoing
from bot.delivery.sealing import open_message_id
from bot.texts import Html
from storage.clinic.flag_facts import Change
from storage.clinic.flags import Flag, find_flag
from storage.record.answers import CaseMessage, find_message_ids, list_cases_of_message, list_messages
from storage.record.cases import Case, get_case
from storage.record.lesions import list_numbers_of_same_lesion
from storage.record.origins import find_album, list_made

KINDS: Final = ("answer", "details", "split")  # of messages that show a case


@dataclass(frozen=True, slots=True, kw_only=True)
class Redrawn:
    """A case as its messages are to show it."""

    case: Case  # as it was recorded before
    view: CaseView  # as it is now
    picture: bytes | None = None  # the card, if it could be drawn again
    change: Change | None = None  # of the flag, if it is recorded together with the edits
    others: Mapping[str, CaseView] = field(default_factory=dict)  # other cases that change with it
    kept: Kept | None = None  # what is said about the patient, if it is recorded together with the edits


async def edit_along(request: Request, redrawn: Redrawn, *, pressed: int) -> tuple[Outgoing, ...]:
    """Edits of the other messages that show this case's level, and of those that show a flag it changes.

    Args:
        request: who answered.
        redrawn: the case; its flag is read here.
        pressed: the message under which it was answered; the caller edits that one.
    """
    change = redrawn.change
    flagged = replace(redrawn, view=await add_flag(request, redrawn.view, change))
    own = await _edit_shown(request, flagged, pressed=pressed)
    others = () if change is None else await edit_others(request, redrawn.case, change, pressed=pressed)
    return merge_edits(own, others)


def merge_edits(*groups: Iterable[Outgoing]) -> tuple[Outgoing, ...]:
    """One edit a message, from the first group that has one: a list shows several cases."""
    merged: dict[str, Outgoing] = {}
    for group in groups:
        for edit in group:
            merged.setdefault(edit.key, edit)
    return tuple(merged.values())


async def edit_lesion(
    request: Request, numbers: Sequence[str], *, subject: str, pressed: int, change: Change | None = None
) -> tuple[Outgoing, ...]:
    """Edits of every message that shows one of these cases, when the flag of their lesion has changed.

    Args:
        request: the sender's.
        numbers: cases of a lesion; without those that the caller edits.
        subject: their owner.
        pressed: a message that the caller edits.
        change: what changes the flag, if it is recorded together with these edits.
    """
    edits: list[tuple[Outgoing, ...]] = []
    for number in numbers:
        async with request.services.database.read() as session:
            case = await get_case(session, number, subject=subject)
        if case is not None:
            view = await add_flag(request, view_case(case), change)
            redrawn = Redrawn(case=case, view=view, change=change)
            edits.append(await _edit_shown(request, redrawn, pressed=pressed))
    return merge_edits(*edits)


async def edit_flagged(
    request: Request, numbers: Sequence[str], flag: Flag | None, *, subject: str
) -> tuple[Outgoing, ...]:
    """Edits of every message that shows one of these cases, with the flag that their lesion will have.

    It depends on cases that are being recorded, so it is not read here.
    """
    async with request.services.database.read() as session:
        found = [await get_case(session, number, subject=subject) for number in numbers]
    cases = [case for case in found if case is not None]
    views = {case.number: replace(view_case(case), flag=flag) for case in cases}
    redrawn = [Redrawn(case=case, view=views[case.number], others=views) for case in cases]
    return merge_edits(*[await _edit_shown(request, each, pressed=0) for each in redrawn])


async def edit_others(
    request: Request, case: Case, change: Change, *, pressed: int = 0, with_itself: bool = False
) -> tuple[Outgoing, ...]:
    """The same for the other cases of a case's lesion, and for the cases made from it with their lesions.

    These are the moles of an album that was split, and lesions that were picked on a photo. Empty for a
    lesion whose flag stays as it is.
    """
    shown: list[str] = []
    async with request.services.database.read() as session:
        for number in (case.number, *await list_made(session, case.id)):
            mole = await get_case(session, number, subject=case.subject)
            if mole is None:
                continue  # an album that was split
            before = await find_flag(session, number, subject=case.subject)
            after = await find_flag(session, number, subject=case.subject, change=change)
            if before == after:
                continue
            same = await list_numbers_of_same_lesion(session, mole.id, subject=case.subject)
            shown += [each for each in (number, *same) if each != case.number or with_itself]
    numbers = [*dict.fromkeys(shown)]
    return await edit_lesion(request, numbers, subject=case.subject, pressed=pressed, change=change)


async def edit_beside_card(
    request: Request, case: Case, view: CaseView, change: Change
) -> tuple[Outgoing, ...]:
    """Edits of a case's details and of the list that it stands in, when the flag of its lesion changes."""
    redrawn = Redrawn(case=case, view=await add_flag(request, view, change), change=change)
    return await _edit_shown(request, redrawn, pressed=0, kinds=("details", "split"))


async def edit_details(request: Request, case: Case, kept: Kept, *, pressed: int = 0) -> tuple[Outgoing, ...]:
    """Edits of a case's details, when what is said about the patient changes and its level does not."""
    redrawn = Redrawn(case=case, view=await add_flag(request, view_case(case)), kept=kept)
    return await _edit_shown(request, redrawn, pressed=pressed, kinds=("details",))


async def edit_cards(
    request: Request, case: Case, view: CaseView, *, answer: Html, change: Change | None = None
) -> tuple[Outgoing, ...]:
    """Edits of the captions of a case's cards; `answer` is what the clinic answered."""
    async with request.services.database.read() as session:
        messages = await list_messages(session, case.number, subject=case.subject)
        is_split = await get_case(session, case.number, subject=case.subject) is None
        keys = [message.key for message in messages if message.kind == "answer" and not is_split]
        known = await find_message_ids(session, keys)
    view = await add_flag(request, view, change)
    keyboard = await answer_keyboard(request, view)
    return tuple(
        Outgoing(
            key=f"{request.turn.key}:along:{key}",
            chat_id=request.chat_id,
            text=write_caption(view, request.wording, answer=answer),
            keyboard=keyboard,
            replaces=key,
            edits_caption=True,  # a card that the sender deleted does not come back
            language=request.wording.language,
        )
        for key in known
    )


async def find_shown(request: Request, case: Case, *, kind: str) -> frozenset[int]:
    """The ids of the messages of this kind (one of `KINDS`) that show a case."""
    async with request.services.database.read() as session:
        messages = await list_messages(session, case.number, subject=case.subject)
        keys = [message.key for message in messages if message.kind == kind]
        sealed = await find_message_ids(session, keys)
    return frozenset(open_message_id(each, request.services.keyring) for each in sealed.values() if each)


async def _edit_shown(
    request: Request, shown: Redrawn, *, pressed: int, kinds: Sequence[str] = KINDS
) -> tuple[Outgoing, ...]:
    """Edits of the messages that show a case, its flag included; none for an album that was split."""
    number, subject = shown.case.number, shown.case.subject
    async with request.services.database.read() as session:
        if await get_case(session, number, subject=subject) is None:
            return ()
        messages = await list_messages(session, number, subject=subject)
        sealed = await find_message_ids(session, [message.key for message in messages])
    ids = {key: open_message_id(each, request.services.keyring) for key, each in sealed.items() if each}
    others = [
        each
        for each in messages
        if each.kind in kinds and each.key in sealed and ids.get(each.key) != pressed
    ]
    edits = [(each, await _edit(request, each, shown)) for each in others]
    return tuple(
        _edit_page(request, edit, ids[each.key]) if each.key.endswith(EDIT) and each.key in ids else edit
        for each, edit in edits
    )


def _edit_page(request: Request, edit: Outgoing, message_id: int) -> Outgoing:
    """The edit of a case that was opened in the place of another page, with the way back to the list."""
    keyboard = (*(edit.keyboard or ()), (back_button(request),))
    return replace(edit, replaces=None, edit_message_id=message_id, keyboard=keyboard)


async def _edit(request: Request, message: CaseMessage, shown: Redrawn) -> Outgoing:
    case, view = shown.case, shown.view
    outgoing = Outgoing(
        key=f"{request.turn.key}:along:{message.key}",
        chat_id=request.chat_id,
        replaces=message.key,
        language=request.wording.language,
    )
    if message.kind == "answer":
        is_adding = len(view.photos) > len(case.photos)  # a photo, recorded together with this edit
        photo_at = request.now() if is_adding else None
        answer = await request.services.clinics.say_on_card(view.number, request.wording, photo_at=photo_at)
        caption = write_caption(view, request.wording, answer=answer)
        keyboard = await answer_keyboard(request, view)
        return replace(outgoing, text=caption, photo=shown.picture, keyboard=keyboard)
    if message.kind == "details":
        text = await explain_case(request, case, view, kept=shown.kept)
        return replace(outgoing, text=text, keyboard=await case_keyboard(request, view))
    return await _edit_split(request, message, shown, outgoing)


async def _edit_split(request: Request, message: CaseMessage, shown: Redrawn, outgoing: Outgoing) -> Outgoing:
    """The list of an album's cases, with the new level in its place, and its unopened photos."""
    assert request.person is not None  # noqa: S101 - the case has an owner
    subject = request.person.subject
    async with request.services.database.read() as session:
        numbers = await list_cases_of_message(session, message.key, subject=subject)
        cases = [await get_case(session, number, subject=subject) for number in numbers]
        number = await find_album(session, shown.case.id)
        album = await get_case(session, number, subject=subject, also_split=True) if number else None
    known = {**shown.others, shown.view.number: shown.view}
    views = [
        known.get(case.number) or await add_flag(request, view_case(case), shown.change)
        for case in cases
        if case is not None
    ]
    views.sort(key=lambda each: each.photos[0].place)
    unopened = view_case(album).unopened if album else ()
    text, keyboard = write_split(request, views, unopened=unopened)
    return replace(outgoing, text=text, keyboard=keyboard)
