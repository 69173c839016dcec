"""`make run` for the first time: each slow step says how far it is, and why it failed."""

import importlib.machinery
import importlib.util
import io
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parents[2] / ".ci" / "show-progress"
WRITTEN = """Collecting numpy==2.4.6 (from -r requirements/run.txt (line 3))
  Downloading numpy-2.4.6.whl (18 MB)
Collecting pillow==13.0.0 (from -r requirements/run.txt (line 9))
"""


@pytest.fixture
def script() -> ModuleType:
    loader = importlib.machinery.SourceFileLoader("show_progress", str(SCRIPT))
    spec = importlib.util.spec_from_loader("show_progress", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


def test_packages_are_counted_while_fetched_and_installed(script: ModuleType, tmp_path: Path) -> None:
    site = tmp_path / "lib" / "python3.11" / "site-packages"
    (site / "pip-25.dist-info").mkdir(parents=True)
    progress = script.Progress(3, tmp_path / "bin" / "python")
    assert progress.describe() == ""
    progress.follow(io.StringIO(WRITTEN))
    assert progress.describe() == "2 of 3 packages fetched"
    progress.follow(io.StringIO("Installing collected packages: numpy, pillow\n"))
    (site / "numpy-2.4.6.dist-info").mkdir()
    assert progress.describe() == "1 of 3 packages installed"


class Slow:
    """A command that takes three waits."""

    returncode = 0

    def __init__(self) -> None:
        self.waits: list[float] = []

    def wait(self, timeout: float) -> None:
        self.waits.append(timeout)
        if len(self.waits) <= 3:
            raise subprocess.TimeoutExpired("pip", timeout)


def test_a_slow_step_is_never_silent_for_longer_than_five_seconds(script: ModuleType, tmp_path: Path) -> None:
    slow, out = Slow(), io.StringIO()
    script.show("Installing packages", slow, script.Progress(0, tmp_path / "bin" / "python"), out)
    assert max(slow.waits) <= 5
    lines = out.getvalue().splitlines()
    assert lines[0] == "Installing packages ..."
    assert len(lines) == 5
    assert lines[-1].startswith("Installing packages: done in ")


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, SCRIPT, *arguments], capture_output=True, text=True, check=False, timeout=60
    )


def test_a_step_that_fails_shows_what_its_command_said() -> None:
    ended = run("Installing", sys.executable, "-c", "print('no such package'); raise SystemExit(3)")
    assert (ended.returncode, ended.stderr) == (3, "no such package\n")
    assert ended.stdout.splitlines()[-1].startswith("Installing: failed in ")


def test_a_step_that_succeeds_says_so_and_nothing_else() -> None:
    ended = run("Installing", sys.executable, "-c", "print('noise')")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "noise" not in ended.stdout
    assert ended.stdout.splitlines()[-1].startswith("Installing: done in ")
