"""The checklist on a phone, in both languages, and the timeline of a lesion."""

from typing import Any

from playwright.sync_api import expect

from tests.browser.conversation.conftest import PHONE
from tests.browser.conversation.gp import ANSWER_MS, photo
from tests.support.drawn import draw_skin, jpeg_bytes

SKIN = jpeg_bytes(draw_skin(3, size_px=300))


def test_a_gp_ticks_what_is_found_and_the_card_follows(arrive: Any) -> None:
    gp = arrive("Dr Jones", **PHONE)
    gp.start("Start")
    gp.press("I accept")
    gp.expect_text("Now send me a photo")
    gp.send(photo(SKIN))
    gp.expect_card("LOW RISK", "Not valid for")
    gp.press("About the patient")
    gp.press("Skin")
    gp.press("III")
    expect(gp.last.get_by_test_id("inline-button").filter(has_text="✅ III")).to_be_visible(timeout=ANSWER_MS)
    gp.photograph("checklist-patient")
    gp.press("Done")
    gp.press("7-point checklist")
    gp.press("Change in size")
    expect(gp.last).to_contain_text("2 of 10 points", timeout=ANSWER_MS)
    gp.press("Oozing")
    gp.expect_card("HIGH RISK", "Refer today")
    gp.photograph("checklist-high")
    gp.press("Done")
    gp.press("Follow")
    gp.expect_text("which lesion")
    gp.press("not followed")
    gp.expect_text("Followed since")
    gp.press("Timeline")
    gp.expect_card("1 case so far")
    gp.photograph("timeline")


def test_in_french_abcde_comes_first(arrive: Any) -> None:
    gp = arrive("Dr Petit", "fr", locale="fr-FR", **PHONE)
    gp.start("Démarrer")
    gp.press("J’accepte")
    gp.expect_text("Envoyez-moi maintenant")
    gp.send(photo(SKIN))
    gp.expect_card("RISQUE FAIBLE")
    gp.press("ABCDE")
    gp.press("Vilain petit canard")
    gp.expect_card("RISQUE ÉLEVÉ", "vilain petit canard")
    gp.photograph("checklist-fr")
