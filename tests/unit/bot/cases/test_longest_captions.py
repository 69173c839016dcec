"""No caption is longer than Telegram takes, whatever is said in it at once."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import product

import pytest

from bot.cases.caption import CAPTION_UNITS, write_caption
from bot.cases.patient_context import RISKS
from bot.cases.signs_of_change import say_disagreement
from bot.cases.view import CaseView, SeenPhoto
from bot.clinic.facts import CardFacts, Details, Said, write_card_caption
from bot.conversation.wording import count_units
from bot.texts import Html, join_lines
from inference.assessment import assess
from inference.readings import Context, Reason
from storage.clinic.flags import Flag
from tests.support.builders import EVERYTHING, gated, readable, wording
from tests.support.offline import FakeRelease

NOW = datetime(2026, 9, 30, 12, 59, tzinfo=UTC)
NOTHING_FOUND = replace(EVERYTHING, seven_point=frozenset(), abcde=frozenset(), red_flags=frozenset())
RAISED = replace(NOTHING_FOUND, raised_by="N-4F7K2M")
UNREAD = gated(Reason.QUALITY)
ALBUMS = (
    [readable(0.95, 0.95)],
    [readable(0.5, 0.5)],
    [readable(0.05, 0.05)],
    [UNREAD],
    [UNREAD] * 10,
    [readable(0.5, 0.5), *[UNREAD] * 9],
    [*[readable(0.05, 0.05)] * 3, *[UNREAD] * 7],
)


VIEWS = [
    CaseView(
        number="N-4F7K2M",
        assessment=assess(album, context, FakeRelease().policy),
        photos=tuple(SeenPhoto(place=n, photo_hash=str(n), findings=each) for n, each in enumerate(album, 1)),
        context=context,
        has_older_picture=True,
    )
    for album, context in product(ALBUMS, (Context(), RAISED, NOTHING_FOUND, EVERYTHING))
]


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("question", ["", "all", "change"])
def test_an_answer_fits_with_flag_correction_and_open_page(language: str, question: str) -> None:
    words = wording(language, pathway="")
    urgent = words.say("verdict-urgent", pathway=words.urgent())
    monitor = words.say("verdict-monitor", count=6)
    replaced = words.say("card-replaced", verdict=monitor, at=NOW)
    answers = (
        Html(),
        words.say("own-card-answered", verdict=urgent),
        join_lines((words.say("own-card-corrected", verdict=urgent), replaced)),
    )
    flags = (None, Flag(why="urgent", number="N-222222", at=NOW))
    for view, flag, answer in product(VIEWS, flags, answers):
        level = view.assessment.level
        asked = words.say(f"patient-question-{question}") if question else ""
        said = {"mark": words.mark(level), "level": words.level(level), "question": asked}
        prompt = words.say("prompt-patient", **said) if question else ""
        if question == "change":
            prompt = join_lines((prompt, say_disagreement(view.context, words)))
        caption = write_caption(replace(view, flag=flag), words, answer=answer, prompt=prompt)
        assert count_units(caption) <= CAPTION_UNITS
        assert words.say("disclaimer") in caption
        assert str(answer).partition("\n")[0] in caption, "the answer that holds is never left out"


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("state", ["open", "claimed", "answered"])
@pytest.mark.parametrize("change", ["changed", "unchanged"])
def test_the_clinics_card_fits_with_all_that_can_be_said(language: str, state: str, change: str) -> None:
    words = wording(language, pathway="")
    details = Details(
        token="t",
        case_number="N-4F7K2M",
        age="under-18",
        sex="female",
        site="palm-or-sole",
        duration="months",
        change=change,
        risks=RISKS,
        sentence="🩸<" * 80,
    )
    is_answered = state == "answered"
    facts = CardFacts(
        details=details,
        asked_at=NOW,
        state=state,
        claimer="A" * 129 if state != "open" else None,
        verdict=Said(kind="urgent") if is_answered else None,
        replaced=Said(kind="monitor", months=6) if is_answered else None,
        replaced_at=NOW if is_answered else None,
        comments=("🩸<&" * 100,) * 3 if state != "open" else (),
        is_unreachable=True,
        is_overdue=True,
        is_older_picture=True,
        earlier=((NOW, "high"),) * 9,
    )
    made = tuple(VIEWS[:10])
    for view in VIEWS:
        caption = write_card_caption(view, facts, words)
        assert count_units(caption) <= CAPTION_UNITS
        assert words.say(f"headline-{view.assessment.level.replace('_', '-')}", case=view.number) in caption
        caption = write_card_caption(view, replace(facts, made=made), words)
        assert count_units(caption) <= CAPTION_UNITS
        assert words.say("headline-high", case=view.number) in caption
