"""The real product goes on answering when a stranger's update cannot be read or stored."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import aiohttp
import pytest
from aiohttp import web

from bot.commands.run import point_at
from tests.support.durable import Scene, open_scene

# What a word inside an update becomes on its way from the server: bytes that the sender's client wrote.
RAW: Final = {
    b"NOT-UTF-8": b"\xff\xfe\xfd",
    b"SURROGATE": b"\\ud83d",
    b"NUL": b"\\u0000",
    b"BREAK": b'"',
    b"DEEP": b'","deep":' + b"[" * 300 + b"]" * 300 + b',"more":"',
    b"DEEPEST": b'","deep":' + b"[" * 5_000 + b"]" * 5_000 + b',"more":"',
    b"LONG": b'","number":' + b"9" * 5_000 + b',"more":"',
    b"NO-ID": b'"}},{"message":{"text":"',
}


@dataclass
class RawServer:
    """Passes calls on to the local chat, and puts raw bytes into what it gives."""

    api_url: str
    session: aiohttp.ClientSession
    runner: web.AppRunner = field(init=False)

    async def start(self) -> str:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self.pass_on)
        self.runner = web.AppRunner(app, access_log=None)
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{self.runner.addresses[0][1]}"

    async def pass_on(self, request: web.Request) -> web.Response:
        headers = {"Content-Type": request.headers.get("Content-Type", "")}
        url, body = f"{self.api_url}{request.path_qs}", await request.read()
        async with self.session.request(request.method, url, data=body, headers=headers) as reply:
            given = await reply.read()
        if request.path.endswith("/getUpdates"):
            for word, raw in sorted(RAW.items(), reverse=True):
                given = given.replace(word, raw)
        return web.Response(status=reply.status, body=given, content_type="application/json")


@pytest.fixture
async def scene(tmp_path: Path, database_url: str) -> AsyncIterator[Scene]:
    async with open_scene(tmp_path, database_url) as opened, aiohttp.ClientSession() as session:
        server = RawServer(opened.chat.api_url, session)
        opened.settings = point_at(opened.settings, api_url=await server.start(), token=opened.chat.token)
        yield opened
        await opened.stop()
        await server.runner.cleanup()


PATIENCE_S: Final = 60.0


async def test_bytes_that_cannot_be_stored_are_replaced(scene: Scene) -> None:
    gp = await scene.side.person("Dr Taylor")
    await scene.start()
    for word, answer in (("NOT-UTF-8", "\ufffd\ufffd\ufffd"), ("SURROGATE", "\ufffd"), ("NUL", "\ufffd")):
        await scene.side.send(gp, text=f"{word} b")
        await scene.wait_for_text(gp, f"re {answer} b", timeout_s=PATIENCE_S)


async def test_an_update_that_cannot_be_read_or_kept_takes_no_other_with_it(scene: Scene) -> None:
    """Some wait at the start, each twice, among those of another person; some come later."""
    stranger, gp = await scene.side.person("Dr Martin"), await scene.side.person("Dr Taylor")
    words = ("BREAK", "DEEP", "DEEPEST", "LONG", "NO-ID")
    for word in words:
        await scene.side.send(gp, text=f"before {word.lower()}")
        for _ in range(2):
            await scene.side.send(stranger, text=f"PRIVATE {word}")
    await scene.start()
    for word in words:
        await scene.wait_for_text(gp, f"re before {word.lower()}", timeout_s=PATIENCE_S)
    for word in words:
        await scene.side.send(stranger, text=f"PRIVATE {word}")
        await scene.side.send(gp, text=f"later {word.lower()}")
        await scene.wait_for_text(gp, f"re later {word.lower()}", timeout_s=PATIENCE_S)
    assert len(await scene.said(gp)) == 2 * len(words)
