"""`make fuzz`: strangers' bytes through the photo, update and callback readers, for as long as asked.

With atheris (`pip install atheris`) guided by coverage, else by altering the corpus. An input that breaks a
reader is written to `test-results/fuzz/`: make it a test.
"""

import argparse
import importlib.util
import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.fuzz.corpus import list_hostile, list_whole
from tests.fuzz.targets import TARGETS, run_within_limits

FOUND = Path("test-results") / "fuzz"
UPDATES = (
    {"update_id": 1, "message": {"message_id": 1, "chat": {"id": 7, "type": "private"}, "text": "/help"}},
    {"update_id": 2, "message": {"chat": {"id": -7, "type": "group"}, "photo": [{}], "media_group_id": "1"}},
    {
        "update_id": 3,
        "callback_query": {"message": {"chat": {"id": 7}}, "data": "k:N-1:3", "from": {"id": 7}},
    },
    {"update_id": 4, "my_chat_member": {"chat": {"id": 7}, "from": {"id": 7}, "new_chat_member": {}}},
    {"update_id": 5, "message": {"text": "@nevus_bot x", "entities": [{"type": "mention", "offset": 0}]}},
)
PRESSES = ("a:1", "d:N-4F7K2M", "s:N-4F7K2M", "l:fr:start", "k:N-4F7K2M:1:2", "h:0", ":::", "d:")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=3.0, help="over all targets")
    parser.add_argument("--target", choices=sorted(TARGETS), help="only this one")
    args = parser.parse_args()
    targets = [args.target] if args.target else sorted(TARGETS)
    seconds = args.minutes * 60 / len(targets)
    guided = importlib.util.find_spec("atheris") is not None
    failed = [name for name in targets if not fuzz(name, seconds, guided=guided)]
    print(f"broken: {', '.join(failed)}; see {FOUND}" if failed else "nothing was found")
    return 1 if failed else 0


def list_seeds(target: str) -> list[bytes]:
    if target == "photo":
        return [data for _, data in (*list_whole(), *list_hostile()) if len(data) < 100_000]
    if target == "update":
        return [json.dumps(update).encode() for update in UPDATES]
    return [press.encode() for press in PRESSES]


def fuzz(target: str, seconds: float, *, guided: bool) -> bool:
    """Whether nothing broke."""
    how = "atheris" if guided else "altered corpus"
    print(f"{target}: {seconds:.0f} s by {how}", flush=True)
    FOUND.mkdir(parents=True, exist_ok=True)
    return _fuzz_guided(target, seconds) if guided else _fuzz_altered(target, seconds)


def _fuzz_guided(target: str, seconds: float) -> bool:
    """LibFuzzer in a process of its own, with limits on time and memory."""
    with tempfile.TemporaryDirectory(prefix="nevus-fuzz-") as folder:
        for number, seed in enumerate(list_seeds(target)):
            (Path(folder) / str(number)).write_bytes(seed)
        command = [
            *(sys.executable, "-m", "tests.fuzz.guided", target),
            *(
                f"-max_total_time={int(seconds)}",
                "-timeout=10",
                "-rss_limit_mb=600",
                "-print_final_stats=1",
            ),
            *("-max_len=100000", f"-artifact_prefix={FOUND}/{target}-", folder),
        ]
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=seconds + 120)
    lines = [
        line for line in done.stderr.splitlines() if "stat::number_of_executed" in line or "ERROR" in line
    ]
    print("\n".join(f"  {line}" for line in lines), flush=True)
    if done.returncode:
        print(done.stderr[-3000:], flush=True)
    return done.returncode == 0


def _fuzz_altered(target: str, seconds: float) -> bool:
    """Seeds, altered by chance."""
    dice, seeds, count = random.Random(20), list_seeds(target), 0
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        data = alter(dice.choice(seeds), dice)
        try:
            run_within_limits(target, data)
        except Exception as error:  # noqa: BLE001 - whatever it is, it was found
            place = FOUND / f"{target}-{abs(hash(data)):x}"
            place.write_bytes(data)
            print(f"  {type(error).__name__} after {count}: {place}", flush=True)
            return False
        count += 1
    print(f"  {count} inputs", flush=True)
    return True


def alter(seed: bytes, dice: random.Random) -> bytes:
    """Some bytes changed, cut out, doubled or moved."""
    data = bytearray(seed)
    for _ in range(dice.randint(1, 12)):
        place, length = dice.randrange(len(data) + 1), dice.randint(1, 24)
        kind = dice.randrange(4)
        if kind == 0 and place < len(data):
            data[place] = dice.randrange(256)
        elif kind == 1:
            del data[place : place + length]
        elif kind == 2:
            data[place:place] = data[place : place + length]
        else:
            data[place : place + length] = dice.randbytes(length)
    return bytes(data)


if __name__ == "__main__":
    sys.exit(main())
