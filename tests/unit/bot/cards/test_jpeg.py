"""Pictures become JPEGs in memory."""

import os
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from bot.cards.jpeg import encode_jpeg


def a_picture() -> Image.Image:
    return Image.fromarray(np.random.default_rng(5).integers(0, 256, (40, 30, 3), np.uint8))


def test_a_picture_is_a_jpeg_without_metadata() -> None:
    picture = a_picture()
    picture.info["comment"] = b"a name"
    with Image.open(BytesIO(encode_jpeg(picture))) as opened:
        assert (opened.format, opened.size, opened.mode) == ("JPEG", (30, 40), "RGB")
        assert "comment" not in opened.info
        assert "exif" not in opened.info


def test_a_lower_quality_takes_fewer_bytes() -> None:
    assert len(encode_jpeg(a_picture(), 40)) < len(encode_jpeg(a_picture(), 90))


def test_a_system_without_files_in_memory_gives_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = encode_jpeg(a_picture())
    monkeypatch.delattr(os, "memfd_create", raising=False)
    assert encode_jpeg(a_picture()) == expected
