"""One version: of the package, of what it says of itself, of the images, and of the change log."""

import re
import tomllib
from pathlib import Path

import yaml

import bot

ROOT = Path(__file__).parents[2]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
IMAGE = re.compile(r"\bnevus(?:-engine)?:(\d+\.\d+\.\d+)")


def test_the_package_says_its_version() -> None:
    assert bot.__version__ == VERSION


def test_images_have_the_packages_version() -> None:
    files = [*(ROOT / "deploy").rglob("*.yaml"), *(ROOT / "deploy").glob("*Dockerfile")]
    tags = [tag for file in files for tag in IMAGE.findall(file.read_text(encoding="utf-8"))]
    assert len(tags) > 5
    assert set(tags) == {VERSION}
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert not IMAGE.findall(makefile), "taken from pyproject.toml"
    assert "nevus:$(VERSION)" in makefile


def test_the_bill_of_materials_is_of_this_version() -> None:
    assert f'"version": "{VERSION}"' in (ROOT / "sbom.json").read_text(encoding="utf-8")


def test_a_forge_runs_what_the_project_calls_ci_and_has_no_secrets() -> None:
    text = (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    steps = yaml.safe_load(text)["jobs"]["check"]["steps"]
    assert steps[-1]["run"] == ".ci/run"
    assert "{{ secrets" not in text


def test_the_change_log_has_a_section_for_it() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    sections = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert sections[0] == "Unreleased" or sections[0].startswith(VERSION)
    assert len(sections) == len(set(sections))
