"""What a general practitioner does in the chat, by what can be seen on the page."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

SCREENSHOTS = Path(__file__).parents[3] / "test-results" / "conversation"
ANSWER_MS = 45_000


class Gp:
    """One person at one window."""

    def __init__(self, page: Page, person: int) -> None:
        self.page = page
        self.person = person

    @property
    def messages(self) -> Locator:
        """Everything in the open chat, oldest first."""
        return self.page.get_by_test_id("message")

    @property
    def last(self) -> Locator:
        """The newest message of the assistant."""
        return self.page.locator("[data-testid=message][data-own=false]").last

    @property
    def own(self) -> Locator:
        """The newest message of the person."""
        return self.page.locator("[data-testid=message][data-own=true]").last

    def message_with(self, words: str) -> Locator:
        """The newest message of the assistant that says this."""
        return self.page.locator("[data-testid=message][data-own=false]").filter(has_text=words).last

    def open(self, link: str) -> None:
        """Opens the chat with the assistant."""
        self.page.goto(f"{link}#/p/{self.person}/c/{self.person}")

    def start(self, button: str) -> None:
        """Presses the button under the empty chat."""
        self.page.get_by_role("button", name=button, exact=True).click()

    def write(self, text: str) -> None:
        """Types and sends."""
        field = self.page.get_by_test_id("composer")
        field.fill(text)
        field.press("Enter")

    def send(self, *files: dict[str, Any], as_file: bool = False) -> None:
        """Picks photos with the paperclip and sends them together."""
        self.page.get_by_test_id("attach").click()
        with self.page.expect_file_chooser() as chooser:
            self.page.get_by_role("menuitem").nth(1 if as_file else 0).click()
        chooser.value.set_files(list(files))
        self.page.get_by_test_id("preview-send").click()

    def press(self, name: str) -> None:
        """Presses a button under the newest message that has it."""
        self.page.get_by_test_id("inline-button").filter(has_text=name).last.click()

    def expect_card(self, *headlines: str) -> Locator:
        """Waits until the newest message is a card whose caption has these words; gives the message."""
        expect(self.last.get_by_role("img").first).to_be_visible(timeout=ANSWER_MS)
        for words in headlines:
            expect(self.last).to_contain_text(words, timeout=ANSWER_MS)
        return self.last

    def expect_text(self, words: str) -> None:
        """Waits until the newest message says this."""
        expect(self.last).to_contain_text(words, timeout=ANSWER_MS)

    def photograph(self, name: str) -> None:
        """Keeps a picture of the page for a person to look at."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.page.evaluate("document.fonts.ready.then(() => true)")
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png")


def photo(content: bytes, name: str = "lesion.jpg", kind: str = "image/jpeg") -> dict[str, Any]:
    """A file as the file dialog takes it."""
    return {"name": name, "mimeType": kind, "buffer": content}
