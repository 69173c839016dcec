"""Actions of a person on the page."""

from typing import Any

from tests.browser.page.scripted_bot import Json


def write(page: Any, text: str) -> None:
    """Types into the text field and sends with Enter."""
    field = page.get_by_test_id("composer")
    field.fill(text)
    field.press("Enter")


def photo_file(content: bytes, name: str = "lesion.jpg", kind: str = "image/jpeg") -> Json:
    """A file for Playwright's file chooser."""
    return {"name": name, "mimeType": kind, "buffer": content}


def attach(page: Any, what: str, files: list[Json]) -> Any:
    """Picks files with the paperclip; returns the preview."""
    page.get_by_role("button", name="Attach a photo or a file").click()
    with page.expect_file_chooser() as chooser:
        page.get_by_role("menuitem", name=what).click()
    chooser.value.set_files(files)
    return page.get_by_test_id("preview")


def open_attach_menu(page: Any) -> None:
    """Opens the paperclip's menu, in any language."""
    page.get_by_test_id("attach").click()


def own(page: Any) -> Any:
    """The person's own messages."""
    return page.locator("[data-testid=message][data-own=true]")
