"""Decoding in child processes: what goes wrong there stays there."""

import contextlib
import io
import os
import signal
import struct
import subprocess
import sys
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image

from inference.decoding import DecodePool
from inference.memory import MemoryBudget
from inference.photos import (
    DamagedPhotoError,
    DicomError,
    HdrPhotoError,
    OtherFormatError,
    RawPhotoError,
    TooLargeHereError,
    TooManyPixelsError,
    UnsupportedFormatError,
    read_photo,
)
from inference.priority import OOM_SCORE

ROOT = Path(__file__).parents[3]


def encode(side=400, kind="JPEG", **options):
    rows = np.random.default_rng(side).integers(0, 255, (8, 8, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(rows).resize((side, side)).save(buffer, kind, **options)
    return buffer.getvalue()


def add_hdr(png):
    """The same PNG, coded by PQ as its cICP chunk says."""
    chunk = b"cICP" + bytes([9, 16, 0, 1])
    place = png.index(b"IDAT") - 4
    return png[:place] + b"\x00\x00\x00\x04" + chunk + struct.pack(">I", zlib.crc32(chunk)) + png[place:]


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
        (bytes(128) + b"DICM" + bytes(90), DicomError),
        (b"FUJIFILMCCD-RAW " + bytes(90), RawPhotoError),
        (b"\xff\x0a" + bytes(90), OtherFormatError),
        (add_hdr(encode(300, "PNG")), HdrPhotoError),
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


def test_a_photo_that_takes_all_memory_is_too_large_here_and_the_next_one_is_read():
    pool = DecodePool(workers=1, max_memory_bytes=120_000_000)
    try:
        with pytest.raises(TooLargeHereError):
            pool.decode(encode(5000, "PNG", compress_level=1))
        assert pool.decode(encode()).width_px == 400
    finally:
        pool.stop()


def test_a_photo_that_takes_too_long_is_too_large_here_and_the_next_one_is_read():
    pool = DecodePool(workers=1, max_seconds=1)
    try:
        pool.decode(encode())
        (worker,) = pool.pids()
        os.kill(worker, signal.SIGSTOP)  # stands for a decoder that hangs: the alarm cannot ring
        with pytest.raises(TooLargeHereError):
            pool.decode(encode())
        assert pool.decode(encode()).width_px == 400
        assert pool.pids() != [worker]
    finally:
        pool.stop()


def test_a_photo_beyond_the_budget_is_too_large_here_and_the_worker_stays():
    pool = DecodePool(workers=1, budget=MemoryBudget(40_000_000))
    try:
        pool.decode(encode())
        worker = pool.pids()
        with pytest.raises(TooLargeHereError):
            pool.decode(encode(2000, "WEBP", quality=10, method=0))
        assert pool.decode(encode(4000, "JPEG")).width_px == 4000  # decoded at 1/4, it takes little
        assert pool.pids() == worker
    finally:
        pool.stop()


def test_photos_that_fit_the_budget_one_by_one_wait_for_each_other():
    size = 1800  # 50 MB as WebP
    pool = DecodePool(workers=4, budget=MemoryBudget(60_000_000))
    data = encode(size, "WEBP", quality=10, method=0)
    try:
        pool.start()
        with ThreadPoolExecutor(4) as threads:
            photos = list(threads.map(pool.decode, [data] * 6))
        assert {photo.width_px for photo in photos} == {size}
    finally:
        pool.stop()


@pytest.mark.parametrize(
    ("death", "error"), [(signal.SIGKILL, TooLargeHereError), (signal.SIGSEGV, DamagedPhotoError)]
)
def test_a_photo_that_ends_two_decoders_is_given_up_and_logged(death, error, caplog):
    pool = DecodePool(workers=1, budget=_Deadly(death))
    try:
        with pytest.raises(error):
            pool.decode(encode(2000, "WEBP", quality=10, method=0))
        assert [record.getMessage() for record in caplog.records] == [
            f"a decoder was lost ({death.name}); trying again",
            f"a decoder was lost ({death.name})",
        ]
        assert pool.decode(encode()).width_px == 400
    finally:
        pool.stop()


class _Deadly(MemoryBudget):
    """Ends the decoder that asks, as the kernel does when memory runs out."""

    def __init__(self, death):
        super().__init__(1 << 30)
        self._death = death

    @contextlib.contextmanager
    def hold(self, count):
        for child in psutil.Process().children():
            if "inference.decoding_worker" in child.cmdline():
                child.send_signal(self._death)
        yield


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has such scores")
def test_the_kernel_ends_a_decoder_before_the_bot(pool):
    pool.decode(encode())
    (worker,) = pool.pids()
    assert int(Path(f"/proc/{worker}/oom_score_adj").read_text()) == OOM_SCORE
    assert int(Path("/proc/self/oom_score_adj").read_text()) < OOM_SCORE


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
