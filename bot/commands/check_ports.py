"""What `nevus check` finds out about the ports that a start listens on."""

import asyncio
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from bot.commands.data_dir_lock import DataDirLock
from bot.settings import Settings

LOOPBACK: Final = "127.0.0.1"
EVERY: Final = ("", "0.0.0.0", "::")  # noqa: S104 - names that stand for all addresses


@dataclass(frozen=True, slots=True)
class PortFinding:
    """One line of the table."""

    mark: Literal["ok", "warn", "FAIL"]
    text: str


def check_ports(settings: Settings) -> Iterator[PortFinding]:
    """Whether each port that is set can be had.

    A port that is taken is a warning if a bot may run here with these settings: it has the port itself.
    """
    chat, webhook, monitor = settings.localchat, settings.webhook, settings.monitor
    places = []
    if settings.telegram.token is None:
        places.append(
            (LOOPBACK, chat.port, f"Set NEVUS_LOCALCHAT_PORT to a free port: {chat.port} is taken.")
        )
    elif webhook.url:
        free = "Set NEVUS_WEBHOOK_HOST and NEVUS_WEBHOOK_PORT to an address that is free here."
        places.append((webhook.host, webhook.port, free))
    if monitor.port is not None:
        free = "Set NEVUS_MONITOR_HOST and NEVUS_MONITOR_PORT to an address that is free here."
        places.append((monitor.host, monitor.port, free))
    if (port := _find_shared([(host, port) for host, port, _ in places if port != 0])) is not None:
        yield PortFinding("FAIL", f"Two settings name port {port}: give each its own.")
        return
    may_run = not settings.one_process or DataDirLock.of(settings).is_held()
    for host, port, advice in places:
        if port == 0:
            continue
        if asyncio.run(_can_be_had(host, port)):
            yield PortFinding("ok", f"{host}:{port} is free")
        elif may_run:
            yield PortFinding(
                "warn", f"{host}:{port} is taken: by a bot that runs here, or a start would fail"
            )
        else:
            yield PortFinding("FAIL", advice)


def _find_shared(places: Sequence[tuple[str, int]]) -> int | None:
    """A port that is set twice; on two addresses of this machine it can be, but not beside all addresses."""
    for (host, port), (other, same) in itertools.combinations(places, 2):
        if port == same and (host == other or not {host, other}.isdisjoint(EVERY)):
            return port
    return None


async def _can_be_had(host: str, port: int) -> bool:
    """Bind the port as a start does, without listening."""
    loop = asyncio.get_running_loop()
    try:
        server = await loop.create_server(asyncio.Protocol, host, port, start_serving=False)
    except OSError:
        return False
    server.close()
    return True
