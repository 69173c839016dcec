"""An album that shows different moles: one case a photo instead of one for all."""

from collections.abc import Sequence
from dataclasses import replace

from bot.answers.caption import has_unread_photo
from bot.answers.cases import CaseView, split_views, stored_photos
from bot.answers.wording import dashed
from bot.handlers.history import find_own_case
from bot.handlers.presses import Press
from bot.handlers.visit import Reply, Visit
from bot.texts import Html, join_lines
from bot.turns import Button, Keyboard, Record
from inference.assessment import RANK
from inference.readings import RiskLevel
from storage.cases import Case, NewCase, new_number, split_case
from storage.database import WriteSession


async def split_album(visit: Visit, press: Press) -> Reply:
    """Assess each photo on its own, from what was recorded: no photo is needed again."""
    case = await find_own_case(visit, press.argument(0))
    if case is None:
        return Reply(notice=visit.say("split-done"))
    views = split_views(case, [new_number() for _ in case.photos], visit.services.release.policy)
    caption = visit.edit(press.message_id, visit.say("split-caption", case=case.number))
    return Reply(
        messages=(
            replace(caption, edits_caption=True),
            visit.message(_explain(visit, case, views), keyboard=_keyboard(views)),
        ),
        records=(_split_record(visit, case, views),),
    )


def _explain(visit: Visit, case: Case, views: Sequence[CaseView]) -> Html:
    """One line a case, then what to do for each level among them, the most urgent first."""
    title = visit.say("split-title", case=case.number, count=len(views))
    lines = join_lines(_line(visit, view) for view in views)
    levels = sorted({view.assessment.level for view in views}, key=RANK.__getitem__, reverse=True)
    advice = [_advice(visit, level) for level in levels]
    if any(has_unread_photo(view) for view in views):
        advice.append(visit.say("safety-net"))
    return join_lines((title, lines, *advice, visit.say("disclaimer")), gap="\n\n")


def _line(visit: Visit, view: CaseView) -> Html:
    level = view.assessment.level
    mark, word = visit.wording.mark(level), visit.wording.level(level)
    return visit.say("split-line", case=view.number, photo=view.leading.place, mark=mark, level=word)


def _advice(visit: Visit, level: RiskLevel) -> Html:
    if level in (RiskLevel.HIGH, RiskLevel.MODERATE):
        advice = visit.say("advice-" + dashed(level), pathway=visit.wording.urgent())
    else:
        advice = visit.say("advice-" + dashed(level))
    if level is RiskLevel.LOW:
        not_valid = visit.say("low-not-valid", what=visit.say("low-skin-type-and-site"))
        advice = join_lines((advice, not_valid), gap=" ")
    return visit.say("split-advice", mark=visit.wording.mark(level), advice=advice)


def _keyboard(views: Sequence[CaseView]) -> Keyboard:
    return tuple((Button(text=view.number, data=f"d:{view.number}"),) for view in views)


def _split_record(visit: Visit, case: Case, views: Sequence[CaseView]) -> Record:
    new = [
        NewCase(
            turn_key=f"{case.turn_key}:{view.leading.place}",
            number=view.number,
            subject=case.subject,
            level=view.assessment.level,
            model_level=view.assessment.model_level,
            reasons=tuple(view.assessment.reasons),
            language=visit.wording.language,
            versions=case.versions,
            photos=stored_photos(view),
        )
        for view in views
    ]

    async def record(session: WriteSession) -> None:
        await split_case(session, case.number, subject=case.subject, cases=new, now=visit.now())

    return record
