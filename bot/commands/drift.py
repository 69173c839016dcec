"""`nevus drift`: compares recent photos with those that the pair was calibrated on."""

import argparse
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bot.commands.arguments import days, positive
from bot.commands.opened import run_on_record
from bot.commands.triage_output import print_unread
from bot.errors import CommandRefused
from bot.settings import Settings, read_settings

if TYPE_CHECKING:
    from inference.evaluation.drift import DriftReport, MeasureDrift
    from storage.database.sessions import Database

DRIFTED: Final = 1
SOME_UNREAD: Final = 1
DESCRIPTION: Final = (
    "Compare the newest recorded photos (or, with --from, photo files) with the reference of pair.json: "
    "scores, domain and quality, each by population stability index (PSI) and by how often chance alone "
    "comes so far. A different share of melanomas alone counts as no change. Reads numbers only, changes "
    "nothing. Exit code: 0 when nothing drifted or there are too few photos, 1 when something did or "
    "a photo file was not read, 2 when refused."
)
WORDS: Final = {
    "too_few": "too few photos to judge (50 are needed)",
    "steady": "steady: like the photos that the pair was calibrated on",
    "watch": "moved a little: look again with more photos",
    "drifted": "drifted: the photos are no longer like those that the pair was calibrated on",
}


def add_parser(subparsers: Any) -> None:
    """Add the command to the front's parser."""
    parser = subparsers.add_parser(
        "drift", help="compare recent photos with calibration", description=DESCRIPTION
    )
    parser.add_argument("--json", action="store_true", help="as one JSON object")
    parser.add_argument(
        "--cases", type=positive, default=500, metavar="N", help="the newest N recorded cases (500)"
    )
    parser.add_argument("--days", type=days, metavar="D", help="only cases of the last D days")
    parser.add_argument(
        "--from",
        dest="list",
        type=Path,
        metavar="LIST",
        help="instead: a file of paths, one a line (-: standard input)",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the comparison; see `DESCRIPTION` for the exit code."""
    from inference.evaluation.drift_reference import DriftReferenceError

    try:
        if args.list is not None:
            return _compare_files(args)
        return run_on_record(lambda database, settings: _judge_record(database, settings, args))
    except DriftReferenceError as error:
        raise CommandRefused(str(error)) from error


async def _judge_record(database: "Database", settings: Settings, args: argparse.Namespace) -> int:
    from bot.cases.recent_photos import judge_recent
    from inference.release import load_release

    release = load_release(settings.models_dir)
    since = datetime.now(UTC) - timedelta(days=args.days) if args.days else None
    report = await judge_recent(database, release.pair, cases=args.cases, since=since)
    return _print(report, release.pair, args)


def _compare_files(args: argparse.Namespace) -> int:
    from inference.evaluation.drift import compare
    from inference.evaluation.drift_reference import measure_photo, read_reference
    from inference.evaluation.labelled import LabelledFile
    from inference.evaluation.scoring import PhotoScorer, ScoredPhoto

    try:
        text = sys.stdin.read() if str(args.list) == "-" else args.list.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        raise CommandRefused("the list of photos cannot be read.") from None
    paths = [line for line in text.splitlines() if line.strip()]
    rows = [LabelledFile(file=path, label="", source="", group=path, split="") for path in paths]
    scorer = PhotoScorer.load(read_settings(os.environ).models_dir)
    measured, unread = [], []
    for each in scorer.score_files(rows, Path()):
        if isinstance(each, ScoredPhoto):
            measured.append(measure_photo(each.findings))
        else:
            unread.append((each.row.file, each.code))
    pair = scorer.release.pair
    code = _print(compare(read_reference(pair), measured), pair, args)
    print_unread(unread)
    return SOME_UNREAD if unread else code


def _print(report: "DriftReport", pair: Mapping[str, Any], args: argparse.Namespace) -> int:
    from inference.evaluation.drift import DriftState

    version = str(pair.get("version", "unknown"))
    print(json.dumps(to_json(report, version)) if args.json else format_report(report, version))
    return DRIFTED if report.state is DriftState.DRIFTED else 0


def format_report(report: "DriftReport", version: str) -> str:
    """The table and its conclusion."""
    head = f"{report.photos} photos read by pair {version}"
    if not report.measures:
        return f"{head}\nThis pair has no reference to compare with: nevus models reference makes one."
    rows = [("measure", "photos", "median", "PSI", "chance", ""), *map(_format_row, report.measures)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    moved = [each.measure for each in report.measures if each.state in ("watch", "drifted")]
    which = f" ({', '.join(moved)})" if moved else ""
    lines = []
    for name, *numbers, state in rows:
        cells = [f"{number:>{width}}" for number, width in zip(numbers, widths[1:], strict=False)]
        lines.append("  ".join([f"{name:<{widths[0]}}", *cells, state]).rstrip())
    words = WORDS[report.state]
    return "\n".join([head, "", *lines, "", f"{words[0].upper()}{words[1:]}{which}."])


def to_json(report: "DriftReport", version: str) -> dict[str, object]:
    """The comparison for a program."""
    return {
        "pair": version,
        "photos": report.photos,
        "state": report.state,
        "measures": [asdict(each) for each in report.measures],
    }


def _format_row(each: "MeasureDrift") -> tuple[str, ...]:
    def show(value: float | None, digits: int) -> str:
        return "–" if value is None else f"{value:.{digits}f}"

    state = each.state.replace("_", " ")
    numbers = show(each.median, 3), show(each.psi, 3), show(each.p_value, 4)
    return (each.measure, str(each.photos), *numbers, state)
