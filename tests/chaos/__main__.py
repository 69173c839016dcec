"""`make chaos`: photos, kills and faults; prints a table and the seed. Exit code 0 when nothing was lost."""

import argparse
import asyncio
import platform
import random
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from tests.chaos.plan import Plan
from tests.chaos.run import Result, run
from tests.chaos.small_disk import NoDiskError, SmallDisk, mount_small_disk
from tests.support.postgres import PostgresServer, find_programs

SMALLER = 8  # the other wirings are run with this part of the photos, chats and kills


def main() -> int:
    args = parse_arguments()
    plan = Plan(
        photos=args.photos,
        chats=args.chats,
        kills=args.kills,
        seed=args.seed if args.seed is not None else random.SystemRandom().randrange(10**6),
        source=args.source,
        backend=args.backend,
        moments=args.moments,
        fills_disk=args.fill_disk,
        limit_s=args.limit,
    )
    print(f"seed {plan.seed} · Python {platform.python_version()} · {platform.machine()}", flush=True)
    results = []
    for each in list_plans(plan, everything=args.all):
        with database_for(each) as (folder, url), disk_for(each, folder) as disk:
            results.append(asyncio.run(run(each, folder, url, disk)))
        print(describe(results[-1]), flush=True)
    print(format_table(results))
    return 0 if all(result.is_good for result in results) else 1


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--photos", type=int, default=500)
    parser.add_argument("--chats", type=int, default=50)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, help="repeats the photos, faults and kills of an earlier run")
    parser.add_argument("--source", choices=("polling", "webhook"), default="polling")
    parser.add_argument("--backend", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--moments", choices=("random", "commits", "sends"), default="random")
    parser.add_argument(
        "--fill-disk", action="store_true", help="the data's disk is full now and then (takes root; SQLite)"
    )
    parser.add_argument("--limit", type=float, default=900.0, help="seconds until a run is stopped")
    parser.add_argument("--all", action="store_true", help="the other wirings as well, each smaller")
    return parser.parse_args()


def list_plans(plan: Plan, *, everything: bool) -> Iterator[Plan]:
    yield plan
    if not everything:
        return
    small = replace(
        plan,
        photos=max(plan.photos // SMALLER, 1),
        chats=max(plan.chats // SMALLER, 1),
        kills=max(plan.kills // SMALLER, 1),
    )
    yield replace(small, source="webhook")
    if find_programs() is not None:
        yield replace(small, backend="postgresql")
        yield replace(small, source="webhook", backend="postgresql")
    else:
        print("PostgreSQL is not installed here: its runs are left out (Debian: apt install postgresql)")
    yield replace(small, moments="commits")
    yield replace(small, moments="sends")
    if may_mount():
        yield replace(small, fills_disk=True)
    else:
        print("A small disk cannot be mounted here: the run with a full disk is left out (it takes root)")


@contextmanager
def database_for(plan: Plan) -> Iterator[tuple[Path, str]]:
    """A folder and the address of a database, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="nevus-chaos-") as name:
        folder = Path(name)
        if plan.backend == "sqlite":
            (folder / "data").mkdir(mode=0o700)
            yield folder, f"sqlite:///{folder / 'data' / 'nevus.sqlite'}"
            return
        programs = find_programs()
        if programs is None:
            sys.exit("PostgreSQL is not installed here (Debian: apt install postgresql)")
        server = PostgresServer(programs)
        server.start()
        try:
            yield folder, server.url_of(server.create_database())
        finally:
            server.stop()


@contextmanager
def disk_for(plan: Plan, folder: Path) -> Iterator[SmallDisk | None]:
    """The small disk under the bot's data, where the plan wants one."""
    if not plan.fills_disk:
        yield None
        return
    try:
        with mount_small_disk(folder / "data") as disk:
            yield disk
    except NoDiskError as error:
        sys.exit(str(error))


def may_mount() -> bool:
    """Whether a small disk can be had."""
    with tempfile.TemporaryDirectory(prefix="nevus-disk-") as name:
        try:
            with mount_small_disk(Path(name) / "disk"):
                return True
        except NoDiskError:
            return False


def describe(result: Result) -> str:
    """What does not fit into the table."""
    lines = [f"  {result.plan.name}: {result.lives} starts, a start takes {result.start_s:.1f} s"]
    lines += [f"  refused by the Bot API: {result.requests}; cards {result.verdict.cards}"]
    if result.plan.fills_disk:
        lines += [f"  told that their message cannot be kept now: {result.told} people"]
        lines += [f"  starts that refused to go on with a full disk: {result.refused}"]
    lines += [
        f"  left-over notes that no kill explains, but a cut connection may: {result.verdict.unexplained}"
    ]
    lines += [f"  ! {problem}" for problem in result.verdict.problems[:10]]
    lines += [f"  ! left in work: {result.left_in_work}"] if result.left_in_work else []
    lines += [f"  ! in the log: {', '.join(result.leaks)}"] if result.leaks else []
    lines += [f"  ! the stop ended with {result.exit_code}"] if result.exit_code != 0 else []
    return "\n".join(lines)


def format_table(results: list[Result]) -> str:
    head = (
        *("run", "photos", "chats", "kills", "answered", "lost", "unmarked repeats"),
        *("marked repeats", "left-over notes", "out of order", "out of place", "seconds", ""),
    )
    rows = [head, *(_row(result) for result in results)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in (rows[0], tuple("-" * width for width in widths), *rows[1:])
    )


def _row(result: Result) -> tuple[str, ...]:
    plan, verdict = result.plan, result.verdict
    numbers = (
        *(verdict.photos, plan.chats, result.kills, verdict.answered, verdict.lost, verdict.unmarked),
        *(
            verdict.repeats,
            verdict.left_over,
            verdict.out_of_order,
            verdict.out_of_place,
            round(result.took_s),
        ),
    )
    return plan.name, *(str(number) for number in numbers), "good" if result.is_good else "BAD"


if __name__ == "__main__":
    sys.exit(main())
