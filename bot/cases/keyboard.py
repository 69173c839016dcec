"""The buttons under an answer, and the pages of the checklist that take their place."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final

from bot.cases.caption import may_be_several_moles
from bot.cases.checklist_answers import ABCDE, RED_FLAGS, SEVEN_POINT, has_item
from bot.cases.several_lesions import find_lesions
from bot.cases.view import CaseView
from bot.conversation.request import Request
from bot.conversation.wording import dashed
from bot.delivery.outgoing import Button, Keyboard
from bot.texts import Html
from inference.assessment import seven_point_score
from inference.readings import Context
from storage.clinic.flags import list_candidates

CLOSED, SEVEN, LETTERS = "0", "7", "e"
FIRST_PAGE: Final = {"en": SEVEN, "fr": LETTERS}  # NICE in English, HAS in French
PROMPTS: Final = {SEVEN: "prompt-seven-point", LETTERS: "prompt-abcde"}

Row = tuple[Button, ...]


async def answer_keyboard(request: Request, view: CaseView) -> Keyboard:
    """Under a card: what can be done about its case."""
    details = Button(text=request.say("button-details"), data=f"d:{view.number}")
    *first, record = await _case_rows(request, view)
    split = Button(text=request.say("button-split"), data=f"s:{view.number}")
    flagged = await _flag_rows(request, view)
    keyboard = (*flagged, *_pick_rows(request, view), *first, (details, *record))
    if may_be_several_moles(view):
        return ((split,), *keyboard)
    return (*keyboard, (split,)) if len(view.photos) > 1 else keyboard


async def case_keyboard(request: Request, view: CaseView) -> Keyboard:
    """Wherever a case is shown: is it a flagged lesion, and what can be done about it."""
    return (*await _flag_rows(request, view), *await _case_rows(request, view))


def checklist_button(request: Request, number: str) -> Button:
    """Opens the checklist under a case."""
    page = FIRST_PAGE[request.wording.language]
    return Button(text=request.say("button-checklist"), data=f"k:{number}:{page}")


async def _case_rows(request: Request, view: CaseView) -> Keyboard:
    """Answer the checklist, ask the clinic, follow the lesion, write a letter.

    A lesion is not followed by photos that were all refused: there is nothing to compare with.
    """
    is_refused = all(photo.findings.gate for photo in view.photos)
    clinic: Row = ()
    subject = request.person.subject if request.person is not None and request.is_private else None
    if subject is not None and await request.services.clinics.may_ask(subject):
        clinic = (Button(text=request.say("button-ask-clinic"), data=f"q:{view.number}:ask"),)
    return (
        (
            checklist_button(request, view.number),
            _patient(request, view),
        ),
        *((clinic,) if clinic else ()),
        (
            *(() if is_refused else (Button(text=request.say("button-lesion"), data=f"o:{view.number}"),)),
            Button(text=request.say("button-letter"), data=f"w:{view.number}"),
        ),
    )


def page_keyboard(request: Request, view: CaseView, page: str) -> Keyboard:
    """One page of the checklist; each button holds the state that it sets."""
    make = _PageMaker(request, view, page)
    return make.seven_point() if page == SEVEN else make.letters()


def prompt_of(request: Request, view: CaseView, page: str) -> Html:
    """The question of an open page, with the level and the total: a small screen hides the headline."""
    if page not in PROMPTS:
        return Html()
    level, context = view.assessment.level, view.context
    return request.say(
        PROMPTS[page],
        mark=request.wording.mark(level),
        level=request.wording.level(level),
        score=seven_point_score(context.seven_point or ()),
        letters=len(context.abcde or ()),
    )


def in_rows(buttons: Iterable[Button], width: int) -> Keyboard:
    """Buttons side by side."""
    listed = list(buttons)
    return tuple(tuple(listed[first : first + width]) for first in range(0, len(listed), width))


class _PageMaker:
    """Makes the rows of one page for one case."""

    def __init__(self, request: Request, view: CaseView, page: str) -> None:
        self._request = request
        self._view = view
        self._page = page

    def seven_point(self) -> Keyboard:
        """NICE: seven points, then the flags."""
        items = [*self._items(SEVEN_POINT, "seven-"), self._item("s-", "button-none-of")]
        return (*in_rows(items, 2), *self._flags(), self._ways((LETTERS, "button-abcde")))

    def letters(self) -> Keyboard:
        """HAS: letters and the ugly duckling, then the flags."""
        items = [*self._items(ABCDE, "abcde-"), self._item("e-", "button-none-of")]
        return (*in_rows(items, 2), *self._flags(), self._ways((SEVEN, "button-seven-point")))

    def _items(self, table: Mapping[str, StrEnum], prefix: str) -> list[Button]:
        return [self._item(item, prefix + dashed(word)) for item, word in table.items()]

    def _flags(self) -> Keyboard:
        return in_rows(self._items(RED_FLAGS, "button-"), 2)

    def _ways(self, other: tuple[str, str]) -> Row:
        return (
            _turn(self._request, self._view, *other),
            _patient(self._request, self._view),
            close_button(self._request, self._view),
        )

    def _item(self, item: str, text_id: str) -> Button:
        return self._button(item, self._request.say(text_id))

    def _button(self, item: str, text: Html) -> Button:
        is_ticked = has_item(self._context, item)
        label = self._request.say("button-ticked", item=text) if is_ticked else text
        wanted = 0 if is_ticked else 1
        return Button(text=label, data=f"k:{self._view.number}:{self._page}:{item}:{wanted}")

    @property
    def _context(self) -> Context:
        return self._view.context


async def _flag_rows(request: Request, view: CaseView) -> Keyboard:
    """Whether the case shows one of the sender's flagged lesions, as long as it is not followed."""
    is_linked = view.flag is not None and view.flag.number != view.number
    if request.person is None or not request.is_private or is_linked:
        return ()
    async with request.services.database.read() as session:
        flagged = await list_candidates(session, view.number, subject=request.person.subject)
    if not flagged:
        return ()
    asked = request.say("button-which-flagged", count=len(flagged))
    return ((Button(text=asked, data=f"o:{view.number}:which"),),)


def _pick_rows(request: Request, view: CaseView) -> Keyboard:
    """A button for each lesion that was read, if there are several and none was picked."""
    lesions = find_lesions(view)
    if lesions is None or lesions.picked is not None:
        return ()
    photo = view.assessment.leading_photo + 1
    return in_rows(
        (
            Button(
                text=request.say("button-pick", number=number), data=f"pick:{view.number}:{photo}:{number}"
            )
            for number in range(1, len(lesions.levels) + 1)
        ),
        3,
    )


def close_button(request: Request, view: CaseView) -> Button:
    """Closes a page: the buttons of the answer come back."""
    return _turn(request, view, CLOSED, "button-done")


def _patient(request: Request, view: CaseView) -> Button:
    return Button(text=request.say("button-patient"), data=f"patient:{view.number}")


def _turn(request: Request, view: CaseView, page: str, text_id: str) -> Button:
    return Button(text=request.say(text_id), data=f"k:{view.number}:{page}")
