"""The whole product as a user starts it: `nevus run` as a process, with no token, on a free port."""

import os
import re
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[2]
# For tests that are not about Telegram's limits: the bot's own, far above what anyone does by hand.
NO_LIMITS = {
    "NEVUS_LIMITS_OVERALL_PER_S": "1000",
    "NEVUS_LIMITS_CHAT_PER_S": "1000",
    "NEVUS_LIMITS_CHAT_BURST": "1000",
    "NEVUS_LIMITS_GROUP_PER_MIN": "10000",
}
COMMAND = [sys.executable, "-c", "import sys; from bot.cli import main; sys.exit(main())", "run"]
START_S = 100


@dataclass
class Product:
    """A running product and its local chat's person side."""

    data_dir: Path
    models_dir: Path
    environment: dict[str, str] = field(default_factory=dict)  # more settings
    link: str = ""
    lines: list[str] = field(default_factory=list)
    process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Starts it and waits until it has printed its link."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("NEVUS_")}
        environment |= {
            "NEVUS_DATA_DIR": str(self.data_dir),
            "NEVUS_MODELS_DIR": str(self.models_dir),
            "NEVUS_LOCALCHAT_PORT": "0",
        } | self.environment
        self.link = ""
        self.process = subprocess.Popen(
            COMMAND, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        linked = threading.Event()
        threading.Thread(target=self._read, args=(linked,), daemon=True).start()
        linked.wait(START_S)
        if not self.link:
            self.stop()
            raise AssertionError("the product printed no link:\n" + "".join(self.lines))

    def stop(self) -> int:
        """Asks it to stop, as a terminal or a container does; gives its exit code."""
        if self.process is None:
            return 0
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=40)
        self.process = None
        return code

    def kill(self) -> None:
        """Ends it as a power cut would."""
        assert self.process
        self.process.kill()
        self.process.wait(timeout=40)
        self.process = None

    def ask(self, method: str, path: str, **body: object) -> dict:
        """A call of the person side."""
        address, _, key = self.link.partition("/?key=")
        headers = {"Authorization": f"Bearer {key}"}
        reply = httpx.request(method, address + path, headers=headers, json=body or None, timeout=20)
        assert reply.is_success, reply.text
        return reply.json()

    def add_person(self, name: str, language_code: str) -> int:
        """A general practitioner who is new here."""
        return int(self.ask("POST", "/api/people", first_name=name, language_code=language_code)["id"])

    def _read(self, linked: threading.Event) -> None:
        assert self.process
        assert self.process.stdout
        with self.process.stdout as output:
            for line in output:
                self.lines.append(line)
                if found := re.search(r"http://\S+\?key=\S+", line):
                    self.link = found.group()
                    linked.set()
        linked.set()
