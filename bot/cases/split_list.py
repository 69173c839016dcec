"""The list of cases that an album was split into."""

from collections.abc import Sequence

from bot.cases.caption import has_unread_photo, say_limits, say_raised
from bot.cases.flag import say_flag_of
from bot.cases.signs_of_change import find_changes
from bot.cases.view import CaseView
from bot.conversation.request import Request
from bot.conversation.wording import dashed
from bot.delivery.outgoing import Button, Keyboard
from bot.texts import Html, join_lines
from inference.judging import RANK
from inference.readings import Reason, RiskLevel


def write_split(
    request: Request, views: Sequence[CaseView], *, unopened: Sequence[int]
) -> tuple[Html, Keyboard]:
    """One line a case, then what to do for each level among them, the most urgent first; and the buttons.

    Args:
        request: whose album it is.
        views: its cases, in the order of its photos.
        unopened: the places of its photos that could not be opened; they have no case.
    """
    title = request.say("split-title", count=len(views))
    lines = []
    for view in views:
        level = view.assessment.level
        words = {"mark": request.wording.mark(level), "level": request.wording.level(level)}
        first = view.photos[0].place  # the album's photo; a better one may have come since
        line = request.say("split-line", case=view.number, photo=first, **words)
        lines += [line, say_flag_of(view, request.wording, is_short=True), say_raised(view, request.wording)]
    raised = [each for each in views if each.together and Reason.BOTH_PHOTOS in each.assessment.reasons]
    kept = Html()
    if raised and raised[0].together:  # an album has one such level
        places = " + ".join(str(each.photos[0].place) for each in raised)
        kept = request.say("split-together", photos=places, level=request.wording.level(raised[0].together))
    levels = sorted({view.assessment.level for view in views}, key=RANK.__getitem__, reverse=True)
    advice = [_advice(request, level, views) for level in levels]
    if unopened:
        advice.append(say_unopened(request, unopened))
    if unopened or any(has_unread_photo(view) for view in views):
        advice.append(request.say("safety-net"))
    text = join_lines((title, join_lines(lines), kept, *advice, request.say("disclaimer")), gap="\n\n")
    return text, tuple((Button(text=view.number, data=f"d:{view.number}"),) for view in views)


def say_unopened(request: Request, unopened: Sequence[int]) -> Html:
    """Which photos of an album could not be opened; empty if all could."""
    if not unopened:
        return Html()
    problem = request.say("problem-unreadable")
    unread = (request.say("unread-photo", photo=place, problem=problem) for place in unopened)
    return request.say("unread-photos", photos=join_lines(unread, gap=", "))


def _advice(request: Request, level: RiskLevel, views: Sequence[CaseView]) -> Html:
    if level is RiskLevel.NOT_ASSESSABLE:
        advice = request.say("unread-this")
    else:
        advice = request.say("advice-" + dashed(level), pathway=request.wording.urgent())
    if level in (RiskLevel.LOW, RiskLevel.MODERATE):
        rated = [each for each in views if each.assessment.level is level]
        changed = [each.number for each in rated if find_changes(each.context)]
        has_changed = request.say(f"advice-{dashed(level)}-changed", pathway=request.wording.urgent())
        named = request.say("split-changed", cases=", ".join(changed), advice=has_changed)
        others = advice if len(changed) < len(rated) else ""  # whose change is still to be waited for
        advice = join_lines((others, named if changed else ""), gap=" ")
    if level is RiskLevel.LOW:
        unanswered = {each for view in views for each in view.assessment.unanswered}
        limits = say_limits([each for each in ("skin_type", "site") if each in unanswered], request.wording)
        advice = join_lines((advice, limits), gap=" ")
    return request.say("split-advice", mark=request.wording.mark(level), advice=advice)
