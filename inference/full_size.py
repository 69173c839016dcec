"""A photo for people to look at: as large as its file is, up to a limit, upright, without metadata.

The decoding process gives a photo at working size, or a part of it with more pixels. Bands of the whole
photo, put together, are the photo at full size, within the limits of the process.
"""

from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from inference.photo_errors import PhotoError
from inference.photo_parts import ALIGNMENT, Part
from inference.photos import DecodedPhoto
from inference.working_size import MAX_DECODED_PIXELS

MAX_SHOWN_SIDE_PX: Final = 2_560  # Telegram keeps no more of a photo


class Decoders(Protocol):
    """What decodes photos and parts of them, such as `inference.decoding.DecodePool`."""

    def decode(self, data: bytes) -> DecodedPhoto: ...  # noqa: D102 - as in `DecodePool`
    def decode_part(self, data: bytes, part: Part) -> NDArray[np.uint8]: ...  # noqa: D102


def decode_full(data: bytes, decoders: Decoders) -> NDArray[np.uint8]:
    """(H, W, 3) upright sRGB, longest side at most `MAX_SHOWN_SIDE_PX` or a whole fraction of the file's.

    Raises:
        PhotoError: the bytes cannot be read as a photo.
    """
    photo = decoders.decode(data)
    factor = -(-max(photo.width_px, photo.height_px) // MAX_SHOWN_SIDE_PX)
    if max(photo.pixels.shape[:2]) * factor >= max(photo.width_px, photo.height_px):
        return photo.pixels
    step = ALIGNMENT * factor
    top, bottom = photo.top_px // step * step, photo.top_px + photo.height_px
    rows = max(1, MAX_DECODED_PIXELS // 2 * factor**2 // (photo.width_px + step) // step) * step
    left = photo.left_px // step * step
    right = photo.left_px + photo.width_px
    parts = [Part(left, y, right, min(y + rows, bottom), factor) for y in range(top, bottom, rows)]
    try:
        bands = [decoders.decode_part(data, part) for part in parts]
    except PhotoError:  # it was readable before: too much memory is in use now
        return photo.pixels
    if len({band.shape[1] for band in bands}) > 1:
        return photo.pixels
    return np.concatenate(bands)


__all__ = ["MAX_SHOWN_SIDE_PX", "Decoders", "decode_full"]
