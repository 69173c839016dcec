"""The sample lesions of the page are drawn, small and complete."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

from PIL import Image

from bot.localchat.photos import drop_metadata

STATIC = Path(__file__).parents[4] / "bot" / "localchat" / "static"


def test_each_sample_that_the_page_lists_has_its_file() -> None:
    listed = re.search(r"const SAMPLES = (.*);", (STATIC / "js" / "samples.js").read_text())
    assert listed
    names = set(re.findall(r'\["(\w+)",', listed[1]))
    assert len(names) == 4
    assert {path.stem for path in (STATIC / "samples").glob("*.jpg")} == names


def test_samples_are_small_jpegs_without_metadata() -> None:
    files = sorted((STATIC / "samples").iterdir())
    assert files
    for path in files:
        content = path.read_bytes()
        with Image.open(BytesIO(content)) as image:
            assert (image.format, image.size) == ("JPEG", (600, 600))
        assert len(content) < 60_000
        assert drop_metadata(content) == content
