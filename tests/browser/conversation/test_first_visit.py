"""A general practitioner uses the product: `nevus run`, its chat page, a browser, drawn lesions."""

from typing import Any

import numpy as np
import pytest

from tests.browser.conversation.gp import Gp, photo
from tests.support.drawn import draw_lesion, draw_object, jpeg_bytes


@pytest.fixture(scope="session")
def dark() -> dict[str, Any]:
    """A lesion with a dark centre: high, by the tiny networks."""
    return photo(jpeg_bytes(draw_lesion(3, kind="melanoma", size_px=420)), "dark.jpg")


@pytest.fixture(scope="session")
def pale() -> dict[str, Any]:
    """A lesion with a pale centre: low, by the tiny networks."""
    return photo(jpeg_bytes(brighten(draw_lesion(2, skin="light", size_px=420))), "pale.jpg")


def brighten(picture: Any) -> Any:
    return np.clip(picture.astype(np.float32) * 0.45 + 140, 0, 255).astype(np.uint8)


def accepted(gp: Gp, start: str = "Start", accept: str = "I accept") -> Gp:
    gp.start(start)
    gp.press(accept)
    return gp


def test_a_gp_starts_consents_and_gets_a_card(arrive: Any, dark: dict[str, Any]) -> None:
    """From an empty chat to the level, the advice, the details and the history."""
    gp = arrive("Dr Novak")
    gp.photograph("1-empty")
    gp.start("Start")
    gp.expect_text("Not a medical device")
    gp.photograph("2-terms")
    gp.press("I accept")
    gp.expect_text("Now send me a photo")
    gp.send(dark)
    card = gp.expect_card("HIGH RISK", "Refer today", "not a medical device")
    gp.photograph("3-card")
    card.get_by_role("button", name="Details").click()
    gp.expect_text("Why this level")
    gp.photograph("4-details")
    gp.write("/history")
    gp.expect_text("Your case")
    gp.photograph("5-history")


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("Start", "I accept", "Now send me a photo", "RISK")),
        ("fr", ("Démarrer", "accepte", "Envoyez-moi maintenant une photo", "RISQUE")),
    ],
)
def test_a_gp_without_a_photo_tries_a_sample(
    arrive: Any, language: str, words: tuple[str, str, str, str]
) -> None:
    """The samples appear once the terms are accepted; one tap leads to a card."""
    from tests.browser.conversation.conftest import PHONE

    start, accept, ready, level = words
    gp = arrive("Dr Novak", language, **PHONE)
    gp.start(start)
    samples = gp.page.get_by_test_id("samples")
    gp.page.get_by_test_id("inline-button").filter(has_text=accept).wait_for()
    assert samples.is_hidden()
    gp.press(accept)
    gp.expect_text(ready)
    samples.wait_for()
    gp.photograph(f"13-samples-{language}")
    samples.locator(".sample").nth(2).click()
    gp.expect_card(level)
    gp.photograph(f"14-sample-card-{language}")


def test_an_album_is_one_case_until_it_is_split(
    arrive: Any, dark: dict[str, Any], pale: dict[str, Any]
) -> None:
    """The highest level counts and each photo has its line; "different moles" makes a case of each."""
    gp = accepted(arrive("Dr Silva"))
    gp.expect_text("Now send me a photo")
    gp.send(pale, dark)
    gp.expect_card("HIGH RISK", "Refer today")
    gp.photograph("6-album")
    gp.press("Different moles")
    gp.write("/history")
    gp.expect_text("Your 2 cases")
    gp.photograph("7-split")


def test_a_low_level_is_no_all_clear(arrive: Any, pale: dict[str, Any]) -> None:
    """Low says what it is not valid for, and to refer in case of worry."""
    gp = accepted(arrive("Dr Weber"))
    gp.expect_text("Now send me a photo")
    gp.send(pale)
    gp.expect_card("LOW RISK", "or you are worried, refer", "Not valid for")
    gp.photograph("8-low")


def test_what_is_no_lesion_is_answered_kindly(arrive: Any) -> None:
    """A text, a broken file, a mug and a tiny photo each get a sentence that says what to do."""
    gp = accepted(arrive("Dr Rossi"))
    gp.expect_text("Now send me a photo")
    gp.write("Hello, is anybody there?")
    gp.expect_text("I read photos, not messages")
    gp.send(photo(b"\xff\xd8\xff\xe0 not a picture", "broken.jpg"), as_file=True)
    gp.expect_text("damaged")
    gp.send(photo(jpeg_bytes(draw_object(1, size_px=420)), "mug.jpg"))
    gp.expect_card("NOT ASSESSABLE", "Refer now")
    gp.photograph("9-mug")
    gp.send(photo(jpeg_bytes(draw_lesion(4, size_px=80)), "tiny.jpg"))
    gp.expect_card("NOT ASSESSABLE", "too small")


def test_a_photo_before_consent_waits_and_is_answered_after_it(arrive: Any, dark: dict[str, Any]) -> None:
    """Nothing is read before the terms are accepted; nothing has to be sent twice."""
    gp = arrive("Dr Berg")
    gp.start("Start")
    gp.expect_text("Not a medical device")
    gp.send(dark)
    gp.expect_text("I have not opened it")
    gp.press("I accept")
    gp.expect_card("HIGH RISK")


def test_a_gp_switches_to_french_on_a_phone_in_the_dark(
    arrive: Any, dark: dict[str, Any], pale: dict[str, Any]
) -> None:
    """From the switch on everything is French, the card too."""
    from tests.browser.conversation.conftest import PHONE

    gp = accepted(arrive("Dr Martin", color_scheme="dark", **PHONE))
    gp.expect_text("Now send me a photo")
    gp.write("/language")
    gp.press("Français")
    gp.expect_text("français")
    gp.send(dark)
    gp.expect_card("RISQUE ÉLEVÉ", "dispositif médical")
    gp.photograph("10-phone-dark-french")
    gp.write("/history")
    gp.expect_text("Votre")
    gp.photograph("11-phone-history")


def test_a_french_gp_is_spoken_to_in_french_at_once(arrive: Any, pale: dict[str, Any]) -> None:
    """The language follows Telegram until one is chosen."""
    gp = accepted(arrive("Dr Petit", "fr", locale="fr-FR"), "Démarrer", "accepte")
    gp.expect_text("Envoyez-moi maintenant une photo")
    gp.send(pale)
    gp.expect_card("RISQUE FAIBLE")
    gp.photograph("12-french")
