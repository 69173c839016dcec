"""The documents agree with the product: links lead somewhere, settings exist, no path of anyone's machine."""

import re
from pathlib import Path

import pytest

from bot.settings import iterate_variables
from inference.readings import Abcde, Reason, RedFlag, SevenPoint, SpecialSite
from storage.research import COLUMNS

ROOT = Path(__file__).parents[2]
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("bench/*.md")]
MENTIONING = [*PAGES, ROOT / "Dockerfile", *ROOT.glob("deploy/**/*.yaml"), *ROOT.glob(".env*")]
# `make test` reads this one, not the product.
TEST_ONLY = {"NEVUS_TEST_CHROMIUM"}


def names_of(files: list[Path]) -> list[str]:
    assert files, "nothing to check"
    return [str(file.relative_to(ROOT)) for file in files]


@pytest.mark.parametrize("page", names_of(PAGES))
def test_every_link_to_a_file_leads_somewhere(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", text) + re.findall(r'src="([^"]+)"', text)
    for link in links:
        if "://" not in link:
            assert ((ROOT / page).parent / link).exists(), link


@pytest.mark.parametrize("page", names_of(MENTIONING))
def test_every_setting_that_is_mentioned_exists(page):
    known = {variable.name for variable in iterate_variables()}
    mentioned = set(re.findall(r"NEVUS_[A-Z_]*[A-Z]", (ROOT / page).read_text(encoding="utf-8")))
    assert {name.removesuffix("_FILE") for name in mentioned if name not in known} <= known | TEST_ONLY


@pytest.mark.parametrize("page", names_of(MENTIONING))
def test_no_package_index_is_said_to_have_the_product(page):
    """Its extras are installed from the checkout: `pip install '.[postgres]'`."""
    assert "nevus[" not in (ROOT / page).read_text(encoding="utf-8")


def test_every_column_of_the_export_is_explained_with_its_words():
    text = (ROOT / "docs" / "access.md").read_text(encoding="utf-8")
    section = text.split("### The columns of `nevus export`\n")[1]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    assert tuple(name for row in rows for name in re.findall(r"`(\w+)`", row)) == COLUMNS
    words = {str(word) for kind in (Abcde, Reason, RedFlag, SevenPoint, SpecialSite) for word in kind}
    assert words <= set(re.findall(r"`(\w+)`", section))


def test_every_make_target_that_is_mentioned_exists():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for page in PAGES:
        mentioned = set(re.findall(r"`make ([a-z-]+)", page.read_text(encoding="utf-8")))
        assert mentioned <= targets, page.name
