"""A Bot API server that refuses the webhook, reports an error, or gives files as paths (`--local`)."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from telegram.ext import ExtBot

from bot.cli import main
from bot.conversation.application import make_application
from bot.delivery.local_files import LocalFileError
from bot.delivery.webhook import WebhookServer
from bot.settings import Webhook, read_settings
from tests.support.tiny_release import write_tiny_release

TOKEN = "123456:ABC-def_0123456789"
URL = "https://127.0.0.1:8443/hook"
REFUSAL = "Bad Request: Bad webhook: webhook can be set up only on ports 80, 88, 443 or 8443"


@dataclass
class OwnServer:
    """Answers what it was told to; `refusals` are what setWebhook says first, one after the other."""

    webhook: dict[str, Any] = field(default_factory=lambda: {"url": ""})
    refusals: list[str] = field(default_factory=list)
    file_path: str = ""
    is_set: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, request: web.Request) -> web.Response:
        method = request.path.rsplit("/", 1)[-1]
        if method == "setWebhook" and self.refusals:
            body = {"ok": False, "error_code": 400, "description": self.refusals.pop(0)}
            return web.json_response(body, status=400)
        if method == "setWebhook":
            self.is_set.set()
        results: dict[str, Any] = {
            "getMe": {"id": 123456, "is_bot": True, "first_name": "Nevus", "username": "nevus_bot"},
            "getWebhookInfo": {"has_custom_certificate": False, "pending_update_count": 0} | self.webhook,
            "getFile": {"file_id": "x", "file_unique_id": "y", "file_path": self.file_path},
            "setWebhook": True,
        }
        if method not in results:
            return web.json_response({"ok": False, "error_code": 404, "description": "Not Found"}, status=404)
        return web.json_response({"ok": True, "result": results[method]})


@pytest.fixture
def own() -> OwnServer:
    return OwnServer()


@pytest.fixture
async def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own: OwnServer) -> AsyncIterator[Path]:
    """Settings that name the server."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", own.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    write_tiny_release(tmp_path / "models")
    monkeypatch.setenv("NEVUS_MODELS_DIR", str(tmp_path / "models"))
    monkeypatch.setenv("NEVUS_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("NEVUS_TELEGRAM_TOKEN", TOKEN)
    monkeypatch.setenv("NEVUS_TELEGRAM_API_URL", f"http://127.0.0.1:{runner.addresses[0][1]}")
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    yield tmp_path
    await runner.cleanup()


async def check(capsys: pytest.CaptureFixture[str]) -> tuple[int, list[str]]:
    """Exit code, and the lines about the Bot API and the webhook."""
    code = await asyncio.to_thread(main, ["check"])
    lines = capsys.readouterr().out.splitlines()
    return code, [line for line in lines if line[6:].startswith(("Bot API", "webhook"))]


@pytest.mark.usefixtures("home")
class TestCheck:
    async def test_without_a_webhook_only_the_name_is_shown(self, capsys: pytest.CaptureFixture[str]):
        assert await check(capsys) == (0, ["ok    Bot API   answers as @nevus_bot"])

    async def test_a_webhook_that_polling_will_remove_is_a_warning(self, own, capsys):
        own.webhook = {"url": "https://elsewhere.example.org/"}
        code, lines = await check(capsys)
        assert code == 0
        assert lines[1].startswith("warn  webhook   is set: `nevus run` removes it")

    async def test_a_webhook_that_is_not_set_yet_is_fine(self, monkeypatch, capsys):
        monkeypatch.setenv("NEVUS_WEBHOOK_URL", URL)
        code, lines = await check(capsys)
        assert (code, lines[1]) == (0, "ok    webhook   not set yet: `nevus run` sets it")

    @pytest.mark.parametrize(
        ("url", "sentence"),
        [
            ("https://127.0.0.1:9443/hook", "Set NEVUS_WEBHOOK_URL to port 443, 80, 88 or 8443"),
            ("http://127.0.0.1/hook", "Set NEVUS_WEBHOOK_URL to an address that begins with https://"),
            ("https://nowhere.invalid/hook", "Set NEVUS_WEBHOOK_URL to a host that can be resolved"),
        ],
    )
    async def test_an_address_that_telegram_refuses_fails(self, url, sentence, monkeypatch, capsys, own):
        monkeypatch.setenv("NEVUS_WEBHOOK_URL", url)
        code, lines = await check(capsys)
        assert code == 1
        assert lines[1].startswith(f"FAIL  webhook   {sentence}")
        own.webhook = {"url": url}  # the server has taken it: one of your own may
        assert await check(capsys) == (0, [lines[0], "ok    webhook   is set"])

    async def test_the_last_error_that_telegram_met_is_shown(self, own, monkeypatch, capsys):
        monkeypatch.setenv("NEVUS_WEBHOOK_URL", URL)
        own.webhook = {
            "url": URL,
            "last_error_date": 1_772_000_000,
            "last_error_message": "Wrong response from\nthe webhook: 503",
            "pending_update_count": 4,
        }
        code, lines = await check(capsys)
        assert code == 0
        assert lines[1] == (
            "warn  webhook   is set; Telegram's last error at 2026-02-25 06:13 UTC: "
            "Wrong response from the webhook: 503; 4 updates wait"
        )

    @pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
    async def test_a_socks_proxy_for_other_addresses_is_not_used(self, name, monkeypatch, capsys):
        monkeypatch.setenv(name, "socks5://user:SECRET@127.0.0.1:9")
        assert await check(capsys) == (0, ["ok    Bot API   answers as @nevus_bot"])

    async def test_a_folder_of_files_that_cannot_be_read_fails(self, home, monkeypatch, capsys):
        monkeypatch.setenv("NEVUS_TELEGRAM_FILES_DIR", str(home / "nowhere"))
        code, lines = await check(capsys)
        assert code == 1
        assert lines == ["FAIL  Bot API   Set NEVUS_TELEGRAM_FILES_DIR to a folder that can be read."]


async def open_bot(**environment: str) -> ExtBot[None]:
    import os

    application = make_application(read_settings(dict(os.environ) | environment))
    await application.bot.initialize()
    return application.bot


async def test_why_a_webhook_is_refused_is_logged_once(
    home: Path, own: OwnServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="bot.delivery.webhook")
    own.refusals = [REFUSAL, REFUSAL]

    async def take(updates: Any) -> Any:
        return len(updates)

    bot = await open_bot()
    server = WebhookServer(bot=bot, settings=Webhook(url=URL), secret="s" * 20, take=take, refused=take)
    await server.run()
    assert own.is_set.is_set()
    said = [each.getMessage() for each in caplog.records if each.name == "bot.delivery.webhook"]
    assert said == [
        f"the webhook cannot be set: {REFUSAL.removeprefix('Bad Request: ')}; trying again",
        "the webhook is set",
    ]
    await bot.shutdown()


async def download(bot: ExtBot[None]) -> bytes:
    file = await bot.get_file("x")
    return bytes(await file.download_as_bytearray())


async def test_a_photo_is_read_below_the_folder_of_the_server(home: Path, own: OwnServer) -> None:
    folder = home / "server" / TOKEN / "photos"
    folder.mkdir(parents=True)
    (folder / "file 0.jpg").write_bytes(b"photo")
    own.file_path = str(folder / "file 0.jpg")
    bot = await open_bot(NEVUS_TELEGRAM_FILES_DIR=str(home / "server"))
    assert await download(bot) == b"photo"
    await bot.shutdown()


@pytest.mark.parametrize("set_up", [True, False])
async def test_no_other_file_on_the_disk_is_read(home: Path, own: OwnServer, set_up: bool) -> None:
    (home / "server").mkdir()
    (home / "server" / "link").symlink_to(home / "secret")
    (home / "secret").write_bytes(b"secret")
    environment = {"NEVUS_TELEGRAM_FILES_DIR": str(home / "server")} if set_up else {}
    bot = await open_bot(**environment)
    relative = Path(*[".."] * len(Path.cwd().parts), *(home / "secret").parts[1:])
    assert await asyncio.to_thread(relative.read_bytes) == b"secret"
    for path in (home / "secret", home / "server" / "link", home / "server" / ".." / "secret", relative):
        own.file_path = str(path)
        with pytest.raises(LocalFileError):
            await download(bot)
    await bot.shutdown()
