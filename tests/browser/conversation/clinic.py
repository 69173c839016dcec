"""What dermatologists and admins do in the chat, by what can be seen on the page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from playwright.sync_api import Locator, Page, expect

from tests.browser.conversation.gp import ANSWER_MS, Gp

if TYPE_CHECKING:
    from tests.support.product import Product

GROUP, CHANNEL = "Clinic dermatology", "Clinic channel"


class Dermatologist(Gp):
    """A person at a window who has a group or channel open beside the private chat."""

    def __init__(self, page: Page, person: int, link: str, chat: int) -> None:
        super().__init__(page, person)
        self._link = link
        self._chat = chat

    def visit_group(self) -> None:
        """Opens the clinic's chat."""
        self.page.goto(f"{self._link}#/p/{self.person}/c/{self._chat}")
        expect(self.page.locator(f"[data-testid=chat-item][data-chat-id='{self._chat}']")).to_have_attribute(
            "aria-current", "true"
        )

    def visit_private(self) -> None:
        """Opens the chat with the assistant."""
        self.open(self._link)

    def link_clinic(self, title: str, *, place: int = 0) -> None:
        """Links a chat from private chat, with the key at this place."""
        self.write("/link")
        self.page.get_by_test_id("reply-keyboard").get_by_role("button").nth(place).click()
        self.page.get_by_test_id("share-chat").get_by_role("button", name=title).click()
        self.expect_text("Dans quelle langue")

    def card(self, number: str) -> Locator:
        """The newest card of a case: the photos at full size that follow it are no card."""
        messages = self.page.locator("[data-testid=message][data-own=false]").filter(has_text=number)
        messages = messages.filter(has_not_text=re.compile("at full size|en pleine résolution"))
        return messages.filter(has=self.page.get_by_role("img")).last


def reply_to(person: Gp, message: Locator, text: str) -> None:
    """Replies to a message with the button beside it."""
    message.hover()
    message.locator("[data-fk=reply]").click()
    person.write(text)


def read_alert(person: Gp) -> str:
    """What a pressed button says, read and closed."""
    alert = person.page.get_by_test_id("alert")
    expect(alert).to_be_visible(timeout=ANSWER_MS)
    words = alert.locator("p").inner_text()
    alert.get_by_role("button").last.click()
    expect(alert).to_have_count(0)
    return words


def press_on(card: Locator, name: str) -> None:
    """Presses the button of exactly this name under this message."""
    card.get_by_test_id("inline-button").get_by_text(name, exact=True).click()


def find_chat(product: Product, person: int, title: str) -> int:
    """The id of a chat by its title."""
    chats: list[dict[str, Any]] = product.ask("GET", f"/api/people/{person}/chats")["chats"]
    return next(int(chat["id"]) for chat in chats if chat["title"] == title)


def find_person(product: Product, name: str) -> int:
    """The id of one of the people."""
    people: list[dict[str, Any]] = product.ask("GET", "/api/state")["people"]
    return next(int(person["id"]) for person in people if person["first_name"] == name)
