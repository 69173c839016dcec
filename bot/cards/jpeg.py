"""A drawn picture as a JPEG without metadata."""

import os
from io import BytesIO
from typing import BinaryIO, Final

from PIL import Image

QUALITY: Final = 88


def encode_jpeg(image: Image.Image, quality: int = QUALITY) -> bytes:
    """The picture, RGB, as a JPEG; `quality` is Pillow's, 1 to 95."""
    with _open_memory() as file:
        image.save(file, "JPEG", quality=quality, comment=b"")  # Pillow copies a photo's own otherwise
        file.seek(0)
        return file.read()


def _open_memory() -> BinaryIO:
    """A file in memory that has a descriptor, if the system gives one (Linux, unless a sandbox forbids it).

    Pillow releases the GIL while it writes to a descriptor. Never a file on a disk: it is a patient's photo.
    """
    try:
        return os.fdopen(os.memfd_create("picture"), "w+b")
    except (AttributeError, OSError):
        return BytesIO()
