"""Talking with the assistant: text, edits, replies, commands, formatting."""

from typing import Any

import pytest

from tests.browser.page.conftest import OpenPage, Server, sync_api
from tests.browser.page.page_actions import own, write
from tests.browser.page.scripted_bot import ScriptedBot

expect = sync_api.expect


def test_a_newcomer_sees_what_to_do_and_starts(open_page: OpenPage, gp: int, bot: ScriptedBot) -> None:
    """An unstarted chat shows the steps and one button, which sends /start."""
    page = open_page(f"#/p/{gp}/c/{gp}")
    expect(page.get_by_test_id("welcome")).to_contain_text("nothing leaves this machine")
    page.get_by_role("button", name="Start").click()
    assert bot.next_update("message")["text"] == "/start"
    bot.say(gp, "Hello.")
    expect(page.get_by_test_id("message").last).to_contain_text("Hello.")
    expect(page.get_by_test_id("composer")).to_be_visible()
    expect(page.get_by_test_id("welcome")).to_have_count(0)


def test_a_text_is_sent_and_answered_live(chat_page: Any, bot: ScriptedBot, started: int) -> None:
    """The text stands once; the typing sign gives way to the answer, and an edit replaces it in place."""
    write(chat_page, "Is this worrying?")
    mine = own(chat_page).filter(has_text="Is this worrying?")
    expect(mine).to_have_count(1)
    assert bot.next_update("message")["text"] == "Is this worrying?"
    expect(mine.get_by_role("img", name="Received by the assistant")).to_be_visible()
    bot.call("sendChatAction", chat_id=started, action="typing")
    expect(chat_page.get_by_test_id("typing")).to_contain_text("Nevus is typing")
    sent = bot.say(started, "Looking…")
    expect(chat_page.get_by_test_id("typing")).to_have_count(0)
    messages = chat_page.get_by_test_id("message")
    expect(messages.last).to_contain_text("Looking…")
    count = messages.count()
    bot.call("editMessageText", chat_id=started, message_id=sent["message_id"], text="It looks regular.")
    expect(messages.last).to_contain_text("It looks regular.")
    expect(messages.last).to_contain_text("edited")
    expect(messages).to_have_count(count)
    expect(chat_page.locator("#announcer")).to_contain_text("It looks regular.")


def test_shift_enter_makes_a_line_and_a_draft_is_kept(chat_page: Any) -> None:
    """Nothing is sent until Enter alone, and what was typed survives a reload."""
    field = chat_page.get_by_test_id("composer")
    field.press_sequentially("one")
    field.press("Shift+Enter")
    field.press_sequentially("two")
    chat_page.reload()
    expect(chat_page.get_by_test_id("composer")).to_have_value("one\ntwo")
    expect(own(chat_page).filter(has_text="two")).to_have_count(0)


def test_reply_edit_and_delete(chat_page: Any, bot: ScriptedBot) -> None:
    """A reply quotes, an edit reaches the bot, a deleted message leaves a trace."""
    theirs = chat_page.get_by_test_id("message").last
    theirs.hover()
    theirs.get_by_role("button", name="Reply to Nevus").click()
    write(chat_page, "Thank you")
    assert bot.next_update("message")["reply_to_message"]["text"] == "Welcome."
    mine = own(chat_page).last
    expect(mine.get_by_test_id("quoted")).to_contain_text("Welcome.")
    chat_page.get_by_test_id("composer").press("ArrowUp")
    write(chat_page, "Thanks a lot")
    assert bot.next_update("edited_message")["text"] == "Thanks a lot"
    expect(mine).to_contain_text("Thanks a lot")
    mine.hover()
    mine.get_by_role("button", name="Message options").click()
    chat_page.get_by_role("menuitem", name="Delete").click()
    chat_page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(mine).to_contain_text("This message was deleted")


def test_entities_become_elements_and_never_markup(chat_page: Any, bot: ScriptedBot, started: int) -> None:
    """Bold, code, quotes and links are drawn; text that looks like HTML stays text."""
    text = (
        "<b>Bold</b> <i>italic</i> <code>code</code> "
        '<a href="https://example.org/a">link</a> &lt;img src=x onerror=alert(1)&gt;'
        "<blockquote expandable>one\ntwo\nthree\nfour\nfive</blockquote>end"
    )
    bot.say(started, text, parse_mode="HTML")
    message = chat_page.get_by_test_id("message").last
    for tag, content in (("strong", "Bold"), ("em", "italic"), ("code", "code")):
        expect(message.locator(tag)).to_have_text(content)
    expect(message).to_contain_text("<img src=x onerror=alert(1)>")
    expect(message.locator("img")).to_have_count(0)
    link = message.get_by_role("link", name="link")
    expect(link).to_have_attribute("target", "_blank")
    expect(link).to_have_attribute("rel", "noopener noreferrer")
    message.get_by_role("button", name="Show more").click()
    expect(message.get_by_role("button", name="Show less")).to_have_attribute("aria-expanded", "true")


def test_commands_are_listed_and_filtered(chat_page: Any, bot: ScriptedBot) -> None:
    """The button shows all commands, typing narrows them, Enter sends the chosen one."""
    names = ("help", "history", "language")
    bot.call("setMyCommands", commands=[{"command": name, "description": f"About {name}"} for name in names])
    chat_page.reload()
    chat_page.get_by_role("button", name="Commands of the assistant").click()
    options = chat_page.get_by_test_id("commands").get_by_role("option")
    expect(options).to_have_count(3)
    field = chat_page.get_by_test_id("composer")
    field.press_sequentially("/h")
    expect(options).to_have_count(2)
    field.press("ArrowDown")
    field.press("Enter")
    assert bot.next_update("message")["text"] == "/history"
    expect(field).to_have_value("")


@pytest.mark.parametrize("event", ["edit", "deletion"])
def test_a_late_reply_to_a_sending_undoes_nothing(
    chat_page: Any, bot: ScriptedBot, server: Server, started: int, event: str
) -> None:
    """The stream may report an edit or a deletion before the request that sent the message is answered."""
    held: list[tuple[Any, Any]] = []

    def hold(route: Any) -> None:
        if route.request.method == "POST":
            held.append((route, route.fetch()))
        else:
            route.continue_()

    chat_page.route(lambda url: url.endswith("/messages"), hold)
    write(chat_page, "done")
    while not held:
        chat_page.wait_for_timeout(10)  # lets the browser talk
    number = bot.next_update("message")["message_id"]
    if event == "edit":
        path = f"/api/people/{started}/chats/{started}/messages/{number}"
        server.ask("PATCH", path, text="all done")
        changed = own(chat_page).filter(has_text="all done")
    else:
        bot.call("deleteMessage", chat_id=started, message_id=number)
        changed = own(chat_page).filter(has_text="This message was deleted")
    expect(changed).to_have_count(1)
    pending = chat_page.get_by_test_id("pending")
    expect(pending).to_have_count(1)
    route, reply = held[0]
    route.fulfill(response=reply)
    expect(pending).to_have_count(0)
    expect(changed).to_have_count(1)
    expect(own(chat_page)).to_have_count(2)  # and /start


def test_blocking_and_starting_again(chat_page: Any, bot: ScriptedBot) -> None:
    """One button unblocks a blocked assistant and starts it again."""
    chat_page.get_by_role("button", name="Chat options").click()
    chat_page.get_by_role("menuitem", name="Block the assistant").click()
    chat_page.get_by_role("button", name="Unblock and restart").click()
    assert bot.next_update("message")["text"] == "/start"
    expect(chat_page.get_by_test_id("composer")).to_be_visible()


def test_fingers_swipe_to_reply_and_press_long_for_the_menu(open_page: OpenPage, started: int) -> None:
    """On a phone a swipe to the left starts a reply and a long press opens the message menu."""
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    page = open_page(f"#/p/{started}/c/{started}", **phone)
    message = page.get_by_test_id("message").last
    expect(message).to_contain_text("Welcome.")
    touch = page.context.new_cdp_session(page)

    def finger(kind: str, *shift: int) -> None:
        box = message.bounding_box()
        points = [{"x": 100 + x, "y": box["y"] + box["height"] / 2} for x in shift]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    finger("touchStart", 0)
    for shift in (-20, -50, -80):
        finger("touchMove", shift)
    finger("touchEnd")
    expect(page.get_by_text("Reply to Nevus")).to_be_visible()
    finger("touchStart", 0)
    expect(page.get_by_role("menuitem", name="Copy text")).to_be_visible()
    finger("touchEnd")
