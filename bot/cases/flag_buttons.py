"""Buttons about flagged lesions: whether a case shows one of them, and what settles a flag."""

from collections.abc import Sequence
from typing import Final

from bot.cases.flag import add_flag, say_flag
from bot.cases.lesion_labels import label_of
from bot.cases.redraw import edit_lesion
from bot.cases.view import view_case
from bot.conversation.callback_data import Press
from bot.conversation.request import Reply, Request
from bot.conversation.wording import dashed
from bot.delivery.outgoing import Button, Keyboard, Outgoing
from bot.texts import join_lines
from storage.clinic.flags import Flag, list_candidates
from storage.record.cases import Case
from storage.record.flag_closings import Closing, close_flag, list_closings
from storage.record.lesions import list_lesions, list_numbers_of_same_lesion
from storage.record.sender_tables import MISTAKES

FLAG_VERBS: Final = frozenset({"which", "none", "settle"})
SHOWN: Final = 8  # flagged lesions to choose from, the newest first


async def press_flag(request: Request, press: Press, case: Case) -> Reply:
    """`o:CASE:which` asks whether it is a flagged lesion, `:none` says no, `:settle:HOW:FLAG` closes a flag.

    FLAG is what the page showed. If the lesion was flagged again since, the page shows the new flag.
    """
    verb, how = press.argument(1), press.argument(2)
    if verb == "which":
        return await _ask_which(request, case)
    if verb == "none":
        return Reply(messages=(await _say_none(request, press, case),))
    flag = (await add_flag(request, view_case(case))).flag
    settles = how in {"whole", *MISTAKES}
    if settles and (flag is None or (flag.why != "melanoma" and press.argument(3) == _stamp(flag))):
        return await _settle(request, press, case, is_flagged=flag is not None)
    if flag is None:
        return Reply(notice=request.say("flag-settled-before"))
    return Reply(messages=(_ask_how(request, press, case, flag),))


def settle_rows(request: Request, case: Case, flag: Flag | None) -> Keyboard:
    """The way to settle a flag; none for a proven melanoma, which stays flagged."""
    if flag is None or flag.why == "melanoma":
        return ()
    return ((Button(text=request.say("button-settle"), data=f"o:{case.number}:settle"),),)


async def _ask_which(request: Request, case: Case) -> Reply:
    async with request.services.database.read() as session:
        flagged = await list_candidates(session, case.number, subject=case.subject)
        lesions = {each.id: each for each, _ in await list_lesions(session, case.subject)}
    rows: list[Sequence[Button]] = []
    for each in flagged[:SHOWN]:
        lesion = None if each.lesion_id is None else lesions.get(each.lesion_id)
        name = each.numbers[-1] if lesion is None else label_of(request, lesion)
        target = f"same:{each.numbers[-1]}" if lesion is None else f"j:{lesion.id}"
        text = request.say("button-flagged", name=name, at=each.flag.at)
        rows.append((Button(text=text, data=f"o:{case.number}:{target}"),))
    rows.append((Button(text=request.say("button-none-flagged"), data=f"o:{case.number}:none"),))
    asked = request.say("flagged-ask", case=case.number, count=len(flagged))
    return Reply(messages=(request.message(asked, keyboard=tuple(tuple(row) for row in rows)),))


async def _say_none(request: Request, press: Press, case: Case) -> Outgoing:
    """That a case shows no flagged lesion, unless it was joined to one or flagged itself meanwhile."""
    async with request.services.database.read() as session:
        same = await list_numbers_of_same_lesion(session, case.id, subject=case.subject)
    flag = (await add_flag(request, view_case(case))).flag
    if len(same) < 2 or flag is None:
        none = request.say("flagged-none" if flag is None else "flagged-none-other", case=case.number)
        own = "" if flag is None else say_flag(flag, request.wording)
        return request.edit(press.message_id, join_lines((none, own)))
    joined = join_lines((request.say("flagged-joined", case=case.number), say_flag(flag, request.wording)))
    open_lesion = Button(text=request.say("button-lesion"), data=f"o:{case.number}")
    return request.edit(press.message_id, joined, keyboard=((open_lesion,),))


def _ask_how(request: Request, press: Press, case: Case, flag: Flag) -> Outgoing:
    """The next step of settling a flag, in one message."""
    how, said = press.argument(2), say_flag(flag, request.wording)

    def button(text_id: str, step: str) -> tuple[Button, ...]:
        return (Button(text=request.say(text_id), data=f"o:{case.number}:settle{step}"),)

    if flag.why == "melanoma":
        return request.message(join_lines((said, request.say("settle-melanoma")), gap="\n\n"))
    if how == "histology":
        whole = button("button-settle-whole", f":whole:{_stamp(flag)}")
        text, rows = "settle-whole", [whole, button("button-back-step", "")]
    elif how == "mistake":
        stamp = _stamp(flag)
        reasons = [button(f"button-settle-{dashed(each)}", f":{each}:{stamp}") for each in MISTAKES]
        text, rows = "settle-mistake", [*reasons, button("button-back-step", "")]
    else:
        text = "settle-ask"
        rows = [
            button("button-settle-histology", ":histology"),
            button("button-settle-mistake", ":mistake"),
        ]
    words = join_lines((said, request.say(text)), gap="\n\n")
    return request.edit(press.message_id, words, keyboard=tuple(rows))


def _stamp(flag: Flag) -> str:
    """Tells a flag from one that the lesion gets later: since when it stands, in milliseconds."""
    return str(round(flag.at.timestamp() * 1000))


async def _settle(request: Request, press: Press, case: Case, *, is_flagged: bool) -> Reply:
    """Close what flagged the lesion until now, with the reason, for all cases that it has now.

    A press that is processed again, after its process died, closes nothing again and shows what came of it.
    """
    how = press.argument(2)
    closing = Closing(why="histology") if how == "whole" else Closing(why="mistake", reason=how)
    async with request.services.database.write() as session:  # on its own: the answers show what came of it
        same = await list_numbers_of_same_lesion(session, case.id, subject=case.subject)
        numbers = same or [case.number]
        if is_flagged:
            await close_flag(session, numbers, closing, subject=case.subject, now=request.now())
        closed = [(number, each) for number, each, _ in await list_closings(session, case.subject)]
    if (case.number, closing) not in closed:
        return Reply(notice=request.say("flag-settled-before"))
    done = request.edit(press.message_id, request.say("flag-settled", case=case.number))
    along = await edit_lesion(request, numbers, subject=case.subject, pressed=press.message_id)
    return Reply(messages=(done, *along))
