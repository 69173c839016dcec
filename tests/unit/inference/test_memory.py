"""Photos being decoded share a budget: first come, first served, and too much is refused at once."""

import resource
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from inference.decoding_cost import estimate_bytes, measure_webp
from inference.memory import MemoryBudget, choose_budget
from inference.photo_errors import DamagedPhotoError, TooLargeHereError


@pytest.mark.parametrize(
    ("limit", "budget"),
    [(943_718_400, 424_673_280), (None, 1 << 30), (64 << 30, 1 << 30), (50_000_000, 100_000_000)],
)
def test_the_budget_follows_the_memory_and_leaves_most_of_it(limit, budget):
    assert choose_budget(limit) == budget


def test_what_exceeds_the_whole_budget_is_refused_without_waiting():
    budget = MemoryBudget(100)
    with budget.hold(100), pytest.raises(TooLargeHereError), budget.hold(101):
        pass


def test_never_more_than_the_budget_is_out_and_nothing_is_lost():
    budget, lock, out, most = MemoryBudget(100), threading.Lock(), 0, 0

    def work(count):
        nonlocal out, most
        with budget.hold(count):
            with lock:
                out += count
                most = max(most, out)
            with lock:
                out -= count

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, [40, 60, 99, 1, 30, 100] * 30))
    assert most <= 100
    with budget.hold(100):
        pass


def test_a_photo_that_fails_gives_its_memory_back():
    budget = MemoryBudget(10)
    with pytest.raises(RuntimeError, match="gone"), budget.hold(10):
        raise RuntimeError("gone")
    with budget.hold(10):
        pass


def test_a_jpeg_of_50_megapixels_takes_little_and_a_webp_much():
    size = (8160, 6144)
    assert estimate_bytes("JPEG", size) < 24_000_000
    assert estimate_bytes("WEBP", size) > 600_000_000
    assert 350_000_000 < estimate_bytes("HEIF", size) < 450_000_000


@pytest.mark.parametrize(
    "options", [{"lossless": True}, {"quality": 50}, {"quality": 50, "exif": b"Exif\x00\x00"}]
)
def test_a_webp_is_measured_by_its_header(options):
    import io

    from PIL import Image

    buffer = io.BytesIO()
    Image.new("RGB", (123, 45)).save(buffer, "WEBP", **options)
    assert measure_webp(buffer.getvalue()) == (123, 45)
    with pytest.raises(DamagedPhotoError):
        measure_webp(buffer.getvalue()[:20])


COUNT_FAULTS = """
import resource
from inference.memory import keep_freed_memory
keep_freed_memory()
[bytearray(4 << 20) for _ in range(3)]
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(10):
    [bytearray(4 << 20) for _ in range(3)]
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="page faults are counted on Linux")
def test_what_a_card_took_is_kept_for_the_next_one():
    """Without it each round asks the system for 12 MB again."""
    done = subprocess.run([sys.executable, "-c", COUNT_FAULTS], capture_output=True, text=True, check=True)
    assert int(done.stdout) < (12 << 20) // resource.getpagesize()
