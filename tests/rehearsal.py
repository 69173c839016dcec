"""The deployment without containers: the same processes, the same topology, on loopback.

    python -m tests.rehearsal [--photos 24]

PostgreSQL, two MLServer processes, two bots by webhook behind a balancer, the local chat in Telegram's place,
and a real Prometheus with deploy/'s alert rules. Photos are sent; then every query of the dashboard is put to
Prometheus; then a bot is asked to stop, and the inference servers are killed one after the other. Prints what
was seen and asserts nothing. Needs Prometheus (Debian: apt install prometheus) and `make .venv-serve/.serve`.
"""

import argparse
import asyncio
import itertools
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import yaml
from aiohttp import web
from aiohttp.test_utils import unused_port

from bot.localchat import FloodLimits, LocalChat, LocalChatConfig
from models.release.repository import write_repository
from tests.support.drawn import draw_lesion, jpeg_bytes
from tests.support.localchat_client import PersonSide
from tests.support.mlserver import PROGRAM, MlServer
from tests.support.postgres import PostgresServer, find_programs

ROOT = Path(__file__).resolve().parents[1]
DEPLOY = ROOT / "deploy"
PATIENCE_S = 90.0
SCRAPE_S = 2
NEVUS = [sys.executable, "-m", "bot"]
WEBHOOK_SECRET = secrets.token_hex(16)


@dataclass
class Bot:
    """One replica."""

    name: str
    webhook: int = field(default_factory=unused_port)
    monitor: int = field(default_factory=unused_port)
    process: subprocess.Popen[bytes] | None = None

    def start(self, folder: Path, environment: dict[str, str]) -> None:
        own = {"NEVUS_WEBHOOK_PORT": str(self.webhook), "NEVUS_MONITOR_PORT": str(self.monitor)}
        with (folder / f"{self.name}.log").open("wb") as log:
            self.process = subprocess.Popen(
                [*NEVUS, "run"], env=environment | own, cwd=folder, stdout=log, stderr=log
            )

    async def stop(self) -> str:
        """SIGTERM; how it ended."""
        assert self.process is not None
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        code = await asyncio.to_thread(self.process.wait, 40)
        return f"exit code {code} after {time.monotonic() - began:.1f} s"


class Balancer:
    """The ingress: hands each call to the replicas in turn, and to another one where one does not answer."""

    def __init__(self, bots: list[Bot]) -> None:
        self._turns = itertools.cycle(bots)
        self._count = len(bots)
        self.port = unused_port()
        self.took: dict[str, int] = {bot.name: 0 for bot in bots}

    async def start(self) -> None:
        self._session = aiohttp.ClientSession()
        app = web.Application()
        app.router.add_post("/telegram", self._pass_on)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()

    async def stop(self) -> None:
        await self._runner.cleanup()
        await self._session.close()

    async def _pass_on(self, request: web.Request) -> web.Response:
        body = await request.read()
        headers = {"X-Telegram-Bot-Api-Secret-Token": WEBHOOK_SECRET, "Content-Type": "application/json"}
        for _ in range(self._count):
            bot = next(self._turns)
            url = f"http://127.0.0.1:{bot.webhook}/telegram"
            try:
                async with self._session.post(url, data=body, headers=headers) as reply:
                    self.took[bot.name] += reply.status == 200
                    return web.Response(status=reply.status)
            except aiohttp.ClientError:
                continue
        return web.Response(status=502)


@dataclass
class Prometheus:
    """A real one, with the deployment's rules."""

    folder: Path
    bots: list[Bot]
    port: int = field(default_factory=unused_port)

    def start(self) -> None:
        config = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text())
        config["global"] = {"scrape_interval": f"{SCRAPE_S}s", "evaluation_interval": f"{SCRAPE_S}s"}
        targets = [f"127.0.0.1:{bot.monitor}" for bot in self.bots]
        config["scrape_configs"] = [{"job_name": "nevus", "static_configs": [{"targets": targets}]}]
        (self.folder / "prometheus.yml").write_text(yaml.safe_dump(config))
        shutil.copy(DEPLOY / "prometheus" / "alerts.yml", self.folder)
        with (self.folder / "prometheus.log").open("wb") as log:
            self.process = subprocess.Popen(
                [
                    str(shutil.which("prometheus")),
                    f"--config.file={self.folder / 'prometheus.yml'}",
                    f"--storage.tsdb.path={self.folder / 'metrics'}",
                    f"--web.listen-address=127.0.0.1:{self.port}",
                ],
                stdout=log,
                stderr=log,
            )

    async def ask(self, query: str) -> list[dict[str, Any]]:
        async with aiohttp.ClientSession() as session:
            url = f"http://127.0.0.1:{self.port}/api/v1/query"
            async with session.get(url, params={"query": query}) as reply:
                answer = await reply.json()
        if answer["status"] != "success":
            raise RuntimeError(f"{query}: {answer.get('error')}")
        return list(answer["data"]["result"])

    async def alerts(self) -> set[str]:
        found = await self.ask('ALERTS{alertstate="firing"}')
        return {one["metric"]["alertname"] for one in found}


async def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--photos", type=int, default=24)
    arguments = parser.parse_args()
    programs = find_programs()
    if programs is None or shutil.which("prometheus") is None or not PROGRAM.exists():
        print("needs PostgreSQL, Prometheus (Debian: postgresql, prometheus) and make .venv-serve/.serve")
        return 2
    folder = Path(tempfile.mkdtemp(prefix="nevus-rehearsal-"))
    postgres = PostgresServer(programs)
    postgres.start()
    write_repository(folder / "models")
    engines = [MlServer(folder / "models") for _ in range(2)]
    chat = LocalChat(LocalChatConfig(state_dir=folder / "chat", limits=FloodLimits(enabled=False)))
    bots = [Bot("bot-1"), Bot("bot-2")]
    balancer, prometheus = Balancer(bots), Prometheus(folder, bots)
    try:
        for engine in engines:
            engine.start()
        for engine in engines:
            await engine.become_ready()
        await chat.start()
        await balancer.start()
        url = postgres.url_of(await asyncio.to_thread(postgres.create_database))
        environment = make_environment(folder, chat, engines, url) | {
            "NEVUS_WEBHOOK_URL": f"http://127.0.0.1:{balancer.port}/telegram"
        }
        run_migration(folder, environment)
        for bot in bots:
            bot.start(folder, environment)
        prometheus.start()
        await play(chat, bots, engines, balancer, prometheus, photos=arguments.photos)
        print(run_drift(folder, environment))
    finally:
        stop_all(bots, prometheus)
        await balancer.stop()
        await chat.stop()
        for engine in engines:
            engine.stop()
        postgres.stop()
    print(f"logs: {folder}")
    return 0


def make_environment(folder: Path, chat: LocalChat, engines: list[MlServer], url: str) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("NEVUS_")}
    return inherited | {
        "PYTHONPATH": str(ROOT),
        "NEVUS_ENV": "production",
        "NEVUS_TELEGRAM_TOKEN": chat.token,
        "NEVUS_TELEGRAM_API_URL": chat.api_url,
        "NEVUS_DATA_DIR": str(folder / "data"),
        "NEVUS_DATABASE_URL": url,
        "NEVUS_WEBHOOK_SECRET": WEBHOOK_SECRET,
        "NEVUS_ENGINE": "oip",
        "NEVUS_OIP_ADDRESSES": ",".join(engine.grpc for engine in engines),
        "NEVUS_LOG_FORMAT": "json",
        "NEVUS_LIMITS_CHAT_PER_S": "1000",
        "NEVUS_LIMITS_CHAT_BURST": "1000",
        "NEVUS_LIMITS_OVERALL_PER_S": "1000",
    }


def run_migration(folder: Path, environment: dict[str, str]) -> None:
    done = subprocess.run(
        [*NEVUS, "migrate"], env=environment, cwd=folder, capture_output=True, text=True, check=True
    )
    print(f"migrate: {done.stdout.strip()}")


def run_drift(folder: Path, environment: dict[str, str]) -> str:
    done = subprocess.run(
        [*NEVUS, "drift"], env=environment, cwd=folder, capture_output=True, text=True, check=False
    )
    return f"nevus drift (exit code {done.returncode}):\n{done.stdout}{done.stderr}"


async def play(
    chat: LocalChat,
    bots: list[Bot],
    engines: list[MlServer],
    balancer: Balancer,
    prometheus: Prometheus,
    *,
    photos: int,
) -> None:
    await until("both bots ready", lambda: is_value(prometheus, "sum(nevus_ready)", 2))
    async with PersonSide(chat.api_url, chat.key) as side:
        person = await side.person("Dr Taylor")
        await accept(side, person)
        await send_photos(side, person, photos, first=0)
        print(f"updates taken by: {balancer.took}")
        await asyncio.sleep(2 * SCRAPE_S)
        await ask_dashboard(prometheus)
        print(f"alerts that ring: {sorted(await prometheus.alerts()) or 'none'}")
        print(f"bot-2 on SIGTERM: {await bots[1].stop()}")
        await send_photos(side, person, photos, first=photos)
        engines[0].kill()
        await until("one server seen as lost", lambda: is_value(prometheus, "sum(nevus_engine_server_up)", 1))
        await send_photos(side, person, photos, first=2 * photos)
        engines[1].kill()
        await until("the engine seen as down", lambda: is_value(prometheus, "max(nevus_engine_up)", 0))
        await until("NevusEngineDown rings", lambda: rings(prometheus, "NevusEngineDown"))
        print(f"alerts that ring: {sorted(await prometheus.alerts())}")


async def accept(side: PersonSide, person: int) -> None:
    await side.send(person, start="")
    terms = await side.wait_for(person, lambda m: m["from"]["is_bot"], timeout_s=PATIENCE_S)
    await side.press(person, terms["id"], "✅ I accept")


async def send_photos(side: PersonSide, person: int, count: int, *, first: int) -> None:
    """Send them all at once, and wait for a card under each."""
    began = time.monotonic()

    async def send(seed: int) -> None:
        file = ("photo", "lesion.jpg", jpeg_bytes(draw_lesion(seed, size_px=400)))
        (sent, *_) = await side.send_files(person, file)

        def is_card(message: dict[str, Any]) -> bool:
            is_answer = message["from"]["is_bot"] and message["reply_to"] == sent["id"]
            return is_answer and bool(message["caption"])

        await side.wait_for(person, is_card, timeout_s=PATIENCE_S)

    await asyncio.gather(*(send(first + place) for place in range(count)))
    print(f"{count} photos answered in {time.monotonic() - began:.1f} s")


async def ask_dashboard(prometheus: Prometheus) -> None:
    """Every query of the dashboard, as Grafana would ask it."""
    dashboard = json.loads((DEPLOY / "grafana" / "dashboards" / "nevus.json").read_text())
    targets = [
        (panel["title"], target["expr"])
        for panel in dashboard["panels"]
        for target in panel.get("targets", [])
    ]
    empty = [title for title, query in targets if not await prometheus.ask(query)]
    answered = len(targets) - len(empty)
    print(f"{len(targets)} queries of the dashboard, {answered} with an answer; without: {empty}")
    for query in ("sum by (level) (nevus_cases_total)", "nevus_build_info", "nevus_engine_server_up"):
        for one in await prometheus.ask(query):
            labels = {k: v for k, v in one["metric"].items() if k not in {"__name__", "job"}}
            print(f"  {query}: {labels} = {one['value'][1]}")


async def is_value(prometheus: Prometheus, query: str, value: float) -> bool:
    found = await prometheus.ask(query)
    return bool(found) and float(found[0]["value"][1]) == value


async def rings(prometheus: Prometheus, name: str) -> bool:
    return name in await prometheus.alerts()


async def until(what: str, look: Callable[[], Awaitable[bool]]) -> None:
    began = time.monotonic()
    while time.monotonic() - began < PATIENCE_S:
        try:
            if await look():
                print(f"{what}: after {time.monotonic() - began:.1f} s")
                return
        except (aiohttp.ClientError, RuntimeError):
            pass  # not up yet
        await asyncio.sleep(0.5)
    print(f"{what}: NOT within {PATIENCE_S:.0f} s")


def stop_all(bots: list[Bot], prometheus: Prometheus) -> None:
    processes = [bot.process for bot in bots] + [getattr(prometheus, "process", None)]
    for process in processes:
        if process is not None and process.poll() is None:
            process.terminate()
            process.wait(timeout=40)


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
