"""Every hostile file is a photo or a clear error, within time and memory, and the worker lives on."""

from collections.abc import Iterator

import psutil
import pytest

from inference.decoding import DecodePool
from inference.photos import PhotoError
from tests.fuzz.corpus import draw, encode, list_hostile, list_whole

MOST_MEMORY_BYTES = 600_000_000
MOST_CPU_S = 20.0  # of the worker, over all files


@pytest.fixture(scope="module")
def pool() -> Iterator[DecodePool]:
    pool = DecodePool(workers=1)
    yield pool
    pool.stop()


def name_case(value: object) -> str:
    return value if isinstance(value, str) else ""


@pytest.mark.parametrize(("name", "data"), list(list_whole()), ids=name_case)
def test_odd_photos_are_photos(pool: DecodePool, name: str, data: bytes) -> None:
    assert pool.decode(data).pixels.shape[2] == 3


@pytest.mark.parametrize(("name", "data"), list(list_hostile()), ids=name_case)
def test_hostile_files_end_in_a_photo_or_a_clear_error(pool: DecodePool, name: str, data: bytes) -> None:
    assert decode(pool, data) in {
        "photo",
        "too_many_bytes",
        "too_many_pixels",
        "too_large_here",
        "unsupported_format",
        "other_format",
        "raw",
        "damaged",
    }
    assert decode(pool, encode(draw(), "JPEG")) == "photo"
    (worker,) = pool.pids()
    used = psutil.Process(worker)
    assert used.memory_info().rss < MOST_MEMORY_BYTES
    assert sum(used.cpu_times()[:2]) < MOST_CPU_S


def decode(pool: DecodePool, data: bytes) -> str:
    """`photo`, or the code of the error."""
    try:
        photo = pool.decode(data)
    except PhotoError as error:
        return error.code
    return "photo" if photo.pixels.shape[2] == 3 else "odd"
