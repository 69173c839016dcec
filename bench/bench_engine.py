"""Where the networks run: in this process, or on one and two MLServer processes, by gRPC and by HTTP.

The engine alone, without chat, database and card; servers and client share this machine's cores. Prints a
table and the machine it ran on; asserts nothing but that every score is the same to the last bit.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from stage import ROOT, describe_machine, draw_photos

from inference.engine import Engine
from inference.local_engine import LocalEngine
from inference.remote.engine import RemoteEngine
from inference.remote.pool import RemoteSetup
from models.release.repository import write_repository

sys.path.insert(0, str(ROOT))
from tests.support.mlserver import MISSING, PROGRAM, MlServer

AT_ONCE = 8  # photos in work, as in the bot by default
ALONE = 20


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    name: str
    alone_ms: float
    alone_p95_ms: float
    photos_per_s: float
    client_cpu_ms: float
    server_cpu_ms: float


async def measure(name: str, engine: Engine, photos: list[bytes], servers: list[MlServer]) -> tuple[Row, Any]:
    """One engine: photos one by one, then many at once."""
    await engine.start()
    try:
        findings = [(await engine.read(photo)).findings for photo in photos]  # warms it up, too
        alone = []
        for photo in (photos * ALONE)[:ALONE]:
            began = time.perf_counter()
            await engine.read(photo)
            alone.append((time.perf_counter() - began) * 1000)
        before = cpu_s(servers)
        began = time.perf_counter()
        count = await read_many(engine, photos, rounds=6)
        took_s = time.perf_counter() - began
        client_s, server_s = (after - earlier for after, earlier in zip(cpu_s(servers), before, strict=True))
    finally:
        await engine.stop()
    alone.sort()
    row = Row(
        name,
        alone[len(alone) // 2],
        alone[int(len(alone) * 0.95)],
        count / took_s,
        client_s / count * 1000,
        server_s / count * 1000,
    )
    return row, findings


async def read_many(engine: Engine, photos: list[bytes], *, rounds: int) -> int:
    """Keep so many photos in work until all are read; how many those were."""
    room = asyncio.Semaphore(AT_ONCE)

    async def read(photo: bytes) -> None:
        async with room:
            await engine.read(photo)

    work = photos * rounds
    await asyncio.gather(*(read(photo) for photo in work))
    return len(work)


def cpu_s(servers: list[MlServer]) -> tuple[float, float]:
    """Processor time so far: of this process and its decoders, and of the servers."""
    me = psutil.Process()
    ours = sum(
        sum(each.cpu_times()[:2]) for each in (me, *me.children(recursive=True)) if not is_server(each)
    )
    theirs = sum(sum(psutil.Process(server.pid).cpu_times()[:2]) for server in servers)
    return ours, theirs


def is_server(process: psutil.Process) -> bool:
    """Whether it is one of the inference servers."""
    return "mlserver" in " ".join(process.cmdline())


async def main() -> None:
    """Everything, in order."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=10, help="different photos")
    args = parser.parse_args()
    print(describe_machine())
    if not PROGRAM.exists():
        print(MISSING)
        return
    photos = draw_photos(args.photos)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        write_repository(Path(folder))
        servers = [MlServer(Path(folder)) for _ in range(2)]
        for server in servers:
            stack.callback(server.stop)
            server.start()
        for server in servers:
            await server.become_ready()
        rows = []
        local, expected = await measure("in this process", LocalEngine(), photos, servers)
        rows.append(local)
        for name, addresses in (
            ("one server, gRPC", [servers[0].grpc]),
            ("one server, HTTP", [servers[0].http]),
            ("two servers, gRPC", [server.grpc for server in servers]),
        ):
            row, findings = await measure(
                name, RemoteEngine(RemoteSetup(addresses=addresses)), photos, servers
            )
            if findings != expected:
                sys.exit(f"{name}: the scores are not the same")
            rows.append(row)
    print(format_rows(rows))


def format_rows(rows: list[Row]) -> str:
    """The table."""
    lines = [
        f"\n1280-px photos; at once: {AT_ONCE}\n",
        "| networks | one photo alone, median | 95 % | photos a second | CPU a photo, client | servers |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {row.name} | {row.alone_ms:.0f} ms | {row.alone_p95_ms:.0f} ms | {row.photos_per_s:.1f} "
        f"| {row.client_cpu_ms:.0f} ms | {row.server_cpu_ms:.0f} ms |"
        for row in rows
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    asyncio.run(main())
