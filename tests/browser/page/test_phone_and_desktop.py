"""What must look and work alike on a phone and a desktop, in English and French."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.page.conftest import OpenPage, Server, sync_api
from tests.browser.page.page_actions import open_attach_menu, own, photo_file
from tests.browser.page.page_probes import NAMELESS, TOO_SMALL
from tests.browser.page.scripted_bot import ScriptedBot, inline
from tests.browser.page.windows import PHONE, WINDOWS

expect = sync_api.expect

CASES = [(window, language) for window in WINDOWS for language in ("en", "fr")]
OVERLAPS = """() => {
  const strip = document.querySelector("[data-testid=to-latest]").getBoundingClientRect();
  const frame = document.querySelector(".timeline").getBoundingClientRect();
  return [...document.querySelectorAll(".key, .photo, .text")].map(each => each.getBoundingClientRect())
    .map(box => ({...box.toJSON(), bottom: Math.min(box.bottom, frame.bottom)}))
    .filter(box => box.bottom > strip.top && box.top < strip.bottom && box.right > strip.left
      && box.left < strip.right);
}"""
Newcomer = Callable[[str, str], tuple[Any, int]]


@pytest.fixture
def newcomer(open_page: OpenPage, server: Server) -> Newcomer:
    """Opens the chat of a new GP whose app has this language, in a browser that has the other one."""

    def open_it(window: str, language: str) -> tuple[Any, int]:
        person = server.ask("POST", "/api/people", first_name="Dr Novak", language_code=language)["id"]
        locale = {"en": "fr-FR", "fr": "en-GB"}[language]
        return open_page(f"#/p/{person}/c/{person}", locale=locale, **WINDOWS[window]), person

    return open_it


@pytest.mark.parametrize(("window", "language"), CASES)
def test_the_field_shows_a_whole_line_after_start(
    newcomer: Newcomer, bot: ScriptedBot, window: str, language: str
) -> None:
    """The text field was hidden until then: its height is measured when it appears."""
    page, person = newcomer(window, language)
    page.get_by_test_id("start").click()
    field = page.get_by_test_id("composer")
    expect(field).to_be_visible()
    bot.next_update("message")  # the person has written first: only then may a bot write
    bot.say(person, "Hello.")
    expect(page.get_by_test_id("message").last).to_contain_text("Hello.")
    height, needed = field.evaluate("field => [field.clientHeight, field.scrollHeight]")
    assert height >= needed >= 38


@pytest.mark.parametrize(("window", "language"), CASES)
def test_one_language_on_the_screen(newcomer: Newcomer, window: str, language: str) -> None:
    """The page speaks the language of the person's app, whatever the browser's."""
    page, _ = newcomer(window, language)
    start, other = {"en": ("Start", "Démarrer"), "fr": ("Démarrer", "Start")}[language]
    expect(page.get_by_role("button", name=start, exact=True)).to_be_visible()
    expect(page.get_by_role("button", name=other, exact=True)).to_have_count(0)
    assert page.evaluate("document.documentElement.lang") == language


def test_the_language_of_the_app_can_be_changed(newcomer: Newcomer, server: Server, bot: ScriptedBot) -> None:
    """The page and the assistant follow; another person keeps their own language."""
    page, _ = newcomer("desktop", "en")
    page.get_by_role("button", name="Settings").click()
    page.get_by_role("menuitemradio", name="Français").click()
    expect(page.get_by_role("button", name="Démarrer")).to_be_visible()
    page.get_by_test_id("start").click()
    assert bot.next_update("message")["from"]["language_code"] == "fr"
    page.reload()
    expect(page.get_by_role("navigation", name="Vous jouez")).to_be_visible()
    page.get_by_role("link", name="Dr Taylor").click()
    expect(page.get_by_role("navigation", name="You are playing")).to_be_visible()
    server.ask("PATCH", f"/api/people/{server.person('Dr Taylor')}", language_code="fr")
    expect(page.get_by_role("navigation", name="Vous jouez")).to_be_visible()
    server.ask("PATCH", f"/api/people/{server.person('Dr Taylor')}", language_code="en")


def test_a_refusal_is_shown_in_the_language_of_the_page(
    open_page: OpenPage, server: Server, bot: ScriptedBot
) -> None:
    """The server's own words are English; the page has its own."""
    person = server.ask("POST", "/api/people", first_name="Dr Novak", language_code="fr")["id"]
    page = open_page(f"#/p/{person}/c/{person}", allow_errors=True, **PHONE)
    page.get_by_test_id("start").click()
    bot.next_update("message")
    bot.say(person, "Choose", reply_markup=inline([("Go", "g")]))
    button = page.get_by_test_id("inline-button")
    expect(button).to_be_visible()
    page.route(
        "**/press",
        lambda route: route.fulfill(
            status=400, json={"error": {"code": "no_such_button", "message": "there is no such button"}}
        ),
    )
    button.click()
    expect(page.get_by_test_id("toast")).to_have_text("Échec : l’élément n’existe plus.")


@pytest.mark.parametrize("window", WINDOWS)
def test_to_the_latest_covers_nothing(
    open_page: OpenPage, bot: ScriptedBot, started: int, lesions: list[bytes], window: str
) -> None:
    """The way back to the newest message has room of its own below the messages."""
    for number in range(3):
        bot.show(
            started, lesions[0], f"Card {number}", reply_markup=inline([("Details", "d")], [("Why", "w")])
        )
    page = open_page(f"#/p/{started}/c/{started}", **WINDOWS[window])
    expect(page.get_by_test_id("message").last).to_contain_text("Card 2")
    expect(page.get_by_test_id("to-latest")).to_be_hidden()
    timeline = page.locator(".timeline")
    for step in range(1, 12):
        timeline.evaluate(
            "(element, top) => { element.scrollTop = element.scrollHeight - element.clientHeight - top; }",
            60 * step,
        )
        page.evaluate("new Promise(requestAnimationFrame)")
        if page.get_by_test_id("to-latest").is_visible():
            assert page.evaluate(OVERLAPS) == []
    expect(page.get_by_test_id("to-latest")).to_be_visible()
    bot.say(started, "Another one")
    expect(page.get_by_test_id("to-latest")).to_contain_text("1")
    page.get_by_test_id("to-latest").click()
    expect(page.get_by_test_id("message").last).to_be_in_viewport()
    expect(page.get_by_test_id("to-latest")).to_be_hidden()


@pytest.mark.parametrize(("window", "language"), CASES)
def test_a_sample_is_sent_with_one_tap(
    newcomer: Newcomer, bot: ScriptedBot, window: str, language: str
) -> None:
    """Samples are offered once the assistant asks for nothing else, and until the first photo."""
    page, person = newcomer(window, language)
    page.get_by_test_id("start").click()
    asked = bot.say(person, "Do you agree?", reply_markup=inline([("I agree", "yes")]))
    expect(page.get_by_test_id("inline-button")).to_be_visible()
    tray = page.get_by_test_id("samples")
    expect(tray).to_be_hidden()
    bot.call("editMessageReplyMarkup", chat_id=person, message_id=asked["message_id"])
    title = {"en": "Try with a sample", "fr": "Essayer avec un exemple"}[language]
    expect(page.get_by_role("group", name=title)).to_be_visible()
    assert page.evaluate(NAMELESS) == []
    assert window == "desktop" or page.evaluate(TOO_SMALL) == []
    tray.locator(".sample").nth(2).click()
    bot.next_update("message")
    photo = bot.next_update("message")["photo"][-1]
    assert (photo["width"], photo["height"]) == (600, 600)
    expect(own(page).last.get_by_role("img").first).to_be_visible()
    expect(tray).to_be_hidden()
    open_attach_menu(page)
    page.get_by_role("menuitem").last.click()
    expect(tray).to_be_visible()


def test_all_samples_can_be_sent_and_the_offer_declined(newcomer: Newcomer, bot: ScriptedBot) -> None:
    """Each button has its picture; hidden samples stay hidden after a reload."""
    page, person = newcomer("phone", "en")
    page.get_by_test_id("start").click()
    bot.say(person, "Send me a photo.")
    tray = page.get_by_test_id("samples")
    expect(tray).to_be_visible()
    pictures = tray.get_by_role("button", name="Send the sample").locator("img")
    expect(pictures).to_have_count(4)
    loaded = pictures.evaluate_all(
        "images => Promise.all(images.map(i => i.decode().then(() => i.naturalWidth)))"
    )
    assert loaded == [600] * 4
    tray.get_by_role("button", name="Hide the samples").click()
    expect(tray).to_be_hidden()
    page.reload()
    expect(page.get_by_test_id("message").last).to_contain_text("Send me a photo.")
    expect(tray).to_be_hidden()


@pytest.mark.parametrize(("window", "language"), CASES)
def test_many_photos_go_one_by_one(
    newcomer: Newcomer, bot: ScriptedBot, lesions: list[bytes], window: str, language: str
) -> None:
    """An album is read as one lesion and holds ten: more photos become a message each."""
    page, person = newcomer(window, language)
    page.get_by_test_id("start").click()
    bot.next_update("message")
    bot.say(person, "Send me a photo.")
    open_attach_menu(page)
    with page.expect_file_chooser() as chooser:
        page.get_by_role("menuitem").first.click()
    chooser.value.set_files([photo_file(lesions[0], f"{number}.jpg") for number in range(11)])
    grouping = page.get_by_test_id("grouping")
    expect(grouping.get_by_role("radio").first).to_be_disabled()
    expect(grouping.get_by_role("radio").last).to_be_checked()
    page.get_by_test_id("caption").fill("left arm")
    page.get_by_test_id("preview-send").click()
    sent = [bot.next_update("message") for _ in range(11)]
    assert [message.get("media_group_id") for message in sent] == [None] * 11
    assert {message["caption"] for message in sent} == {"left arm"}


@pytest.mark.parametrize(("count", "album"), [(2, True), (4, True), (5, False), (10, False)])
def test_a_few_photos_are_taken_for_one_lesion_and_the_person_decides(
    chat_page: Any, bot: ScriptedBot, lesions: list[bytes], count: int, album: bool
) -> None:
    """Up to four are preselected as an album; the other choice is one press away."""
    files = [photo_file(lesions[0], f"{number}.jpg") for number in range(count)]
    for chosen in (album, not album):
        open_attach_menu(chat_page)
        with chat_page.expect_file_chooser() as chooser:
            chat_page.get_by_role("menuitem").first.click()
        chooser.value.set_files(files)
        one = chat_page.get_by_role("radio", name="One lesion")
        several = chat_page.get_by_role("radio", name="Several lesions")
        expect(one if album else several).to_be_checked()
        (one if chosen else several).check()
        chat_page.get_by_test_id("preview-send").click()
        groups = {bot.next_update("message").get("media_group_id") for _ in range(count)}
        assert (len(groups) == 1 and None not in groups) if chosen else groups == {None}


def test_a_single_photo_is_not_asked_about(chat_page: Any, lesions: list[bytes]) -> None:
    """One photo has nothing to be grouped with."""
    open_attach_menu(chat_page)
    with chat_page.expect_file_chooser() as chooser:
        chat_page.get_by_role("menuitem").first.click()
    chooser.value.set_files([photo_file(lesions[0])])
    expect(chat_page.get_by_test_id("preview")).to_be_visible()
    expect(chat_page.get_by_test_id("grouping")).to_be_hidden()


def test_the_phones_keyboard_stays_down_after_start(newcomer: Newcomer, bot: ScriptedBot) -> None:
    """On a phone the answer is read first; nothing takes the focus into the text field."""
    page, person = newcomer("phone", "en")
    page.get_by_test_id("start").click()
    bot.say(person, "Hello.")
    expect(page.get_by_test_id("message").last).to_contain_text("Hello.")
    expect(page.get_by_test_id("composer")).not_to_be_focused()
