"""The real local chat, a scripted bot and a real browser."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image, ImageDraw

from tests.browser.page.scripted_bot import ScriptedBot

WHY = "playwright is not installed: pip install '.[dev]'"
sync_api = pytest.importorskip("playwright.sync_api", reason=WHY)

ROOT = Path(__file__).parents[3]
CHROMIUM = Path(os.environ.get("NEVUS_TEST_CHROMIUM", "/usr/bin/chromium"))
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
EXPECT_MS = 20_000  # only a starved machine comes near it

OpenPage = Callable[..., Any]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks these tests; without Chromium they are skipped and say so."""
    missing = pytest.mark.skip(reason=f"no Chromium at {CHROMIUM}: install it or set NEVUS_TEST_CHROMIUM")
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.browser)
            if not CHROMIUM.exists():
                item.add_marker(missing)


@dataclass
class Server:
    """The local chat as a separate process."""

    folder: Path
    port: int = 0
    process: subprocess.Popen[str] | None = None
    info: dict[str, str] = field(default_factory=dict)

    def start(self) -> None:
        """Starts the server, on the same port as before."""
        command = [sys.executable, "-m", "bot.localchat", "--state-dir", str(self.folder), "--limits", "off"]
        command += ["--port", str(self.port)]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout
        self.info = json.loads(self.process.stdout.readline())
        self.port = int(self.info["api_url"].rpartition(":")[2])

    def stop(self) -> None:
        """Stops the server and waits for its end."""
        if self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=10)
        if self.process.stdout:
            self.process.stdout.close()
        self.process = None

    def ask(self, method: str, path: str, **body: Any) -> Any:
        """A call of the person's side."""
        headers = {"Authorization": f"Bearer {self.info['key']}"}
        url = self.info["api_url"] + path
        reply = httpx.request(method, url, headers=headers, json=body or None, timeout=20)
        assert reply.is_success, reply.text
        return reply.json()

    def person(self, name: str) -> int:
        """The id of one of the people."""
        people = self.ask("GET", "/api/state")["people"]
        return next(int(person["id"]) for person in people if person["first_name"] == name)

    def chat(self, person: int, title: str) -> int:
        """The id of a chat that a person sees."""
        chats = self.ask("GET", f"/api/people/{person}/chats")["chats"]
        return next(int(chat["id"]) for chat in chats if chat["title"] == title)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A local chat, one per file of tests."""
    server = Server(tmp_path_factory.mktemp("localchat"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium. It does not outlive its file: the loop inside Playwright would stop asynchronous tests."""
    with sync_api.sync_playwright() as playwright:
        sync_api.expect.set_options(timeout=EXPECT_MS)
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def bot(server: Server) -> Iterator[ScriptedBot]:
    """The assistant's side of the chat, without updates of earlier tests."""
    bot = ScriptedBot(server.info["api_url"], server.info["token"])
    bot.poll(0)
    bot.waiting.clear()
    yield bot
    bot.client.close()


@pytest.fixture
def gp(server: Server) -> int:
    """A new general practitioner."""
    return int(server.ask("POST", "/api/people", first_name="Dr Novak", language_code="en")["id"])


@pytest.fixture
def started(gp: int, server: Server, bot: ScriptedBot) -> int:
    """The private chat of a GP who has started the bot, which has answered. Its id is the GP's."""
    server.ask("POST", f"/api/people/{gp}/chats/{gp}/messages", text="/start")
    bot.next_update("message")
    bot.say(gp, "Welcome.")
    return gp


USUAL = {"viewport": {"width": 1280, "height": 800}, "locale": "en-GB", "reduced_motion": "reduce"}


@pytest.fixture(scope="module")
def usual_window(browser: Any) -> Iterator[Any]:
    """A desktop window in English that tests may share: each plays people of its own."""
    context = browser.new_context(**USUAL)
    yield context
    context.close()


def collect_errors(page: Any, errors: list[str]) -> None:
    """Collects errors on the page's console, including violations of the content security policy."""
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))


@pytest.fixture
def open_page(browser: Any, usual_window: Any, server: Server) -> Iterator[OpenPage]:
    """Opens the page; with options in a separate window. An error on the page's console fails the test."""
    opened: list[Any] = []
    errors: list[str] = []

    def open_it(hash_: str = "", *, allow_errors: bool = False, **options: Any) -> Any:
        context = browser.new_context(**(USUAL | options)) if options else usual_window
        page = context.new_page()
        page.set_default_timeout(EXPECT_MS)
        opened.append(context if options else page)
        if not allow_errors:
            collect_errors(page, errors)
        page.goto(server.info["link"] + hash_)
        return page

    yield open_it
    for each in opened:
        each.close()
    assert not errors


@pytest.fixture
def chat_page(open_page: OpenPage, started: int) -> Any:
    """The page with the GP's chat open."""
    page = open_page(f"#/p/{started}/c/{started}")
    sync_api.expect(page.get_by_test_id("message").last).to_contain_text("Welcome.")
    return page


@pytest.fixture(scope="session")
def lesions() -> list[bytes]:
    """Drawn pictures of a mole, as JPEG."""
    return [_draw(shift) for shift in (0, 40, 80)]


def _draw(shift: int) -> bytes:
    picture = Image.new("RGB", (640, 480 + shift), (222, 178 - shift // 4, 152))
    draw = ImageDraw.Draw(picture)
    draw.ellipse([220, 150, 400 + shift, 310], fill=(92, 56, 44))
    draw.ellipse([280, 180, 420, 280 + shift // 2], fill=(58, 34, 30))
    buffer = BytesIO()
    picture.save(buffer, "JPEG")
    return buffer.getvalue()
