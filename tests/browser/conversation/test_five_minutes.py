"""`docs/five-minutes.md`, played as it is written: its labels and words are those of the product."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conversation.clinic import GROUP, Dermatologist, find_chat, find_person
from tests.browser.conversation.conftest import PHONE
from tests.browser.conversation.gp import ANSWER_MS, Gp
from tests.support.product import NO_LIMITS, Product
from tests.support.tiny_release import write_tiny_release

pytestmark = pytest.mark.timeout(400)

DOCUMENT = Path(__file__).parents[3] / "docs" / "five-minutes.md"
TITLES = {"en": "## In English", "fr": "## En français"}
PEOPLE = {"en": "Dr Taylor", "fr": "Dr Martin"}
LOCALES = {"en": "en-GB", "fr": "fr-FR"}
CLINIC = ("Clinic", "Équipe")
VERBS = {
    "press": r"(?:Press|Appuyer sur) \*\*(?P<what>.+)\*\*",
    "tap": r"(?:Tap the sample|Toucher l’exemple) \*\*(?P<what>.+)\*\*",
    "choose": r"(?:Choose|Choisir) \*\*(?P<what>.+)\*\*",
    "open": r"(?:Open|Ouvrir) \*\*(?P<what>.+)\*\*",
    "write": r"(?:Write|Écrire) `(?P<what>.+)`",
    "reply": r"(?:Reply to|Répondre à) [“«] ?(?P<to>.+?) ?[”»] ?: `(?P<what>.+)`",
}
SEEN = re.compile(r"(?P<who>\w+) ?: [“«] ?(?P<words>.+?) ?[”»]")


@dataclass(frozen=True)
class Step:
    """One row of a table."""

    number: int
    is_clinic: bool
    verb: str
    what: str
    to: str
    seen: tuple[tuple[bool, str], ...]  # whether the clinic sees it, and the words


def read_steps(language: str) -> list[Step]:
    """The table of one language; every row must be understood."""
    _, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(TITLES[language])
    steps = []
    for row in re.findall(
        r"^\| (\d+) \| (\S+) \| (.+?) \| ?(.*?) ?\|$", rest.partition("\n## ")[0], re.MULTILINE
    ):
        number, who, does, appears = row
        found = ((verb, match) for verb, form in VERBS.items() if (match := re.fullmatch(form, does)))
        verb, match = next(found)
        seen = tuple((each["who"] in CLINIC, each["words"]) for each in SEEN.finditer(appears))
        assert bool(seen) is bool(appears), row
        parts = match.groupdict()
        steps.append(Step(int(number), who in CLINIC, verb, parts["what"], parts.get("to", ""), seen))
    assert [step.number for step in steps] == list(range(1, len(steps) + 1))
    return steps


@pytest.fixture
def product(tmp_path: Path) -> Iterator[Product]:
    """`make run` without a token, anew for each language."""
    write_tiny_release(tmp_path / "models")
    product = Product(tmp_path / "var", tmp_path / "models", NO_LIMITS)
    product.start()
    yield product
    assert product.stop() == 0, "".join(product.lines)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_gp_and_a_dermatologist_follow_the_document_on_phones(
    arrive: Any, product: Product, language: str
) -> None:
    product.ask("POST", "/api/limits", enabled=False)
    options = PHONE | {"locale": LOCALES[language]}
    gp = arrive("GP", person=find_person(product, PEOPLE[language]), **options)
    leroy = find_person(product, "Dr Leroy")
    page = arrive("clinic", person=leroy, **options).page
    clinic = Dermatologist(page, leroy, product.link, find_chat(product, leroy, GROUP))
    steps = read_steps(language)
    for step in steps:
        play(clinic if step.is_clinic else gp, step)
        for is_clinic, words in step.seen:
            expect_words(clinic if is_clinic else gp, words)
        if step.number in (len(steps) // 3, 2 * len(steps) // 3, len(steps) - 2):
            gp.photograph(f"five-minutes-{language}-{step.number}-gp")
            clinic.photograph(f"five-minutes-{language}-{step.number}-clinic")


def play(person: Gp, step: Step) -> None:
    """Do what the row says."""
    page, what = person.page, step.what
    if step.verb == "write":
        person.write(what)
    elif step.verb == "open":
        assert what == GROUP
        assert isinstance(person, Dermatologist)
        person.visit_group()
    elif step.verb == "tap":
        sample = page.locator(f".sample[title='{what}']")
        if not sample.is_visible():
            page.get_by_test_id("attach").click()
            page.get_by_role("menuitem").last.click()
        sample.click()
    elif step.verb == "choose":
        keys = page.get_by_test_id("reply-keyboard"), page.get_by_test_id("share-chat")
        keys[0].or_(keys[1]).get_by_role("button").filter(has_text=what.removeprefix("👥 ")).first.click()
    elif step.verb == "reply":
        message = person.message_with(step.to)
        message.locator("[data-fk=reply]").dispatch_event("click")
        person.write(what)
    else:
        press(page.get_by_test_id("inline-button").get_by_text(what, exact=True).last, person, what)


def press(button: Locator, person: Gp, label: str) -> None:
    """A button under a message, or the one under an empty chat."""
    start = person.page.get_by_role("button", name=label, exact=True).last
    button.or_(start).last.click()


def expect_words(person: Gp, words: str) -> None:
    """Some message of the assistant in the open chat says this."""
    said = person.page.locator("[data-testid=message][data-own=false]").filter(has_text=words).last
    expect(said).to_be_visible(timeout=ANSWER_MS)


def test_both_tables_tell_the_same_story() -> None:
    english, french = read_steps("en"), read_steps("fr")
    assert english[1].what == "English", "Dr Leroy's own language is French"
    said_in_both = [english[0], *english[2:]]
    assert [(step.is_clinic, step.verb) for step in said_in_both] == [
        (step.is_clinic, step.verb) for step in french
    ]
