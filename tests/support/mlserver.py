"""Real MLServer processes on loopback, from the environment that `make test` sets up beside the bot's."""

import asyncio
import os
import subprocess
import tempfile
import time
from pathlib import Path

from aiohttp.test_utils import unused_port

from inference.remote.address import ServerAddress
from inference.remote.opening import open_transport
from inference.remote.transport import TransportError
from inference.served import ServedModel

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / ".venv-serve" / "bin" / "mlserver"
MISSING = "MLServer is not installed (make .venv-serve/.serve; it needs Python 3.11 or 3.12)"
PATIENCE_S = 90.0


class MlServer:
    """One process that serves a repository."""

    def __init__(self, repository: Path) -> None:
        self._repository = repository
        self._http, self._grpc, self._metrics = (unused_port() for _ in range(3))
        self._process: subprocess.Popen[bytes] | None = None
        self._home = tempfile.TemporaryDirectory(prefix="nevus-mlserver-")
        self.log = Path(self._home.name) / "log"

    @property
    def grpc(self) -> str:
        return f"grpc://127.0.0.1:{self._grpc}"

    @property
    def http(self) -> str:
        return f"http://127.0.0.1:{self._http}"

    def start(self) -> None:
        """Start it; `wait_until_ready` says when it serves."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("MLSERVER_")}
        environment = inherited | {
            "PYTHONPATH": str(ROOT),
            "MLSERVER_HOST": "127.0.0.1",
            "MLSERVER_HTTP_PORT": str(self._http),
            "MLSERVER_GRPC_PORT": str(self._grpc),
            "MLSERVER_METRICS_PORT": str(self._metrics),
            "MLSERVER_METRICS_DIR": self._home.name,
        }
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [str(PROGRAM), "start", str(self._repository)],
                env=environment,
                cwd=self._home.name,
                stdout=log,
                stderr=log,
            )

    def wait_until_ready(self) -> None:
        asyncio.run(self.become_ready())

    async def become_ready(self) -> None:
        """Wait until it says that all its networks are ready."""
        transport = open_transport(ServerAddress.parse(self.http))
        models = [
            ServedModel(place.parent.name, place.name, "", 0)
            for place in self._repository.glob("nevus-*/[0-9]*")
        ]
        deadline = time.monotonic() + PATIENCE_S
        try:
            while True:
                try:
                    await transport.check_ready(timeout_s=5)
                    for model in models:  # it says that it is ready before it knows its networks
                        await transport.list_versions(model, timeout_s=5)
                except TransportError:
                    if time.monotonic() > deadline or not self.is_alive:
                        raise RuntimeError(
                            f"MLServer did not become ready:\n{self.log.read_text()[-3000:]}"
                        ) from None
                    await asyncio.sleep(0.1)
                else:
                    return
        finally:
            await transport.close()

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """As a lost machine: -9."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def stop(self) -> None:
        if self._process is not None and self.is_alive:
            self._process.terminate()
            try:
                self._process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self.kill()
        self._home.cleanup()
