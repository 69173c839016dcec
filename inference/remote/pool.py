"""Several inference servers: who is asked next, who is left out, who comes back."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from inference.release import Release
from inference.remote.address import ServerAddress
from inference.remote.endpoint import Endpoint
from inference.remote.opening import open_transport


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteSetup:
    """Where the networks run, and how long they are waited for."""

    addresses: Sequence[str]
    timeout_s: float = 5.0  # of one request
    probe_s: float = 5.0  # between two looks at a server
    start_grace_s: float = 10.0  # for a server that is just starting to learn its networks
    fallback: bool = False  # whether the networks may run here while no server is ready


class Pool:
    """Round robin over the servers that are ready, the least busy first."""

    def __init__(self, endpoints: Sequence[Endpoint], *, probe_s: float) -> None:
        self.endpoints = tuple(endpoints)
        self._probe_s = probe_s
        self._turn = 0
        self._watches: list[asyncio.Task[None]] = []

    @property
    def may_be_starting(self) -> bool:
        """Whether no server is ready, and one answers that knows nothing of the release yet."""
        states = {endpoint.state for endpoint in self.endpoints}
        return "ready" not in states and "wrong release" in states

    async def start(self) -> None:
        """Ask every server once, side by side, then watch each."""
        await self.probe()

        async def watch(endpoint: Endpoint) -> None:
            while True:
                await endpoint.rest(self._probe_s)
                await endpoint.probe()

        loop = asyncio.get_running_loop()
        self._watches = [loop.create_task(watch(endpoint)) for endpoint in self.endpoints]

    async def probe(self) -> None:
        """Ask every server once, side by side."""
        await asyncio.gather(*(endpoint.probe() for endpoint in self.endpoints))

    async def stop(self) -> None:
        """Stop watching and close every connection."""
        for watch in self._watches:
            watch.cancel()
        await asyncio.gather(*self._watches, return_exceptions=True)
        await asyncio.gather(*(endpoint.close() for endpoint in self.endpoints), return_exceptions=True)

    def choose(self, tried: Collection[Endpoint]) -> Endpoint | None:
        """The server to ask next; None when none is ready that was not tried."""
        count = len(self.endpoints)
        turns = [self.endpoints[(self._turn + step) % count] for step in range(count)]
        ready = [each for each in turns if each.state == "ready" and each not in tried]
        if not ready:
            return None
        chosen = min(ready, key=lambda endpoint: endpoint.in_flight)  # of equals the first: whose turn it is
        self._turn = (self.endpoints.index(chosen) + 1) % count
        return chosen


def make_pool(setup: RemoteSetup, release: Release) -> Pool:
    """The servers of a setup; nothing is sent yet.

    Raises:
        EngineError: gRPC is not installed.
    """
    addresses = [ServerAddress.parse(each) for each in setup.addresses]
    endpoints = [
        Endpoint(str(address), open_transport(address), release, timeout_s=setup.timeout_s)
        for address in addresses
    ]
    return Pool(endpoints, probe_s=setup.probe_s)


async def find_faults(setup: RemoteSetup, release: Release) -> dict[str, str]:
    """Why each server of a setup could not be asked now, by its address; empty if it could.

    Raises:
        EngineError: gRPC is not installed.
    """
    pool = make_pool(setup, release)
    try:
        await pool.probe()
        return {endpoint.address: endpoint.fault for endpoint in pool.endpoints}
    finally:
        await pool.stop()
