"""About the patient on a phone, in both languages: asked once, read back, found again, in the letter."""

from io import BytesIO
from typing import Any

import pypdfium2
import pytest
from playwright.sync_api import expect

from tests.browser.conversation.clinic import press_on
from tests.browser.conversation.conftest import PHONE
from tests.browser.conversation.gp import ANSWER_MS, photo
from tests.support.drawn import draw_skin, jpeg_bytes

pytestmark = pytest.mark.timeout(300)
SKIN = jpeg_bytes(draw_skin(3, size_px=300))
ENGLISH = (
    ("Start", "I accept", "Now send me", "About the patient", "40–59", "woman", "back", "for months"),
    ("HIGH RISK", "My reference", "No names", "One sentence", "refer now", "Letter", "Copy as text"),
)
FRENCH = (
    ("Démarrer", "J’accepte", "Envoyez-moi", "Le patient", "40–59 ans", "femme", "dos", "depuis des mois"),
    ("RISQUE ÉLEVÉ", "Ma référence", "Aucun nom", "Une phrase", "très rapide", "Courrier", "Copier en texte"),
)


@pytest.mark.parametrize(
    ("language", "steps", "then", "growing", "sentence"),
    [
        ("en", *ENGLISH, "growing", "Bled in May"),
        ("fr", *FRENCH, "augmente de taille", "A saigné en mai"),
    ],
)
def test_a_gp_says_who_the_patient_is_and_finds_it_again(
    arrive: Any, language: str, *, steps: Any, then: Any, growing: str, sentence: str
) -> None:
    locale = {"en": "en-GB", "fr": "fr-FR"}[language]
    gp = arrive(f"Dr {language}", language, locale=locale, **PHONE)
    start, accept, ready, about, *choices = steps
    high, reference, no_names, one_sentence, safety, letter, copy = then
    gp.start(start)
    gp.press(accept)
    gp.expect_text(ready)
    gp.send(photo(SKIN))
    card = gp.expect_card()
    gp.press(about)
    gp.press("Age" if language == "en" else "Âge")
    for choice in choices:
        button = card.get_by_test_id("inline-button").get_by_text(choice, exact=True)
        expect(button).to_be_visible(timeout=ANSWER_MS)
        button.click()
    gp.photograph(f"patient-{language}-change")
    press_on(card, growing)
    expect(card).to_contain_text(high, timeout=ANSWER_MS)
    gp.press("‹")
    gp.photograph(f"patient-{language}-list")
    gp.press(reference)
    gp.expect_text(no_names)
    gp.write("Room-4 b")
    gp.expect_text("Room-4 b")
    gp.press(one_sentence)
    expect(gp.message_with("160")).to_be_visible(timeout=ANSWER_MS)
    gp.write(sentence)
    gp.expect_text(safety)
    gp.photograph(f"patient-{language}-read-back")
    gp.write("/history room-4 B")
    gp.expect_text("🔖 Room-4 b")
    gp.press(letter)
    expect(gp.last.get_by_test_id("document")).to_be_visible(timeout=ANSWER_MS)
    with gp.page.expect_download() as event:
        gp.last.get_by_test_id("document").click()
    page = pypdfium2.PdfDocument(BytesIO(event.value.path().read_bytes()))[0]
    text = page.get_textpage().get_text_bounded().replace("\N{NO-BREAK SPACE}", " ")
    assert "Room-4 b" in text
    assert sentence in text
    gp.press(copy)
    gp.expect_text("Room-4 b")
