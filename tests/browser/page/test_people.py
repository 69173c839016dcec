"""Playing several people, the clinic's group, and how the page looks and sounds to different people."""

import re
from typing import Any

import pytest

from tests.browser.page.conftest import OpenPage, Server, sync_api
from tests.browser.page.page_actions import write
from tests.browser.page.page_probes import CONTRAST, NAMELESS, TOO_SMALL
from tests.browser.page.scripted_bot import ScriptedBot, inline
from tests.browser.page.windows import PHONE

expect = sync_api.expect


def test_one_person_plays_gp_and_clinic(open_page: OpenPage, server: Server, bot: ScriptedBot) -> None:
    """The switcher changes the person, the address keeps it, and news for the other person are marked."""
    server.ask("PATCH", f"/api/people/{server.person('Dr Leroy')}", language_code="en")
    page = open_page(locale="en-GB", viewport={"width": 1280, "height": 800})
    people = page.get_by_role("navigation", name="You are playing")
    people.get_by_role("link", name="Dr Leroy").click()
    chats = page.get_by_role("navigation", name="Chats")
    chats.get_by_role("link", name="Clinic dermatology").click()
    leroy, group = server.person("Dr Leroy"), server.chat(server.person("Dr Leroy"), "Clinic dermatology")
    expect(page).to_have_url(re.compile(rf"#/p/{leroy}/c/{group}$"))
    page.get_by_role("button", name="Open the clinic set-up").click()
    setup = page.locator(f"[data-testid=setup-chat][data-chat-id='{group}']")
    setup.get_by_role("button", name="Make administrator").click()
    expect(setup.get_by_test_id("setup-bot")).to_contain_text("administrator")
    assert bot.next_update("my_chat_member")["new_chat_member"]["status"] == "administrator"
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("service").last).to_contain_text("Dr Leroy added Nevus")
    people.get_by_role("link", name="Dr Taylor").click()
    expect(page.get_by_test_id("welcome")).to_be_visible()
    bot.say(group, "Case 1", reply_markup=inline([("Claim", "claim")]))
    expect(people.get_by_role("link", name="Dr Leroy has new messages")).to_be_visible()
    people.get_by_role("link", name="Dr Leroy").click()
    expect(page.get_by_role("button", name="Claim")).to_be_visible()
    page.reload()
    expect(page.get_by_role("button", name="Claim")).to_be_visible()


def test_two_tabs_two_people(open_page: OpenPage, server: Server, bot: ScriptedBot, started: int) -> None:
    """Each tab stays with its person, and a chat that is not open counts what is unread."""
    leroy = server.person("Dr Leroy")
    channel = server.chat(leroy, "Clinic channel")
    mine = open_page(f"#/p/{started}/c/{started}")
    theirs = open_page(f"#/p/{leroy}/c/{channel}")
    expect(theirs.get_by_role("heading", name="Clinic channel", level=1)).to_be_visible()
    write(theirs, "A post")
    expect(theirs.get_by_test_id("message").last).to_contain_text("A post")
    server.ask("POST", f"/api/people/{leroy}/chats/{leroy}/messages", text="/start")
    bot.say(leroy, "Hello, Dr Leroy.")
    item = theirs.get_by_test_id("chat-item").filter(has_text="Hello, Dr Leroy.")
    expect(item).to_contain_text("1")
    expect(mine.get_by_test_id("message").last).to_contain_text("Welcome.")


def test_a_person_is_added(open_page: OpenPage) -> None:
    """A new person gets an own, unstarted chat."""
    page = open_page()
    page.get_by_role("button", name="Add a person").click()
    page.get_by_label("Name").fill("Dr Silva")
    page.get_by_role("dialog").get_by_role("button", name="Create").click()
    expect(page.get_by_role("link", name="Dr Silva")).to_have_attribute("aria-current", "true")
    expect(page.get_by_role("button", name="Start")).to_be_visible()


@pytest.mark.parametrize(("locale", "name"), [("fr-FR", "Dr Martin"), ("en-GB", "Dr Taylor")])
def test_a_first_visit_plays_a_gp_who_speaks_the_browsers_language(
    open_page: OpenPage, locale: str, name: str
) -> None:
    """French browsers begin as the French GP, others as the English one."""
    page = open_page(locale=locale)
    expect(page.get_by_role("link", name=name)).to_have_attribute("aria-current", "true")
    assert page.evaluate("document.documentElement.lang") == locale[:2]


def test_dark_follows_the_system_and_can_be_chosen(open_page: OpenPage) -> None:
    """The page is dark where the system is, and stays light once chosen."""
    page = open_page(color_scheme="dark")
    colour = "() => getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(colour)
    page.get_by_role("button", name="Settings").click()
    page.get_by_role("menuitemradio", name="Light").click()
    page.wait_for_function("dark => getComputedStyle(document.body).backgroundColor !== dark", arg=dark)
    page.wait_for_timeout(500)  # until the change of colours has faded through
    light = page.evaluate(colour)
    page.reload()
    page.get_by_test_id("settings").wait_for()
    assert page.evaluate(colour) == light


def test_a_phone_shows_one_pane(open_page: OpenPage, started: int, server: Server, bot: ScriptedBot) -> None:
    """The chat fills the phone; back leads to the list; targets are big enough; nothing sticks out."""
    bot.say(started, "Result", reply_markup=inline([("Details", "d"), ("Checklist", "c")]))
    page = open_page(f"#/p/{started}/c/{started}", **PHONE)
    expect(page.get_by_role("button", name="Details")).to_be_visible()
    expect(page.get_by_role("navigation", name="Chats")).to_be_hidden()
    assert page.evaluate(TOO_SMALL) == []
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    page.get_by_role("button", name="You are playing: Dr Novak").click()
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Back to the chats").click()
    expect(page.get_by_role("navigation", name="Chats")).to_be_visible()
    expect(page.get_by_test_id("composer")).to_be_hidden()
    assert page.evaluate(TOO_SMALL) == []


def test_at_200_percent_everything_is_reachable(open_page: OpenPage, started: int) -> None:
    """A window of 640 by 400 CSS pixels is 1280 by 800 at 200 %: no sideways scrolling, nothing lost."""
    page = open_page(f"#/p/{started}/c/{started}", viewport={"width": 640, "height": 400})
    expect(page.get_by_test_id("message").last).to_be_in_viewport()
    expect(page.get_by_test_id("composer")).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") == 640


def test_the_keyboard_alone_is_enough(chat_page: Any, bot: ScriptedBot, started: int) -> None:
    """Start to answer without a pointer: chats by arrows, messages by arrows, buttons by Enter."""
    bot.say(started, "Do you agree?", reply_markup=inline([("I agree", "yes")]))
    expect(chat_page.get_by_role("button", name="I agree")).to_be_visible()
    field = chat_page.get_by_test_id("composer")
    expect(field).to_be_focused()
    chat_page.keyboard.press("Escape")
    for _ in range(20):
        chat_page.keyboard.press("Shift+Tab")
        if chat_page.evaluate("document.activeElement.textContent") == "I agree":
            break
    ring = chat_page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert ring == "solid"
    chat_page.keyboard.press("Enter")
    query = bot.next_update("callback_query")
    assert query["data"] == "yes"
    bot.call("answerCallbackQuery", callback_query_id=query["id"])
    message = chat_page.get_by_test_id("message").last
    message.focus()
    chat_page.keyboard.press("ArrowUp")
    expect(chat_page.get_by_test_id("message").nth(-2)).to_be_focused()
    chat_page.keyboard.press("Escape")
    expect(field).to_be_focused()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_control_has_a_name_and_every_text_contrast(
    open_page: OpenPage, bot: ScriptedBot, started: int, scheme: str
) -> None:
    """No nameless control in the page, its menus and its dialogs; text has at least 4.5 to 1."""
    bot.say(started, "Result", reply_markup=inline([("Details", "d"), ("Guide", "https://example.org")]))
    page = open_page(f"#/p/{started}/c/{started}", color_scheme=scheme)
    expect(page.get_by_role("button", name="Details")).to_be_visible()
    assert page.evaluate(CONTRAST) == []
    assert page.evaluate(NAMELESS) == []
    for role in ("main", "log"):
        expect(page.get_by_role(role)).to_have_count(1)
    for opener in ("Settings", "Chat options", "Attach a photo or a file"):
        page.get_by_role("button", name=opener).click()
        assert page.evaluate(NAMELESS) == []
        page.keyboard.press("Escape")
        expect(page.get_by_role("button", name=opener)).to_be_focused()
    page.get_by_role("button", name="Chat options").click()
    page.get_by_role("menuitem", name="Clinic set-up").click()
    expect(page.get_by_role("dialog", name="Clinic set-up")).to_be_visible()
    assert page.evaluate(NAMELESS) == []
