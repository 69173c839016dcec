"""The bill of materials lists what is pinned, and nothing of where it came from."""

import json
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_it_lists_every_pinned_package_with_its_hashes() -> None:
    bill = json.loads((ROOT / "sbom.json").read_text())
    pinned = re.findall(
        r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", (ROOT / "requirements" / "run.txt").read_text(), re.MULTILINE
    )
    assert len(pinned) > 10
    listed = {(component["name"], component["version"]) for component in bill["components"]}
    assert listed == {(name.lower(), version) for name, version in pinned}, "run `make sbom`"
    assert all(component["hashes"] for component in bill["components"])


def test_it_names_no_host_but_the_schemas() -> None:
    hosts = set(re.findall(r"https?://([^/\"]+)", (ROOT / "sbom.json").read_text()))
    assert hosts == {"cyclonedx.org"}
