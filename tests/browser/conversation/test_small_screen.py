"""On the smallest phone an answer arrives with its level and its advice in view."""

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conversation.conftest import PHONE
from tests.browser.conversation.gp import ANSWER_MS, Gp, photo
from tests.support.drawn import draw_lesion, draw_object, draw_skin, jpeg_bytes

# 360 by 640, less the row of buttons that a linked clinic adds.
SMALL = PHONE | {"viewport": {"width": 360, "height": 584}}
PHOTOS = {
    "high": jpeg_bytes(draw_lesion(3, kind="melanoma", size_px=420)),
    "moderate": jpeg_bytes(draw_skin(3, size_px=420, skin="dark")),
    "low": jpeg_bytes(draw_skin(3, size_px=420)),
    "unread": jpeg_bytes(draw_object(1, size_px=420)),
}
WORDS = {
    "en": {
        "high": ("HIGH RISK", "Refer today"),
        "moderate": ("MODERATE RISK", "Score the 7-point checklist now."),
        "low": ("LOW RISK", "Score the 7-point checklist, too."),
        "unread": ("NOT ASSESSABLE", "Refer now"),
    },
    "fr": {
        "high": ("RISQUE ÉLEVÉ", "Demandez aujourd’hui"),
        "moderate": ("RISQUE INTERMÉDIAIRE", "Examinez selon ABCDE."),
        "low": ("RISQUE FAIBLE", "Examinez aussi selon ABCDE."),
        "unread": ("NON ÉVALUABLE", "Avis dermatologique très rapide"),
    },
}
START = {
    "en": ("Start", "I accept", "Now send me"),
    "fr": ("Démarrer", "J’accepte", "Envoyez-moi maintenant"),
}


def expect_in_view(gp: Gp, words: str) -> None:
    """The words of the newest message can be read without scrolling: a pixel of their line may be hidden."""
    found = gp.last.get_by_text(words).last
    expect(found).to_be_in_viewport(ratio=0.9, timeout=ANSWER_MS)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_level_and_advice_are_in_view_when_the_answer_arrives(arrive: Any, language: str) -> None:
    gp = arrive(f"Dr Small {language}", language, locale={"en": "en-GB", "fr": "fr-FR"}[language], **SMALL)
    start, accept, ready = START[language]
    gp.start(start)
    gp.press(accept)
    gp.expect_text(ready)
    for level, content in PHOTOS.items():
        gp.send(photo(content, f"{level}.jpg"))
        headline, advice = WORDS[language][level]
        gp.expect_card(headline, advice)
        expect_in_view(gp, headline)
        expect_in_view(gp, advice)
        gp.photograph(f"small-{language}-{level}")
