"""The stage of the benchmarks: a local Bot API server and a bot as processes, and people in this one."""

import asyncio
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import psutil

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
NEVUS = [sys.executable, "-c", "import sys; from bot.cli import main; sys.exit(main())", "run"]
OBSERVED = [sys.executable, str(ROOT / "bench" / "observed_bot.py")]

Json = dict[str, Any]


@dataclass
class Person:
    """Someone who writes to the bot and sees, with the time, what comes back."""

    stage: "Stage"
    id: int
    seen: list[tuple[float, str, Json]] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def _messages(self) -> str:
        return f"/api/people/{self.id}/chats/{self.id}/messages"

    async def write(self, text: str) -> float:
        """Send a text; gives the moment (monotonic seconds)."""
        moment = time.perf_counter()
        await self.stage.ask("POST", self._messages, json={"text": text})
        return moment

    async def send(self, *photos: bytes, kind: str = "photo") -> float:
        """Send a photo, a file or an album; gives the moment."""
        form = aiohttp.FormData()
        for photo in photos:
            form.add_field(kind, photo, filename="photo.jpg", content_type="image/jpeg")
        moment = time.perf_counter()
        await self.stage.ask("POST", self._messages, data=form)
        return moment

    async def press(self, message_id: int) -> None:
        """Press the first button under a message."""
        body = {"message_id": message_id, "row": 0, "column": 0}
        await self.stage.ask("POST", f"/api/people/{self.id}/chats/{self.id}/press", json=body)

    async def wait_for(
        self, wanted: Callable[[Json], bool], *, after: float, timeout_s: float = 120
    ) -> float:
        """Wait for a message of the bot, new or edited, after a moment; gives the seconds it took."""
        async with asyncio.timeout(timeout_s):
            while True:
                for moment, _, message in self.seen:
                    if moment > after and wanted(message):
                        return moment - after
                self.news.clear()
                await self.news.wait()

    async def listen(self) -> None:
        """Keep what comes, until cancelled."""
        async with self.stage.http.get(f"/api/people/{self.id}/events", timeout=None) as stream:
            kind = ""
            async for line in stream.content:
                text = line.decode().rstrip("\n")
                if text.startswith("event: "):
                    kind = text.removeprefix("event: ")
                elif text.startswith("data: ") and kind in ("message", "edit"):
                    message = json.loads(text.removeprefix("data: "))
                    if (message.get("from") or {}).get("is_bot"):
                        self.seen.append((time.perf_counter(), kind, message))
                        self.news.set()


@dataclass
class Stage:
    """A running local chat, a running bot, and the connection of the people."""

    info: Json
    http: aiohttp.ClientSession
    bot: psutil.Process
    output: Path
    chat_pid: int
    listeners: list[asyncio.Task[None]] = field(default_factory=list)

    async def ask(self, method: str, path: str, **options: Any) -> Json:
        """A call of the person side."""
        async with self.http.request(method, path, **options) as reply:
            body = await reply.json()
            if reply.status >= 400:
                raise RuntimeError(f"{method} {path}: {body}")
            return body

    async def introduce(self, name: str) -> Person:
        """A new person, who starts a bot and waits for what it says."""
        made = await self.ask("POST", "/api/people", json={"first_name": name, "language_code": "en"})
        person = Person(self, int(made["id"]))
        # The person's own list of what came: held by the stage, cancelled at its end.
        self.listeners.append(asyncio.get_running_loop().create_task(person.listen()))
        await asyncio.sleep(0.05)
        await person.wait_for(lambda _: True, after=await person.write("/start"))
        return person

    async def invite(self, name: str) -> Person:
        """A new person, who starts the bot and accepts its terms."""
        moment = time.perf_counter()
        person = await self.introduce(name)
        await person.wait_for(has_button, after=moment)
        message = next(message for _, _, message in reversed(person.seen) if has_button(message))
        await person.press(message["id"])
        await person.wait_for(lambda message: "photo" in (message.get("text") or ""), after=moment)
        return person

    def memory(self) -> tuple[float, float]:
        """Of the bot and its children, in MB: resident sizes added up; with shared pages divided (PSS)."""
        processes = [self.bot, *self.bot.children(recursive=True)]
        sizes = [process.memory_full_info() for process in processes]
        return sum(size.rss for size in sizes) / 1e6, sum(getattr(size, "pss", 0) for size in sizes) / 1e6


def has_button(message: Json) -> bool:
    """Whether a message has an inline keyboard."""
    return bool(message.get("keyboard"))


def is_answer(message: Json) -> bool:
    """Whether a message is a card."""
    return bool(message.get("photo")) and bool(message.get("caption"))


def is_text(message: Json) -> bool:
    """Whether a message is plain text."""
    return bool(message.get("text"))


def is_help(message: Json) -> bool:
    """Whether a message is a text that is no acknowledgement."""
    text = message.get("text") or ""
    return len(text) > 200


@asynccontextmanager
async def open_stage(
    command: list[str] = NEVUS, *, limits: str = "off", **settings: str
) -> AsyncIterator[Stage]:
    """Start the local chat (flood limits on or off) and the bot in a fresh folder; end both afterwards."""
    with tempfile.TemporaryDirectory(prefix="nevus-bench-") as name:
        folder = Path(name)
        chat, info = _start_chat(folder, limits)
        try:
            headers = {"Authorization": f"Bearer {info['key']}"}
            environment, output = make_environment(info, folder, settings), folder / "bot.log"
            async with (
                start_bot(command, environment, output) as bot,
                aiohttp.ClientSession(
                    info["api_url"], headers=headers, connector=aiohttp.TCPConnector(limit=0)
                ) as http,
            ):
                stage = Stage(info, http, bot, output, chat.pid)
                yield stage
                for listener in stage.listeners:
                    listener.cancel()
        finally:
            await asyncio.to_thread(_end, chat)


@asynccontextmanager
async def start_bot(
    command: list[str], environment: dict[str, str], output: Path
) -> AsyncIterator[psutil.Popen]:
    """Run a bot, its output going to a file; end it in a thread afterwards: it may still ask us things."""
    with output.open("w") as log:
        bot = psutil.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        yield bot
    finally:
        await asyncio.to_thread(_end, bot)


def _end(process: Any) -> None:
    process.terminate()
    try:
        process.wait(timeout=40)
    except (subprocess.TimeoutExpired, psutil.TimeoutExpired):
        process.kill()


def _start_chat(folder: Path, limits: str) -> tuple[subprocess.Popen[str], Json]:
    command = [sys.executable, "-m", "bot.localchat", "--state-dir", str(folder / "chat"), "--port", "0"]
    chat = subprocess.Popen([*command, "--limits", limits], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert chat.stdout is not None  # noqa: S101 - asked for above
    return chat, json.loads(chat.stdout.readline())


def make_environment(info: Json, folder: Path, settings: dict[str, str]) -> dict[str, str]:
    """The settings of a bot that talks to this Bot API server and keeps its data in this folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("NEVUS_")}
    return kept | {
        "NEVUS_TELEGRAM_TOKEN": info["token"],
        "NEVUS_TELEGRAM_API_URL": info["api_url"],
        "NEVUS_DATA_DIR": str(folder / "var"),
        "NEVUS_MODELS_DIR": str(find_models(folder)),
        "NEVUS_PHOTOS_PER_HOUR": "100000",
        **settings,
    }


def find_models(folder: Path) -> Path:
    """The released networks; where there are none, two tiny ones, and a line that says so."""
    released = ROOT / "models" / "released"
    if (released / "pair.json").exists():
        return released
    from tests.support.tiny_release import write_tiny_release

    write_tiny_release(folder / "tiny")
    return folder / "tiny"


def draw_photos(count: int) -> list[bytes]:
    """Drawn lesions as Telegram sends photos: 1280 px, JPEG."""
    from tests.support.drawn import draw_lesion, jpeg_bytes

    kinds = ("naevus", "melanoma")
    return [jpeg_bytes(draw_lesion(seed, size_px=1280, kind=kinds[seed % 2])) for seed in range(count)]


def describe_machine() -> str:
    """What it ran on, and with which networks."""
    cpu = platform.processor() or platform.machine()
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            cpu = line.partition(":")[2].strip()
            break
    memory_gb = psutil.virtual_memory().total / 1e9
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    networks = "released" if (ROOT / "models" / "released" / "pair.json").exists() else "TINY (none released)"
    return (
        f"{cpu}, {os.cpu_count()} cores, {memory_gb:.0f} GB, Python {platform.python_version()}; "
        f"load before: {load}\nNetworks: {networks}"
    )


def print_table(title: str, rows: list[tuple[str, str]]) -> None:
    """A table of two columns under a title."""
    width = max(len(name) for name, _ in rows)
    print(f"\n{title}")
    for name, value in rows:
        print(f"  {name:<{width}}  {value}")


def print_columns(title: str, head: list[str], rows: list[list[str]]) -> None:
    """A table with a head, the first column flush left."""
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
    print(f"\n{title}")
    for row in [head, *rows]:
        cells = [
            f"{cell:<{width}}" if column == 0 else f"{cell:>{width}}"
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        print("  " + "  ".join(cells).rstrip())


def percentiles(values: list[float]) -> str:
    """Median, 95th percentile and the largest, in milliseconds."""
    ordered = sorted(values)
    at = [ordered[min(len(ordered) - 1, int(len(ordered) * part))] for part in (0.5, 0.95, 1.0)]
    return "median {:.0f} ms, p95 {:.0f} ms, most {:.0f} ms".format(*(value * 1000 for value in at))
