"""A lesion is followed by pictures: agreed to, photographed again, compared, flagged; in both languages."""

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conversation.conftest import PHONE
from tests.browser.conversation.gp import ANSWER_MS, photo
from tests.support.drawn import draw_lesion, draw_skin, jpeg_bytes

pytestmark = pytest.mark.timeout(300)
DARK = photo(jpeg_bytes(draw_lesion(3, kind="melanoma", size_px=420)), "dark.jpg")
PALE = photo(jpeg_bytes(draw_skin(3, size_px=300)), "pale.jpg")
ENGLISH = {
    "start": ("Start", "I accept", "Now send me a photo"),
    "levels": ("HIGH RISK", "LOW RISK"),
    "follow": ("Follow", "not followed", "The patient agreed", "photos of 1 case are kept"),
    "asked": ("Is it the flagged lesion?", "is it one of these?"),
    "shown": ("not to scale", "Flagged: rated high"),
    "remind": ("Remind me", "3 months", "Was the patient referred?"),
}
FRENCH = {
    "start": ("Démarrer", "J’accepte", "Envoyez-moi maintenant"),
    "levels": ("RISQUE ÉLEVÉ", "RISQUE FAIBLE"),
    "follow": ("Suivre", "ne suivais pas", "Accord du patient", "d’un cas sont conservées"),
    "asked": ("Est-ce la lésion signalée", "est-ce l’une de ces lésions"),
    "shown": ("pas à l’échelle", "niveau élevé le"),
    "remind": ("Rappel", "3 mois", "Le patient a-t-il été adressé"),
}


@pytest.mark.parametrize(
    ("language", "words", "window"),
    [("en", ENGLISH, {}), ("fr", FRENCH, {"locale": "fr-FR", **PHONE})],
)
def test_a_gp_follows_a_lesion_by_pictures(
    arrive: Any, language: str, words: dict[str, tuple[str, ...]], window: dict[str, Any]
) -> None:
    gp = arrive("Dr Follow", language, **window)
    start, accept, ready = words["start"]
    gp.start(start)
    gp.press(accept)
    gp.expect_text(ready)
    gp.send(DARK)
    gp.expect_card(words["levels"][0])
    follow, new, agree, kept = words["follow"]
    gp.press(follow)
    gp.press(new)
    gp.press(agree)
    expect(gp.last).to_contain_text(kept, timeout=ANSWER_MS)
    gp.photograph(f"follow-1-agreed-{language}")
    gp.send(PALE)
    gp.expect_card(words["levels"][1])
    gp.press(words["asked"][0])
    gp.expect_text(words["asked"][1])
    gp.photograph(f"follow-2-asked-{language}")
    gp.last.get_by_test_id("inline-button").first.click()
    picture = gp.expect_card(*words["shown"])
    picture.scroll_into_view_if_needed()
    gp.photograph(f"follow-3-side-by-side-{language}")
    low = gp.message_with(words["levels"][1])
    expect(low).to_contain_text(words["shown"][1], timeout=ANSWER_MS)
    remind, months, asked = words["remind"]
    gp.press(remind)
    gp.press(months)
    gp.expect_text(asked)
    gp.photograph(f"follow-4-referred-{language}")
