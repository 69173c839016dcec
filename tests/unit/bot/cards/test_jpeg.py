"""Pictures become JPEGs in memory."""

import os
import sys
from io import BytesIO
from typing import BinaryIO

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


def test_a_lower_quality_takes_fewer_bytes() -> None:
    assert len(encode_jpeg(a_picture(), 40)) < len(encode_jpeg(a_picture(), 90))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has files in memory with a descriptor")
def test_pillow_writes_to_a_descriptor(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only then does it release the GIL."""
    seen: list[int] = []
    save = Image.Image.save

    def watched(image: Image.Image, file: BinaryIO, *arguments: object, **options: object) -> None:
        seen.append(file.fileno())
        save(image, file, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Image.Image, "save", watched)
    encode_jpeg(a_picture())
    assert len(seen) == 1
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(seen[0])


def test_without_files_in_memory_the_bytes_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = encode_jpeg(a_picture())

    def refuse(name: str) -> int:
        raise PermissionError(name)

    monkeypatch.setattr(os, "memfd_create", refuse, raising=False)
    assert encode_jpeg(a_picture()) == expected
    monkeypatch.delattr(os, "memfd_create")
    assert encode_jpeg(a_picture()) == expected
