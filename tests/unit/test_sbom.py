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


def test_every_package_has_a_licence_and_no_text_of_one() -> None:
    """SPDX expressions (https://spdx.org/licenses/): what a licence check can read."""
    components = json.loads((ROOT / "sbom.json").read_text())["components"]
    licences = {each["name"]: each["licenses"][0]["expression"] for each in components}
    assert licences["python-telegram-bot"] == "LGPL-3.0-only"
    assert licences["orjson"] == "MPL-2.0 AND (Apache-2.0 OR MIT)"
    words = {word.strip("()") for expression in licences.values() for word in expression.split()}
    assert words - {"AND", "OR", "WITH"} <= {
        "0BSD",
        "Apache-2.0",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "CC0-1.0",
        "LGPL-3.0-only",
        "MIT",
        "MIT-0",
        "MIT-CMU",
        "MPL-2.0",
        "PSF-2.0",
        "Zlib",
    }


def test_it_names_no_host_but_the_schemas() -> None:
    hosts = set(re.findall(r"https?://([^/\"]+)", (ROOT / "sbom.json").read_text()))
    assert hosts == {"cyclonedx.org"}
