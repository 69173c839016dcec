"""The test pictures of image libraries through the photo reader: each is a photo or a clear error.

    python -m tests.fuzz.corpora DIRECTORY...

Every file below the directories is read whatever its name, as a stranger could send it. Unpacked source
packages serve well: `apt-get source pillow libpng1.6 libjpeg-turbo tiff libwebp imagemagick libheif`. Exit
code 1 where a file ends otherwise, kills a worker, takes over 2 s of processor or a process tree over 600 MB.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psutil

from inference.decoding import DecodePool
from inference.photos import PhotoError, UnsupportedFormatError, detect_format
from tests.fuzz.targets import LONGEST_S, MOST_MEMORY_BYTES

KILLED = "within the limits"  # what a pool says of a photo at which a worker died


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.fuzz.corpora",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("directories", nargs="+", type=Path, metavar="DIRECTORY")
    directories: list[Path] = parser.parse_args().directories
    pool = DecodePool(workers=1)
    try:
        counts = {directory: read_all(pool, directory) for directory in directories}
    finally:
        pool.stop()
    print(format_table(counts))
    return 1 if any(count["BROKEN"] for count in counts.values()) else 0


def read_all(pool: DecodePool, directory: Path) -> Counter[str]:
    """How many files ended how: `photo`, the code of an error, or `BROKEN`."""
    counts: Counter[str] = Counter()
    for file in list_files(directory):
        data = file.read_bytes()
        outcome = read_one(pool, data)
        if outcome.startswith("BROKEN"):
            print(f"! {file}: {outcome}", flush=True)
            outcome = "BROKEN"
        counts[outcome] += 1
        counts["files"] += 1
        counts["pictures"] += is_picture(data)
    return counts


def list_files(directory: Path) -> Iterator[Path]:
    yield from (file for file in sorted(directory.rglob("*")) if file.is_file() and not file.is_symlink())


def is_picture(data: bytes) -> bool:
    """Whether its first bytes are those of a format that is read here."""
    try:
        detect_format(data)
    except UnsupportedFormatError:
        return False
    except PhotoError:
        return True
    return True


def read_one(pool: DecodePool, data: bytes) -> str:
    before = measure_workers(pool)
    try:
        photo = pool.decode(data)
    except PhotoError as error:
        outcome = f"BROKEN: {KILLED}" if KILLED in str(error) else error.code
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what is looked for
        return f"BROKEN: raises {type(error).__name__}"
    else:
        outcome = "photo" if photo.pixels.size and photo.pixels.shape[2] == 3 else "BROKEN: no pixels"
    return judge(before, measure_workers(pool)) or outcome


def measure_workers(pool: DecodePool) -> tuple[dict[int, float], int]:
    """Processor seconds of each worker; the memory of this process and them all, in bytes."""
    own = psutil.Process()
    workers = [psutil.Process(pid) for pid in pool.pids()]
    seconds = {each.pid: float(sum(each.cpu_times()[:2])) for each in workers}
    return seconds, sum(each.memory_info().rss for each in (own, *workers))


def judge(before: tuple[dict[int, float], int], after: tuple[dict[int, float], int]) -> str | None:
    """What is wrong with how a file was read. A worker that has grown retires: none is left behind then."""
    (old, _), (new, memory) = before, after
    took_s = max((seconds - old.get(pid, 0.0) for pid, seconds in new.items()), default=0.0)
    if took_s > LONGEST_S:
        return f"BROKEN: {took_s:.1f} s"
    return f"BROKEN: {memory / 1e6:.0f} MB" if memory > MOST_MEMORY_BYTES else None


def format_table(counts: dict[Path, Counter[str]]) -> str:
    """One line a directory."""
    total: Counter[str] = Counter()
    for count in counts.values():
        total += count
    columns = ["files", "pictures", "photo", *sorted(total.keys() - {"files", "pictures", "photo"})]
    rows = [("directory", *columns)]
    rows += [(path.name, *(str(count[each]) for each in columns)) for path, count in counts.items()]
    rows += [("all", *(str(total[each]) for each in columns))]
    return "\n".join("| " + " | ".join(row) + " |" for row in (rows[0], ("---",) * len(rows[0]), *rows[1:]))


if __name__ == "__main__":
    sys.exit(main())
