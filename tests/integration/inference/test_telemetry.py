"""ONNX Runtime's builds for Linux send usage data to their maker unless told not to. Ours are told."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.tiny_release import write_tiny_release

ROOT = Path(__file__).parents[3]
# What switches it off by itself would hide that ours does not.
SWITCHES = {"CI", "ORT_DISABLE_TELEMETRY", "ORT_RUNNING_UNIT_TESTS", "XDG_CACHE_HOME"}
READ = """
from pathlib import Path
import sys
{first}
from inference.classifiers import load_classifiers
from inference.release import load_release
import numpy as np
photo = np.zeros((64, 64, 3), np.uint8)
for network in load_classifiers(load_release(Path(sys.argv[1]))).values():
    network(photo)
"""


@pytest.mark.parametrize("first", ["", "import models.release.export", "import bot.cli"])
def test_running_a_network_leaves_no_trace_and_prepares_no_report(first, tmp_path):
    """Left alone, it keeps a device number and a queue of events in the home directory."""
    write_tiny_release(tmp_path / "models")
    home = tmp_path / "home"
    home.mkdir()
    environment = {name: value for name, value in os.environ.items() if name not in SWITCHES}
    subprocess.run(
        [sys.executable, "-c", READ.format(first=first), str(tmp_path / "models")],
        env=environment | {"HOME": str(home), "PYTHONPATH": str(ROOT), "MPLCONFIGDIR": str(tmp_path)},
        check=True,
        timeout=100,
    )
    left = [path.name for path in home.rglob("*") if "onnx" in str(path) or "deviceid" in path.name]
    assert left == []


def test_the_images_say_it_too():
    for name in ("Dockerfile", "deploy/engine.Dockerfile"):
        assert "ORT_DISABLE_TELEMETRY=1" in (ROOT / name).read_text(encoding="utf-8")
