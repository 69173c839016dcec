"""Photos, albums and files on their way, and a connection that fails."""

from typing import Any

from tests.browser.page.conftest import OpenPage, Server, sync_api
from tests.browser.page.page_actions import attach, own, photo_file, write
from tests.browser.page.scripted_bot import ScriptedBot

expect = sync_api.expect

DROP = """([element, bytes]) => {
  const files = new DataTransfer();
  files.items.add(new File([new Uint8Array(bytes)], "dropped.jpg", {type: "image/jpeg"}));
  for (const kind of ["dragover", "drop"])
    element.dispatchEvent(new DragEvent(kind, {bubbles: true, cancelable: true, dataTransfer: files}));
}"""
PASTE = """([element, bytes]) => {
  const files = new DataTransfer();
  files.items.add(new File([new Uint8Array(bytes)], "pasted.jpg", {type: "image/jpeg"}));
  element.dispatchEvent(new ClipboardEvent("paste", {bubbles: true, cancelable: true, clipboardData: files}));
}"""


def test_a_photo_with_a_caption(chat_page: Any, bot: ScriptedBot, lesions: list[bytes]) -> None:
    """A photo is looked at first, goes with its caption, and opens at full size."""
    preview = attach(chat_page, "Photo", [photo_file(lesions[0])])
    expect(preview.get_by_role("heading")).to_have_text("Send 1 item")
    expect(preview.get_by_role("img")).to_be_visible()
    preview.get_by_role("textbox", name="Caption").fill("Back, three months")
    preview.get_by_role("button", name="Send").click()
    update = bot.next_update("message")
    assert update["photo"]
    assert update["caption"] == "Back, three months"
    opener = own(chat_page).last.get_by_role("button", name="Open the photo: Back, three months")
    opener.click()
    viewer = chat_page.get_by_role("dialog", name="Photo")
    expect(viewer.get_by_role("img", name="Back, three months")).to_be_visible()
    viewer.get_by_role("button", name="Zoom").click()
    expect(viewer.get_by_role("button", name="Zoom")).to_have_attribute("aria-pressed", "true")
    chat_page.keyboard.press("Escape")
    expect(viewer).to_have_count(0)
    expect(opener).to_be_focused()


def test_an_album_is_one_grid(chat_page: Any, bot: ScriptedBot, lesions: list[bytes]) -> None:
    """Several photos go as one album; one can be taken out before."""
    views = [*lesions, lesions[0]]
    files = [photo_file(content, f"view-{number}.jpg") for number, content in enumerate(views)]
    preview = attach(chat_page, "Photo", files)
    preview.get_by_role("button", name="Remove view-3.jpg").click()
    expect(preview.get_by_role("heading")).to_have_text("Send 3 items")
    preview.get_by_role("textbox", name="Caption").press("Enter")
    groups = {bot.next_update("message")["media_group_id"] for _ in files[:3]}
    assert len(groups) == 1
    album = own(chat_page).last.get_by_test_id("album")
    expect(album.get_by_role("button")).to_have_count(3)
    album.get_by_role("button").first.click()
    chat_page.keyboard.press("ArrowRight")
    expect(chat_page.get_by_test_id("viewer")).to_contain_text("2 / 3")
    chat_page.keyboard.press("Escape")


def test_a_photo_sent_as_a_file_and_a_broken_one(
    chat_page: Any, bot: ScriptedBot, lesions: list[bytes]
) -> None:
    """A file keeps its name and bytes; what is no picture can only go as a file."""
    preview = attach(chat_page, "Photo", [photo_file(lesions[0], "original.jpg")])
    preview.get_by_role("radio", name="File").check()
    preview.get_by_role("button", name="Send").click()
    sent = bot.next_update("message")["document"]
    assert (sent["file_name"], sent["file_size"]) == ("original.jpg", len(lesions[0]))
    expect(own(chat_page).last.get_by_test_id("document")).to_contain_text("original.jpg")
    preview = attach(chat_page, "Photo", [photo_file(b"not a picture", "broken.jpg")])
    expect(preview.get_by_role("radio", name="Photo")).to_be_disabled()
    preview.get_by_role("button", name="Send").click()
    assert bot.next_update("message")["document"]["file_name"] == "broken.jpg"
    link = own(chat_page).last.get_by_role("link", name="Download broken.jpg, 13 B")
    expect(link).to_be_visible()


def test_drop_and_paste(chat_page: Any, bot: ScriptedBot, lesions: list[bytes]) -> None:
    """A dropped and a pasted picture both come to the preview; Escape takes nothing along."""
    pane = chat_page.get_by_role("main").element_handle()
    chat_page.evaluate(DROP, [pane, list(lesions[0])])
    preview = chat_page.get_by_test_id("preview")
    expect(preview.get_by_role("img", name="dropped.jpg")).to_be_visible()
    chat_page.keyboard.press("Escape")
    expect(preview).to_have_count(0)
    chat_page.evaluate(PASTE, [chat_page.get_by_test_id("composer").element_handle(), list(lesions[1])])
    expect(preview.get_by_role("img", name="pasted.jpg")).to_be_visible()
    preview.get_by_role("button", name="Send").click()
    assert bot.next_update("message")["photo"]


def test_a_card_with_alt_text_replaces_the_acknowledgement(
    chat_page: Any, bot: ScriptedBot, started: int, lesions: list[bytes]
) -> None:
    """The answer takes the place of the text, and the picture is named by its caption's first line."""
    sent = bot.say(started, "Reading your photo…")
    messages = chat_page.get_by_test_id("message")
    expect(messages.last).to_contain_text("Reading")
    count = messages.count()
    media = {"type": "photo", "media": "attach://card", "caption": "High risk\nRefer now."}
    where = {"chat_id": started, "message_id": sent["message_id"]}
    bot.call("editMessageMedia", media=media, files={"card": ("card.jpg", lesions[2])}, **where)
    expect(messages.last.get_by_role("img", name="High risk", exact=True)).to_be_visible()
    expect(messages).to_have_count(count)


def test_a_lost_connection_comes_back(
    open_page: OpenPage, server: Server, bot: ScriptedBot, started: int
) -> None:
    """What could not be sent stays and can be sent again; what came meanwhile shows by itself."""
    page = open_page(f"#/p/{started}/c/{started}", allow_errors=True)
    expect(page.get_by_test_id("message").last).to_contain_text("Welcome.")
    server.stop()
    expect(page.get_by_test_id("connection")).to_contain_text("Connection lost")
    write(page, "Are you there?")
    waiting = page.get_by_test_id("pending")
    expect(waiting).to_contain_text("Not sent")
    server.start()
    bot.say(started, "While you were away")
    expect(page.get_by_test_id("connection")).to_be_hidden()
    expect(page.get_by_test_id("message").last).to_contain_text("While you were away")
    waiting.get_by_role("button", name="Try again").click()
    expect(own(page).last).to_contain_text("Are you there?")
    expect(waiting).to_have_count(0)
    assert bot.next_update("message")["text"] == "Are you there?"
