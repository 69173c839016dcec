"""Several inference servers: who is asked next, who is left out, who comes back."""

import asyncio
from collections.abc import Collection, Sequence

from inference.remote.endpoint import Endpoint


class Pool:
    """Round robin over the servers that are ready, the least busy first."""

    def __init__(self, endpoints: Sequence[Endpoint], *, probe_s: float) -> None:
        self.endpoints = tuple(endpoints)
        self._probe_s = probe_s
        self._turn = 0
        self._watches: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Ask every server once, side by side, then watch each."""
        await asyncio.gather(*(endpoint.probe() for endpoint in self.endpoints))
        loop = asyncio.get_running_loop()
        self._watches = [loop.create_task(self._watch(endpoint)) for endpoint in self.endpoints]

    async def stop(self) -> None:
        """Watch no more, close every way."""
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

    async def _watch(self, endpoint: Endpoint) -> None:
        while True:
            await endpoint.rest(self._probe_s)
            await endpoint.probe()
