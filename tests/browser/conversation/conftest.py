"""The product as a user starts it, and Chromium."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.tiny_release import write_tiny_release

sync_api = pytest.importorskip(
    "playwright.sync_api", reason="playwright is not installed: pip install '.[dev]'"
)

CHROMIUM = Path(os.environ.get("NEVUS_TEST_CHROMIUM", "/usr/bin/chromium"))
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
DESKTOP = {"viewport": {"width": 1280, "height": 900}, "locale": "en-GB", "reduced_motion": "reduce"}
PHONE = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "has_touch": True,
    "is_mobile": True,
}

Arrive = Callable[..., Any]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks these tests; without Chromium they are skipped and say so."""
    missing = pytest.mark.skip(reason=f"no Chromium at {CHROMIUM}: install it or set NEVUS_TEST_CHROMIUM")
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.browser)
            if not CHROMIUM.exists():
                item.add_marker(missing)


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """`nevus run` on two tiny networks whose answers a drawing decides."""
    from tests.support.product import NO_LIMITS, Product

    folder = tmp_path_factory.mktemp("nevus")
    write_tiny_release(folder / "models")
    product = Product(folder / "var", folder / "models", NO_LIMITS)
    product.start()
    yield product
    assert product.stop() == 0, "".join(product.lines)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium. It does not outlive its file: the loop inside Playwright would stop asynchronous tests."""
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def arrive(browser: Any, product: Any) -> Iterator[Arrive]:
    """A new GP, or `person`, opens the page; an error on the page's console fails the test."""
    from tests.browser.conversation.gp import ANSWER_MS, Gp

    contexts: list[Any] = []
    errors: list[str] = []

    def open_it(name: str, language_code: str = "en", *, person: int | None = None, **options: Any) -> Gp:
        context = browser.new_context(**(DESKTOP | options))
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(ANSWER_MS)
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        gp = Gp(page, person or product.add_person(name, language_code))
        gp.open(product.link)
        return gp

    yield open_it
    for context in contexts:
        context.close()
    assert not errors
