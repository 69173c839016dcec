"""Decoding in child processes: what goes wrong there stays there."""

import io
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image

from inference.decoding import DecodePool
from inference.photos import DamagedPhotoError, TooManyPixelsError, UnsupportedFormatError, read_photo

ROOT = Path(__file__).parents[3]


def encode(side=400, kind="JPEG", **options):
    rows = np.random.default_rng(side).integers(0, 255, (8, 8, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(rows).resize((side, side)).save(buffer, kind, **options)
    return buffer.getvalue()


@pytest.fixture
def pool():
    pool = DecodePool(workers=1)
    yield pool
    pool.stop()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF"])
def test_a_worker_gives_the_same_pixels_as_this_process(pool, kind):
    data = encode(1500, kind)
    here, there = read_photo(data), pool.decode(data)
    assert np.array_equal(here.pixels, there.pixels)
    assert (there.width_px, there.height_px) == (1500, 1500)


def test_refusals_come_back_by_kind_and_the_worker_stays(pool):
    pool.decode(encode())
    worker = pool.pids()
    data = encode()
    for bad, error in (
        (data[: len(data) // 2], DamagedPhotoError),
        (b"%PDF-1.7", UnsupportedFormatError),
        (b"", DamagedPhotoError),
        (encode(300, "TIFF").replace(b"II*\x00", b"MM\x00*", 1), DamagedPhotoError),
    ):
        with pytest.raises(error):
            pool.decode(bad)
    assert pool.pids() == worker


def test_a_bomb_is_refused_before_it_unpacks(pool):
    image = Image.new("1", (30_000, 30_000))
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    with pytest.raises(TooManyPixelsError):
        pool.decode(buffer.getvalue())


def test_a_killed_worker_is_replaced_and_the_photo_read(pool):
    pool.decode(encode())
    (before,) = pool.pids()
    os.kill(before, signal.SIGKILL)
    assert pool.decode(encode()).width_px == 400
    assert pool.pids() != [before]


def test_a_photo_that_takes_all_memory_is_damaged_and_the_next_one_is_read():
    pool = DecodePool(workers=1, max_memory_bytes=120_000_000)
    try:
        with pytest.raises(DamagedPhotoError):
            pool.decode(encode(5000, "PNG", compress_level=1))
        assert pool.decode(encode()).width_px == 400
    finally:
        pool.stop()


def test_a_photo_that_takes_too_long_is_damaged_and_the_next_one_is_read():
    pool = DecodePool(workers=1, max_seconds=1)
    try:
        pool.decode(encode())
        (worker,) = pool.pids()
        os.kill(worker, signal.SIGSTOP)  # stands for a decoder that hangs: the alarm cannot ring
        with pytest.raises(DamagedPhotoError):
            pool.decode(encode())
        assert pool.decode(encode()).width_px == 400
        assert pool.pids() != [worker]
    finally:
        pool.stop()


def test_a_worker_inherits_nothing_of_the_environment(pool, monkeypatch):
    monkeypatch.setenv("NEVUS_TELEGRAM_TOKEN", "1:secret-of-the-bot")
    pool.decode(encode())
    (worker,) = pool.pids()
    assert "secret" not in str(psutil.Process(worker).environ())


def test_a_worker_is_small_and_loads_neither_numpy_nor_onnx_runtime(pool):
    for _ in range(5):
        pool.decode(encode(1280))
    (worker,) = pool.pids()
    loaded = Path(f"/proc/{worker}/maps").read_text()
    assert "numpy" not in loaded
    assert "onnxruntime" not in loaded
    assert psutil.Process(worker).memory_info().rss < 60_000_000


def test_a_worker_that_held_a_large_photo_makes_room(pool):
    pool.decode(encode())
    (before,) = pool.pids()
    pool.decode(encode(4000, "WEBP", quality=10, method=0))
    pool.decode(encode())
    (after,) = pool.pids()
    assert psutil.Process(after).memory_info().rss < 110_000_000
    assert before > 0


def test_many_threads_share_the_workers():
    pool = DecodePool(workers=2)
    sides = [100 + 7 * number for number in range(40)]
    try:
        with ThreadPoolExecutor(8) as threads:
            photos = list(threads.map(lambda side: pool.decode(encode(side)), sides))
        assert [photo.pixels.shape for photo in photos] == [(side, side, 3) for side in sides]
        assert len(pool.pids()) == 2
    finally:
        pool.stop()


def test_stopping_leaves_no_process_behind(pool):
    pool.start()
    workers = pool.pids()
    assert len(workers) == 1
    pool.stop()
    assert not any(psutil.pid_exists(worker) for worker in workers)
    assert pool.decode(encode()).width_px == 400  # and it can be used again


def test_workers_end_when_their_parent_is_killed():
    program = (
        "from inference.decoding import DecodePool\n"
        "import time\n"
        "pool = DecodePool(workers=2); pool.start(); print(*pool.pids(), flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    with parent:
        workers = [int(pid) for pid in parent.stdout.readline().split()]
        parent.kill()
    assert len(workers) == 2
    deadline = time.monotonic() + 30
    while any(_is_alive(worker) for worker in workers):
        assert time.monotonic() < deadline, "a worker outlives its parent"
        time.sleep(0.05)


def _is_alive(pid):
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
