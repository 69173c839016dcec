"""`nevus evaluate`: the released pair measured on labelled photos, as tables, JSON and a page to read."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.commands.arguments import output_path, positive
from bot.commands.output_files import check_private, refuse_data_files, refuse_twice, write_privately
from bot.commands.triage_output import ProgressBar, print_unread
from bot.errors import CommandRefused
from bot.settings import read_settings

if TYPE_CHECKING:
    from inference.evaluation.run import Evaluation

OK, SOME_UNREAD = 0, 1


def add_parser(subparsers: Any) -> None:
    """Add the command to the front's parser."""
    parser = subparsers.add_parser(
        "evaluate",
        help="measure the classifiers on labelled photos",
        description="Measure the released classifiers on labelled photos. LABELS is a CSV file with the "
        "columns file and label (melanoma, benign, other_malignant, indeterminate_AK, no_lesion) and, if "
        "known, source, group and split. Exit code: 0 when every photo was read, 1 when some were not, "
        "2 for bad usage.",
    )
    parser.add_argument("labels", type=Path, metavar="LABELS", help="a CSV file: file,label[,source,...]")
    parser.add_argument(
        "--root", type=Path, metavar="DIR", help="folder of the photos (default: that of LABELS)"
    )
    parser.add_argument(
        "--json", type=output_path, metavar="OUT", help="write every figure (docs/evaluation.md)"
    )
    parser.add_argument(
        "--html", type=output_path, metavar="OUT", help="write a page to read, photos of misses in it"
    )
    parser.add_argument(
        "--split", action="append", default=[], metavar="NAME", help="only this split; repeatable"
    )
    parser.add_argument(
        "--source", action="append", default=[], metavar="NAME", help="only this source; repeatable"
    )
    parser.add_argument(
        "--limit", type=positive, metavar="N", help="at most N photos of each source and label"
    )
    parser.add_argument(
        "--no-counterfactuals",
        action="store_true",
        help="skip photos with marks drawn on them or seen from nearer",
    )
    parser.add_argument(
        "--counterfactual-photos", type=positive, default=100, metavar="N",
        help="photos that get marks, of each source and class (100)",
    )  # fmt: skip
    parser.add_argument("--threads", type=positive, metavar="N", help="photos read at once (one a core)")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Evaluate what the arguments name; returns the exit code."""
    from inference.evaluation.labelled import LabelsError
    from inference.evaluation.report_page import render_page
    from inference.evaluation.report_text import format_summary
    from inference.evaluation.run import to_json

    try:
        evaluation = _evaluate(args)
        if args.json is not None:
            _write(args.json, to_json(evaluation.report))
        if args.html is not None:
            _write(args.html, render_page(evaluation, args.root or args.labels.parent))
    except LabelsError as error:
        raise CommandRefused(str(error)) from error
    except OSError as error:
        raise CommandRefused(f"the report cannot be written: {error.strerror}") from error
    print(format_summary(evaluation.report))
    _print_unread(evaluation)
    return SOME_UNREAD if evaluation.missing or evaluation.unread else OK


def _evaluate(args: argparse.Namespace) -> "Evaluation":
    from inference.evaluation.labelled import LabelsError, Selection, find_missing, read_labels, select_rows
    from inference.evaluation.run import evaluate
    from inference.evaluation.scoring import PhotoScorer
    from inference.evaluation.sources import EvaluationConfig

    selection = Selection(splits=frozenset(args.split), sources=frozenset(args.source), limit=args.limit)
    rows = select_rows(read_labels(args.labels), selection)
    root = args.root or args.labels.parent
    if len(find_missing(rows, root)) == len(rows):
        raise LabelsError("none of the listed files is there: --root must name the folder that they are in")
    _check_outputs(args, [root / row.file for row in rows])
    place = os.environ.get("NEVUS_MODELS_DIR", "").strip()
    scorer = PhotoScorer.load(Path(place) if place else None, threads=args.threads)
    config = EvaluationConfig(
        counterfactual_photos=0 if args.no_counterfactuals else args.counterfactual_photos
    )
    return evaluate(rows, root, scorer, config, report_progress=_ProgressBars())


def _check_outputs(args: argparse.Namespace, photos: Sequence[Path]) -> None:
    """Refuse now what could not be written after the whole run, or would replace what is needed."""
    outputs = [out for out in (args.json, args.html) if out is not None]
    if not outputs:
        return
    refuse_twice([args.labels, *outputs], "--json, --html and LABELS must be different files")
    refuse_data_files(read_settings(os.environ), outputs)
    for out in outputs:
        out.parent.mkdir(parents=True, exist_ok=True)
        if out.exists() and any(photo.exists() and out.samefile(photo) for photo in photos):
            raise CommandRefused(f"{out} is one of the photos: name another file")
        check_private(out)


def _write(out: Path, text: str) -> None:
    with write_privately(out) as draft:
        draft.write_text(text, encoding="utf-8")


class _ProgressBars:
    """Progress on standard error, one bar for each part of the work."""

    def __init__(self) -> None:
        self._what = ""
        self._progress: ProgressBar | None = None

    def __call__(self, what: str, done: int, total: int) -> None:
        if what != self._what or self._progress is None:
            self._what, self._progress = what, ProgressBar(total)
            print(f"{what}: {total} to read", file=sys.stderr)
        self._progress.advance()
        if done == total:
            self._progress.finish()


def _print_unread(evaluation: "Evaluation") -> None:
    unread = [(row.file, "missing") for row in evaluation.missing]
    unread += [(each.row.file, each.code) for each in evaluation.unread]
    print_unread(unread)
