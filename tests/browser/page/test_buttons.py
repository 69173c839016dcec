"""Buttons under messages and under the text field, and links into the chat."""

from typing import Any

from tests.browser.page.conftest import OpenPage, Server, sync_api
from tests.browser.page.scripted_bot import ScriptedBot, inline

expect = sync_api.expect


def test_a_press_ends_in_a_notice_or_an_alert(chat_page: Any, bot: ScriptedBot, started: int) -> None:
    """A pressed button waits with a spinner; the answer is a notice, or an alert that must be closed."""
    bot.say(started, "Result", reply_markup=inline([("Details", "d"), ("Why?", "w")]))
    message = chat_page.get_by_test_id("message").last
    details = message.get_by_role("button", name="Details")
    details.click()
    expect(details).to_have_attribute("aria-busy", "true")
    query = bot.next_update("callback_query")
    assert query["data"] == "d"
    bot.call("answerCallbackQuery", callback_query_id=query["id"], text="Shown below")
    expect(chat_page.get_by_test_id("toast")).to_have_text("Shown below")
    expect(details).not_to_have_attribute("aria-busy", "true")
    message.get_by_role("button", name="Why?").press("Enter")
    query = bot.next_update("callback_query")
    bot.call("answerCallbackQuery", callback_query_id=query["id"], text="Because.", show_alert=True)
    expect(chat_page.get_by_role("dialog")).to_contain_text("Because.")
    chat_page.keyboard.press("Escape")
    expect(chat_page.get_by_role("dialog")).to_have_count(0)


def test_a_message_that_arrives_during_a_press_takes_no_click(
    chat_page: Any, bot: ScriptedBot, started: int
) -> None:
    """The list stays where it is while the mouse is down, and shows the new message afterwards."""
    bot.say(started, "Result\n" * 60, reply_markup=inline([("Details", "d")]))
    details = chat_page.get_by_test_id("message").last.get_by_role("button", name="Details")
    details.hover()
    chat_page.mouse.down()
    bot.say(started, "Reminder\n" * 12)
    chat_page.wait_for_timeout(300)
    chat_page.mouse.up()
    assert bot.next_update("callback_query")["data"] == "d"
    newest = chat_page.get_by_test_id("message").last
    expect(newest).to_contain_text("Reminder")
    expect(newest.locator("time")).to_be_in_viewport()


def test_links_open_elsewhere_and_buttons_can_go(chat_page: Any, bot: ScriptedBot, started: int) -> None:
    """A link button is a safe link to a new tab; a removed keyboard leaves the page at once."""
    sent = bot.say(started, "Read", reply_markup=inline([("Guideline", "https://example.org/g")]))
    message = chat_page.get_by_test_id("message").last
    link = message.get_by_role("link", name="Guideline")
    expect(link).to_have_attribute("href", "https://example.org/g")
    expect(link).to_have_attribute("rel", "noopener noreferrer")
    where = {"chat_id": started, "message_id": sent["message_id"]}
    bot.call("editMessageReplyMarkup", reply_markup=inline(), **where)
    expect(message.get_by_test_id("inline-keyboard")).to_have_count(0)


def test_focus_stays_on_the_button_of_an_edited_message(
    chat_page: Any, bot: ScriptedBot, started: int
) -> None:
    """A keyboard user who pressed a button does not lose the place when the message is replaced."""
    sent = bot.say(started, "Checklist", reply_markup=inline([("Asymmetry", "a")]))
    message = chat_page.get_by_test_id("message").last
    message.get_by_role("button", name="Asymmetry").press("Enter")
    query = bot.next_update("callback_query")
    where = {"chat_id": started, "message_id": sent["message_id"]}
    bot.call("editMessageText", text="Checklist: 2", reply_markup=inline([("+ Asymmetry", "a")]), **where)
    bot.call("answerCallbackQuery", callback_query_id=query["id"])
    expect(message.get_by_role("button", name="+ Asymmetry")).to_be_focused()


def test_deep_links_open_the_private_chat(chat_page: Any, bot: ScriptedBot, started: int) -> None:
    """A t.me link to the assistant is followed inside the page, with its payload."""
    bot.say(started, '<a href="https://t.me/nevus_local_bot?start=case-7">answer</a>', parse_mode="HTML")
    chat_page.get_by_test_id("message").last.get_by_role("link", name="answer").click()
    assert bot.next_update("message")["text"] == "/start case-7"
    expect(chat_page.get_by_test_id("message").last).to_contain_text("/start case-7")


def test_reply_keyboards_and_shared_chats(open_page: OpenPage, bot: ScriptedBot, server: Server) -> None:
    """A key writes its text; a key that asks for a group offers those of the person."""
    leroy = server.person("Dr Leroy")
    server.ask("POST", f"/api/people/{leroy}/chats/{leroy}/messages", text="/start")
    bot.next_update("message")
    asks = {"request_id": 5, "chat_is_channel": False}
    keys = [[{"text": "The clinic's group", "request_chat": asks}], [{"text": "Not now"}]]
    bot.say(leroy, "Which group?", reply_markup={"keyboard": keys})
    page = open_page(f"#/p/{leroy}/c/{leroy}")
    keyboard = page.get_by_test_id("reply-keyboard")
    keyboard.get_by_role("button", name="Not now").click()
    assert bot.next_update("message")["text"] == "Not now"
    keyboard.get_by_role("button", name="The clinic's group").click()
    page.get_by_role("dialog").get_by_role("button", name="Clinic dermatology").click()
    assert bot.next_update("message")["chat_shared"]["request_id"] == 5
    bot.say(leroy, "Linked.", reply_markup={"remove_keyboard": True})
    expect(keyboard).to_be_hidden()


def test_a_wanted_reply_is_prepared(chat_page: Any, bot: ScriptedBot, started: int) -> None:
    """When the assistant asks for a reply, what one writes next is that reply."""
    wanted = {"force_reply": True, "input_field_placeholder": "Comment"}
    bot.say(started, "Your comment?", reply_markup=wanted)
    field = chat_page.get_by_test_id("composer")
    expect(field).to_have_attribute("placeholder", "Comment")
    field.fill("Looks benign")
    field.press("Enter")
    assert bot.next_update("message")["reply_to_message"]["text"] == "Your comment?"
