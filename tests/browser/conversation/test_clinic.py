"""A GP and a dermatologist at two windows: asked, claimed, answered, corrected, asked back, forgotten."""

import re
import zipfile
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pypdfium2
import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conversation.clinic import (
    CHANNEL,
    GROUP,
    Dermatologist,
    find_chat,
    find_person,
    press_on,
    read_alert,
    reply_to,
)
from tests.browser.conversation.conftest import PHONE
from tests.browser.conversation.gp import ANSWER_MS, Gp, photo
from tests.support.drawn import draw_lesion, jpeg_bytes

pytestmark = pytest.mark.timeout(300)

DARK = photo(jpeg_bytes(draw_lesion(3, kind="melanoma", size_px=420)), "dark.jpg")
COMMENT = "Atypical network, blue-grey veil below the centre."
Work = Callable[..., Any]


@pytest.fixture
def leroy(arrive: Any, product: Any) -> Callable[[str], Dermatologist]:
    """Dr Leroy, who speaks French and administers the clinic's chats, with one of them linked."""

    def open_it(title: str) -> Dermatologist:
        product.ask("POST", "/api/limits", enabled=False)
        person = find_person(product, "Dr Leroy")
        page = arrive("Dr Leroy's window", person=person, locale="fr-FR").page
        return Dermatologist(page, person, product.link, find_chat(product, person, title))

    return open_it


def find_number(card: Locator) -> str:
    found = re.search(r"N-[0-9A-Z]{6}", card.inner_text())
    assert found
    return found.group()


def download(message: Locator) -> bytes:
    """The file of a message, as the browser gets it."""
    with message.page.expect_download() as event:
        # By the keyboard: under load the list may scroll between a click's two halves, and lose it.
        message.get_by_test_id("document").press("Enter")
    return event.value.path().read_bytes()


def read_letter(content: bytes) -> str:
    """What another program reads in a letter."""
    text: str = pypdfium2.PdfDocument(content)[0].get_textpage().get_text_bounded()
    return text.replace("\N{NO-BREAK SPACE}", " ")


def fill_in(gp: Gp, *steps: tuple[str, str]) -> None:
    """Chooses at each question of the form, and waits for the next one."""
    for choice, next_question in steps:
        press_on(gp.last, choice)
        expect(gp.last).to_contain_text(next_question, timeout=ANSWER_MS)


def expect_on(card: Locator, *words: str) -> None:
    for each in words:
        expect(card).to_contain_text(each, timeout=ANSWER_MS)


def test_a_gp_asks_and_a_dermatologist_answers_side_by_side(arrive: Any, leroy: Work) -> None:
    doctor = leroy(GROUP)
    doctor.visit_private()
    doctor.start("Démarrer")
    doctor.link_clinic(GROUP)
    doctor.press("English")
    doctor.expect_text("J’y publie en : English")
    doctor.photograph("clinic-1-linked")
    doctor.visit_group()
    gp = arrive("Dr Novak")
    number = ask_in_english(gp)
    card = doctor.card(number)
    expect_on(card, "HIGH RISK", "“Has grown since spring”", "Waits for someone")
    expect(card).not_to_contain_text("Novak")
    doctor.photograph("clinic-4-card")
    answer_in_english(doctor, gp, card)
    read_record_in_english(gp, number)
    forget_in_english(gp, doctor)
    doctor.visit_private()
    doctor.write("/stats")
    doctor.expect_card("1 cas")
    expect_on(doctor.last, "aussi urgent que le niveau : 1")
    doctor.photograph("clinic-11-stats")


def ask_in_english(gp: Gp) -> str:
    """From the first visit to the card in the group; the case's number."""
    gp.start("Start")
    gp.press("I accept")
    gp.expect_text("Now send me a photo")
    gp.send(DARK)
    number = find_number(gp.expect_card("HIGH RISK"))
    answer = gp.last
    press_on(answer, "☑ 7-point checklist")
    press_on(answer, "Change in size · 2")
    expect(answer).to_contain_text("2 of 10 points", timeout=ANSWER_MS)
    press_on(answer, "✓ Done")
    press_on(answer, "🩺 Ask the clinic")
    gp.expect_text("How old is the patient?")
    fill_in(gp, ("40–59", "sex"), ("woman", "Where"), ("back", "Since when"))
    fill_in(gp, ("for months", "Has it changed"), ("unchanged", "Risk factors"))
    fill_in(gp, ("None of these", "Anything to add"))
    gp.photograph("clinic-2-form")
    reply_to(gp, gp.last, "Has grown since spring")
    preview = gp.message_with("Exactly this goes to")
    expect_on(
        preview,
        "woman · 40–59 · back · for months · change in size and “unchanged”: answers disagree",
        "“Has grown since spring”",
        "the patient agreed",
    )
    press_on(preview, "Only 80%")
    expect(preview.get_by_text("● Only 80%")).to_be_visible(timeout=ANSWER_MS)
    gp.photograph("clinic-3-preview")
    press_on(preview, "✅ The patient agreed: send")
    expect_on(gp.message_with("was sent to"), "send your own referral today")
    return number


def answer_in_english(doctor: Dermatologist, gp: Gp, card: Locator) -> None:
    """Claimed, answered below the bot's level, commented, corrected, asked back."""
    press_on(card, "🙋 Claim")
    expect_on(card, "Claimed by Dr Leroy")
    press_on(card, "🟠 Routine appointment")
    assert "plus élevé" in read_alert(doctor)
    doctor.photograph("clinic-5-below")
    press_on(card, "⚠️ Below high. Yes: Routine appointment")
    gp.expect_text("the clinic answered")
    expect_on(gp.last, "Routine appointment", "refer, whatever was answered")
    expect_on(card, "✅ Routine appointment")
    reply_to(doctor, card, COMMENT)
    gp.expect_text(COMMENT)
    expect_on(card, COMMENT)
    press_on(card, "✏️ Correct the answer")
    press_on(card, "🔴 Urgent: suspected cancer pathway")
    gp.expect_text("CORRECTION by the clinic")
    expect_on(card, "✏️ Corrected: Urgent: suspected cancer pathway")
    doctor.photograph("clinic-6-corrected")
    gp.photograph("clinic-7-notices")
    reply_to(gp, gp.last, "She is seen on Friday")
    doctor.expect_text("She is seen on Friday")


def read_record_in_english(gp: Gp, number: str) -> None:
    """History, letter and export, opened as files."""
    gp.write("/history")
    gp.expect_text("Your case")
    expect_on(gp.last, number, "Urgent: suspected cancer pathway", "7-point checklist 2/10")
    gp.write(f"/letter {number}")
    gp.expect_text("fill in the patient by hand")
    text = read_letter(download(gp.last))
    assert number in text
    assert "Urgent: suspected cancer pathway" in text
    gp.write("/export")
    gp.expect_text("All that is kept of you")
    with zipfile.ZipFile(BytesIO(download(gp.last))) as archive:
        assert {"README.txt", "cases.csv", "everything.json"} <= set(archive.namelist())
        assert number in archive.read("cases.csv").decode()
        everything = archive.read("everything.json").decode()
        assert COMMENT in everything
        assert "Has grown since spring" in everything
    gp.photograph("clinic-8-record")


def forget_in_english(gp: Gp, doctor: Dermatologist) -> None:
    """Asked once, then gone at both windows."""
    gp.write("/forget")
    gp.expect_text("Forget you?")
    gp.photograph("clinic-9-forget")
    gp.press("Yes, forget me")
    gp.expect_text("I have forgotten you")
    expect(doctor.message_with("Erased at the sender’s wish.")).to_be_visible(timeout=ANSWER_MS)
    for words in ("She is seen on Friday", "Has grown since spring"):
        expect(doctor.page.get_by_test_id("timeline").get_by_text(words)).to_have_count(0, timeout=ANSWER_MS)
    doctor.photograph("clinic-10-erased")
    gp.write("/history")
    gp.expect_text("No case yet")


def test_in_french_on_a_phone_with_an_invitation_and_a_channel(arrive: Any, leroy: Work) -> None:
    """The same in French, where the clinic is a channel: nobody can reply there, comments go by a link."""
    doctor = leroy(CHANNEL)
    doctor.visit_private()
    doctor.write("/start")
    doctor.link_clinic(CHANNEL, place=1)
    doctor.press("Français")
    doctor.expect_text("J’y publie en : Français")
    doctor.write("/invite")
    doctor.expect_text("Qui invitez-vous")
    doctor.page.get_by_test_id("inline-button").filter(has_text="envoie des photos").last.click()
    doctor.expect_text("?start=inv_")
    token = re.search(r"\?start=(inv_[\w-]{32})", doctor.last.inner_text())
    assert token
    gp = arrive("Dr Petit", "fr", locale="fr-FR", color_scheme="dark", **PHONE)
    number = ask_in_french(gp, token[1])
    answer_in_french(doctor, gp, number)
    read_record_in_french(gp)
    gp.write("/oublier")
    gp.expect_text("Vous oublier")
    gp.photograph("clinique-5-oubli")
    gp.press("Oui, m’oublier")
    gp.expect_text("je vous ai oublié")
    doctor.visit_group()
    expect(doctor.message_with("Effacé à la demande")).to_be_visible(timeout=ANSWER_MS)
    doctor.photograph("clinique-6-efface")


def ask_in_french(gp: Gp, invitation: str) -> str:
    """From the invitation to the card in the channel; the case's number."""
    gp.start("Démarrer")
    gp.write(f"/start {invitation}")
    expect(gp.message_with("Bienvenue.")).to_be_visible(timeout=ANSWER_MS)
    gp.expect_text("merci d’accepter")
    gp.press("J’accepte")
    gp.expect_text("Envoyez-moi maintenant")
    gp.send(DARK)
    number = find_number(gp.expect_card("RISQUE ÉLEVÉ"))
    press_on(gp.last, "🩺 Demander l’avis d’un dermatologue")
    gp.expect_text("Quel âge a le patient")
    fill_in(gp, ("60–79 ans", "Le sexe"), ("homme", "Où est la lésion"), ("dos", "Depuis quand"))
    fill_in(gp, ("depuis des mois", "A-t-elle changé"), ("inchangée", "Facteurs de risque"))
    fill_in(gp, ("Aucun de ces facteurs", "Quelque chose à ajouter"))
    gp.photograph("clinique-1-formulaire")
    press_on(gp.last, "Non précisé")
    preview = gp.message_with("Voici exactement ce qui part")
    expect_on(preview, "homme · 60–79 ans · dos · depuis des mois · inchangée", "le patient accepte")
    gp.photograph("clinique-2-apercu")
    press_on(preview, "✅ Le patient est d’accord : envoyer")
    expect_on(gp.message_with("est parti vers"), "adressez vous-même dès aujourd’hui")
    return number


def answer_in_french(doctor: Dermatologist, gp: Gp, number: str) -> None:
    """Claimed and answered in the channel, commented in private."""
    doctor.visit_group()
    card = doctor.card(number)
    expect_on(card, "RISQUE ÉLEVÉ", "Attend que quelqu’un le prenne")
    press_on(card, "🙋 Je prends")
    expect_on(card, "Pris par Dr Leroy")
    press_on(card, "🔴 Urgent : avis dermatologique très rapide")
    gp.expect_text("l’équipe de dermatologie a répondu")
    expect_on(gp.last, "Urgent", "quelle que soit la réponse")
    doctor.photograph("clinique-3-carte")
    press_on(card, "💬 Commenter")
    doctor.expect_text("écrivez votre commentaire en réponse")
    reply_to(doctor, doctor.last, "Réseau atypique, je rappelle demain.")
    gp.expect_text("Réseau atypique, je rappelle demain.")
    gp.photograph("clinique-4-avis")


def read_record_in_french(gp: Gp) -> None:
    """By the commands that French speakers type first."""
    gp.write("/historique")
    gp.expect_text("Votre cas")
    gp.write("/courrier")
    gp.expect_text("complétez le patient à la main")
    assert "Demande d’avis : lésion cutanée" in read_letter(download(gp.last))
    gp.write("/export")
    gp.expect_text("Tout ce qui est conservé de vous")
    with zipfile.ZipFile(BytesIO(download(gp.last))) as archive:
        assert "Tout ce que Nevus conserve" in archive.read("README.txt").decode()
