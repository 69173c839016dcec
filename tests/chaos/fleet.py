"""The processes of a fleet: a local chat, inference servers, several bots and what stands before them."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port

from models.release.repository import write_repository
from tests.chaos.stage import LEASE_S, PATIENCE_S, ROOT, Bot
from tests.support.localchat_client import PersonSide
from tests.support.mlserver import MlServer
from tests.support.tiny_release import write_tiny_release

Networks = Literal["tiny", "released"]
Source = Literal["webhook", "polling"]


class Balancer:
    """One address before several bots: the next in turn, and another one where nobody answers."""

    def __init__(self, ports: list[int]) -> None:
        self._ports = ports
        self._turn = 0
        self._session: aiohttp.ClientSession | None = None
        app = web.Application()
        app.router.add_post("/hook", self._pass_on)
        self._server = TestServer(app)

    async def start(self) -> None:
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30))
        await self._server.start_server()

    async def stop(self) -> None:
        await self._server.close()
        if self._session is not None:
            await self._session.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.port}/hook"

    async def _pass_on(self, request: web.Request) -> web.Response:
        assert self._session is not None
        body = await request.read()
        headers = {
            name: value for name, value in request.headers.items() if name.startswith(("X-", "Content-T"))
        }
        for _ in self._ports:
            port = self._ports[self._turn % len(self._ports)]
            self._turn += 1
            try:
                url = f"http://127.0.0.1:{port}/hook"
                async with self._session.post(url, data=body, headers=headers) as reply:
                    return web.Response(status=reply.status, body=await reply.read())
            except aiohttp.ClientError:
                continue
        return web.Response(status=502)


@dataclass
class Fleet:
    """What a run plays on."""

    folder: Path
    models: Path | None  # the release that runs; None is the installed pair
    side: PersonSide
    bots: list[Bot]
    engines: list[MlServer]
    database_url: str

    @property
    def key_file(self) -> Path:
        return self.folder / "nevus.key"

    def find_poller(self) -> Bot:
        """The bot that polls: the one that did not say that another one does, or took its place since."""

        def polls(log: str) -> bool:
            return log.rfind("this process polls") >= log.rfind("another process polls")

        (poller,) = (bot for bot in self.bots if polls(bot.log.read_text()))
        return poller


@asynccontextmanager
async def open_fleet(
    folder: Path, database_url: str, *, source: Source, networks: Networks, bots: int = 3, limits: bool = True
) -> AsyncIterator[Fleet]:
    """Everything started but the bots; all gone at the end."""
    models = folder / "models" if networks == "tiny" else None
    if models is not None:
        write_tiny_release(models)
    write_repository(folder / "repository", models)
    async with AsyncExitStack() as stack:
        chat = await stack.enter_async_context(_run_local_chat(folder, limits=limits))
        engines = [MlServer(folder / "repository") for _ in range(2)]
        for engine in engines:
            stack.callback(engine.stop)
            engine.start()
        await asyncio.gather(*(engine.become_ready() for engine in engines))
        ports = [unused_port() for _ in range(bots)]
        balancer = Balancer(ports)
        await balancer.start()
        stack.push_async_callback(balancer.stop)
        fleet_bots = []
        for number, port in enumerate(ports):
            home = folder / f"bot-{number}"
            home.mkdir()
            environment = _environment(folder, home, chat, engines, models) | {
                "NEVUS_DATABASE_URL": database_url
            }
            if source == "webhook":
                environment |= {"NEVUS_WEBHOOK_URL": balancer.url, "NEVUS_WEBHOOK_PORT": str(port)}
            fleet_bots.append(Bot(home, environment, LEASE_S))
            stack.push_async_callback(fleet_bots[-1].kill)
        side = await stack.enter_async_context(PersonSide(chat["api_url"], chat["key"]))
        yield Fleet(folder, models, side, fleet_bots, engines, database_url)


@asynccontextmanager
async def _run_local_chat(folder: Path, *, limits: bool) -> AsyncIterator[dict[str, str]]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot.localchat", "--state-dir", str(folder / "chat"), "--port", "0"),
        *("--webhook-retry", "0.5", "--limits", "on" if limits else "off"),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        yield json.loads(await asyncio.wait_for(process.stdout.readline(), PATIENCE_S))
    finally:
        process.terminate()
        await process.wait()


def _environment(
    folder: Path, home: Path, chat: dict[str, str], engines: list[MlServer], models: Path | None
) -> dict[str, str]:
    """A bot's own; nothing of `NEVUS_` is inherited."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("NEVUS_")}
    ours: dict[str, Any] = {
        "TELEGRAM_TOKEN": chat["token"],
        "TELEGRAM_API_URL": chat["api_url"],
        "TELEGRAM_POLL_S": 2,
        "TELEGRAM_POLLER_LEASE_S": LEASE_S,
        "DATA_DIR": home,
        "KEY_FILE": folder / "nevus.key",  # one key for all of them
        "WORK_LEASE_S": LEASE_S,
        "WORK_GRACE_S": 10,
        "ENGINE": "oip",
        "OIP_ADDRESSES": ",".join(engine.grpc for engine in engines),
        "OIP_PROBE_S": 1,
    } | ({"MODELS_DIR": models} if models is not None else {})
    return inherited | {f"NEVUS_{name}": str(value) for name, value in ours.items()}
