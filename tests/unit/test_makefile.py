"""`make serve`: on loopback unless told otherwise, and a plain sentence where no Python suits MLServer."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROGRAM = "#!/bin/sh\n"

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Environments that look set up, of programs that do nothing, and a PATH without a Python."""
    for name in ("venv/bin/python", "venv/bin/nevus", "path/python3", "path/python3.12", "path/python3.11"):
        write_program(tmp_path / name, "exit 1\n" if name.startswith("path") else "")
    (tmp_path / "venv" / ".run").touch()
    return tmp_path


def write_program(file: Path, lines: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(PROGRAM + lines)
    file.chmod(0o755)


def make(place: Path, target: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Make a target with the environments of `place`; nothing of the checkout's own is touched."""
    command = ["make", "--no-print-directory", target, f"VENV={place / 'venv'}", f"SERVE={place / 'serve'}"]
    usual = {name: value for name, value in os.environ.items() if name not in ("PYTHON", "MLSERVER_HOST")}
    usual |= {"PATH": f"{place / 'path'}:{os.environ['PATH']}"}
    return subprocess.run(
        [*command, f"MODELS={place / 'models'}"],
        cwd=ROOT,
        env=usual | environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(("asked", "host"), [({}, "127.0.0.1"), ({"MLSERVER_HOST": "10.0.0.7"}, "10.0.0.7")])
def test_networks_are_served_on_loopback_unless_told_otherwise(
    place: Path, asked: dict[str, str], host: str
) -> None:
    write_program(place / "serve" / "bin" / "mlserver", 'echo "$MLSERVER_HOST $*"\n')
    (place / "serve" / ".serve").touch()
    done = make(place, "serve", **asked)
    assert done.stdout.splitlines() == [f"{host} start {place / 'models'}"], done.stderr


def test_without_a_python_for_it_serving_says_what_is_missing_every_time(place: Path) -> None:
    for _ in range(2):
        done = make(place, "serve")
        assert done.returncode != 0
        assert "make serve needs Python 3.11 or 3.12 with venv" in done.stdout
        assert not (place / "serve" / ".serve").exists()


def test_without_a_python_for_it_the_other_tests_go_on(place: Path) -> None:
    """`make test` needs the stamp's recipe to end well, not the stamp."""
    done = make(place, str(place / "serve" / ".serve"))
    assert done.returncode == 0, done.stderr
    assert "skipped" in done.stdout
