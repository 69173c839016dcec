"""The browser's Back: from a chat to the list, from an open layer to the chat."""

import re
from typing import Any

import pytest

from tests.browser.page.conftest import OpenPage, Server, sync_api
from tests.browser.page.page_actions import open_attach_menu, photo_file
from tests.browser.page.scripted_bot import ScriptedBot
from tests.browser.page.windows import PHONE, WINDOWS

expect = sync_api.expect


def is_in_chat(page: Any) -> None:
    expect(page.get_by_test_id("composer")).to_be_visible()
    expect(page).to_have_url(re.compile(r"#/p/\d+/c/-?\d+$"))


def is_in_list(page: Any) -> None:
    expect(page.get_by_test_id("chat-item").first).to_be_visible()
    expect(page.get_by_test_id("composer")).to_be_hidden()


def test_back_leads_from_a_chat_to_the_list_on_a_phone(open_page: OpenPage, started: int) -> None:
    """Also when the chat was opened by its address, after a reload, and after the page's own way back."""
    page = open_page(f"#/p/{started}/c/{started}", **PHONE)
    is_in_chat(page)
    page.go_back()
    is_in_list(page)
    page.get_by_test_id("chat-item").first.click()
    is_in_chat(page)
    page.reload()
    is_in_chat(page)
    page.get_by_role("link", name="Back to the chats").click()
    is_in_list(page)
    page.get_by_test_id("chat-item").first.click()
    is_in_chat(page)
    page.go_back()
    is_in_list(page)


def test_back_leads_from_one_chat_to_the_list_and_not_to_another_chat(
    open_page: OpenPage, server: Server
) -> None:
    """The chat that was open before is not one of the steps."""
    leroy = server.person("Dr Leroy")
    channel = server.chat(leroy, "Clinic channel")
    page = open_page(f"#/p/{leroy}/c/{channel}", **PHONE)
    is_in_chat(page)
    page.go_back()
    is_in_list(page)
    page.get_by_test_id("chat-item").filter(has_text="Clinic dermatology").click()
    expect(page.get_by_role("heading", name="Clinic dermatology", level=1)).to_be_visible()
    page.go_back()
    is_in_list(page)


@pytest.mark.parametrize("window", WINDOWS)
def test_back_closes_an_open_photo_and_keeps_the_chat(
    open_page: OpenPage, bot: ScriptedBot, started: int, lesions: list[bytes], window: str
) -> None:
    """Back also closes a menu and the preview of what is about to be sent."""
    bot.show(started, lesions[0], "Card")
    page = open_page(f"#/p/{started}/c/{started}", **WINDOWS[window])
    page.get_by_role("button", name="Open the photo: Card").click()
    expect(page.get_by_test_id("viewer")).to_be_visible()
    page.go_back()
    expect(page.get_by_test_id("viewer")).to_have_count(0)
    is_in_chat(page)
    open_attach_menu(page)
    expect(page.get_by_role("menu")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("menu")).to_have_count(0)
    is_in_chat(page)
    open_attach_menu(page)
    with page.expect_file_chooser() as chooser:
        page.get_by_role("menuitem").first.click()
    chooser.value.set_files([photo_file(lesions[0])])
    expect(page.get_by_test_id("preview")).to_be_visible()
    page.go_back()
    expect(page.get_by_test_id("preview")).to_have_count(0)
    is_in_chat(page)


def test_a_photo_closed_by_escape_needs_no_further_back(
    open_page: OpenPage, bot: ScriptedBot, started: int, lesions: list[bytes]
) -> None:
    """After Escape one Back leads to the list; forward opens the chat again, not the photo."""
    bot.show(started, lesions[0], "Card")
    page = open_page(f"#/p/{started}/c/{started}", **PHONE)
    for _ in range(2):
        page.get_by_role("button", name="Open the photo: Card").click()
        expect(page.get_by_test_id("viewer")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_test_id("viewer")).to_have_count(0)
    page.go_back()
    is_in_list(page)
    page.go_forward()
    is_in_chat(page)
    expect(page.get_by_test_id("viewer")).to_have_count(0)
    page.go_back()
    is_in_list(page)


def test_back_closes_one_layer_at_a_time(open_page: OpenPage, started: int) -> None:
    """A dialog that was opened from a menu is one step."""
    page = open_page(f"#/p/{started}/c/{started}", **PHONE)
    page.get_by_role("button", name="Chat options").click()
    page.get_by_role("menuitem", name="Clinic set-up").click()
    expect(page.get_by_test_id("setup")).to_be_visible()
    page.go_back()
    expect(page.get_by_test_id("setup")).to_have_count(0)
    is_in_chat(page)
    page.go_back()
    is_in_list(page)
