"""Drawn photos of the sizes that people send."""

import io

import numpy as np
from PIL import Image

from tests.support.drawn import draw_lesion, jpeg_bytes

KINDS = ("naevus", "melanoma")
SIDE_PX, HEIGHT_PX = 1280, 960
STEP_PX = 4  # from one photo of a drawing to the next


def draw_telegram_photos() -> list[bytes]:
    """320 different ones of 1280 x 960 px, as Telegram sends a phone's photo: 100 to 150 kB.

    A sender who sends the same photo twice gets a message about that, too.
    """
    drawn = [draw_lesion(seed, size_px=SIDE_PX, kind=KINDS[seed % 2]) for seed in range(4)]
    return [
        jpeg_bytes(drawing[top : top + HEIGHT_PX], quality=87)
        for top in range(0, SIDE_PX - HEIGHT_PX, STEP_PX)
        for drawing in drawn
    ]


def draw_phone_photo() -> bytes:
    """12 megapixels as a phone keeps them: drawn at a third of the size, enlarged, with a sensor's noise."""
    small = Image.fromarray(draw_lesion(1, size_px=1336, kind="melanoma")[167:1169])
    large = np.asarray(small.resize((4000, 3000), Image.Resampling.BICUBIC)).astype(np.float32)
    noise = np.random.default_rng(0).normal(0, 3.0, large.shape).astype(np.float32)
    image = Image.fromarray(np.clip(large + noise, 0, 255).astype(np.uint8))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=90)
    return buffer.getvalue()
