"""The details of an answer, in a message beside the classifiers' maps."""

import asyncio
from dataclasses import replace

from bot.cases.card import render_maps
from bot.cases.explain import explain_case
from bot.cases.flag import add_flag
from bot.cases.history import find_own_case
from bot.cases.keyboard import case_keyboard
from bot.cases.opened import keep_opened
from bot.cases.reread import read_again
from bot.cases.revising import Follow
from bot.cases.sharing import share_case
from bot.cases.view import CaseView, view_case
from bot.conversation.callback_data import Press
from bot.conversation.request import Reply, Request
from bot.delivery.outgoing import Outgoing
from bot.texts import join_lines
from storage.record.cases import Case


async def show_details(request: Request, press: Press, *, follow: Follow) -> Reply:
    """The details of an answer: the classifiers' maps, then a message with the rest.

    Raises:
        BusyError: the maps wait for the networks; the turn is retried.
    """
    case = await find_own_case(request, press.argument(0))
    if case is None:
        return Reply(notice=request.say("case-unknown"))
    case, shared = await share_case(request, case, follow=follow)
    view = await add_flag(request, view_case(case))
    maps = await _draw_maps(request, case, view)
    gone = request.say("details-maps-gone") if maps is None else ""
    text = join_lines((await explain_case(request, case, view), gone), gap="\n\n")
    details = request.message(text, keyboard=await case_keyboard(request, view))
    keep = keep_opened(request, details, case)
    return shared.add_to(Reply(messages=(*(maps or ()), details), records=(keep,)))


async def _draw_maps(request: Request, case: Case, view: CaseView) -> tuple[Outgoing, ...] | None:
    """A picture of each classifier's map, none for a photo that was not read, None for one that is gone."""
    if view.leading.findings.gate:
        return ()
    readings = await read_again(request, case)
    if readings is None:
        return None
    reading = readings[view.assessment.leading_photo]
    pictures = await asyncio.to_thread(render_maps, view, reading, request.wording)
    return tuple(
        replace(request.message("", name=f"map-{place}"), text=None, photo=picture)
        for place, picture in enumerate(pictures)
    )


__all__ = ["show_details"]
