"""`nevus triage`: read photos from the command line, without a chat, a token or a database."""

import argparse
import asyncio
import os
import sys
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.commands.arguments import output_path
from bot.commands.triage_cards import CardError, PhotoCard, check_targets, name_card, write_card
from bot.commands.triage_output import (
    HEADING,
    PairResult,
    ProgressBar,
    describe_error,
    describe_reading,
    format_line,
    format_pair,
    to_json,
)
from bot.errors import CommandRefused
from inference.assessment import assess
from inference.engine import EngineError
from inference.fusion import fuse_photos
from inference.local_engine import LocalEngine
from inference.photo_files import read_photo_file
from inference.photos import MAX_BYTES, PhotoError
from inference.readings import Assessment, Context, PhotoReading

OK, SOME_UNREAD = 0, 1
_MOST_BYTES = MAX_BYTES + 1  # one more than is accepted: shows that a file is too large
_IN_FLIGHT = 3  # photos a thread, so that none waits for the next file


def add_parser(subparsers: Any) -> None:
    """Add the command to the front's parser."""
    parser = subparsers.add_parser(
        "triage",
        help="read photos from files",
        description="Read lesion photos and print a risk level for each. Exit code: 0 when all were read, 1 "
        "when some were not, 2 for bad usage. Scores are probabilities at 50 % prevalence, whatever "
        "NEVUS_PREVALENCE is: that changes what the chat says of them. A research prototype, not a medical "
        "device.",
    )
    parser.add_argument("photos", nargs="*", metavar="PHOTO", help="a photo file")
    parser.add_argument(
        "--from", dest="list", metavar="LIST", help="a file of paths, one a line (-: standard input)"
    )
    parser.add_argument(
        "--pair",
        nargs=2,
        metavar=("A", "B"),
        help="a close-up and a dermoscopic photo of one lesion: also what both come to; its level is "
        "the highest of both photos and of their joint score, which has thresholds of its own",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a line, in the order given")
    parser.add_argument(
        "--no-gate", action="store_true", help="scores for refused photos too; their level stays"
    )
    parser.add_argument(
        "--card", metavar="DIR", type=output_path, help="write each photo's card as a picture into DIR"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Triage the photos that the arguments name; returns the exit code."""
    try:
        paths = _collect_paths(args)
    except (OSError, UnicodeDecodeError) as error:
        raise CommandRefused(f"the list of photos {args.list} cannot be read: {_why(error)}") from error
    try:
        if args.card is not None:
            check_targets(paths, args.card)
            args.card.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CommandRefused(f"cards cannot be written to {args.card}: {_why(error)}") from error
    if args.pair is not None and len(paths) != len(args.pair):
        raise CommandRefused("--pair takes its two photos alone, without others or a list")
    if not paths:
        raise CommandRefused("name at least one photo, or a list of photos with --from")
    place = os.environ.get("NEVUS_MODELS_DIR", "").strip()
    try:
        return asyncio.run(_triage(paths, args, Path(place) if place else None))
    except CardError as error:
        raise CommandRefused(f"cards cannot be written to {args.card}: {error}") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """A photo that was read, and its assessment."""

    reading: PhotoReading
    assessment: Assessment


@dataclass(frozen=True, slots=True, kw_only=True)
class _Unread:
    """A photo that was not read, and why."""

    code: str
    message: str


async def _triage(paths: Sequence[str], args: argparse.Namespace, models: Path | None) -> int:
    engine = LocalEngine(models)
    await engine.start()
    printer = _Printer(args, engine, ProgressBar(len(paths)))
    try:
        if args.pair is not None:
            await _read_pair(args.pair, engine, printer, gate=not args.no_gate)
        else:
            await _read_all(paths, engine, printer, gate=not args.no_gate)
    except ExceptionGroup as group:
        raise group.exceptions[0] from group
    finally:
        printer.progress.finish()
        await engine.stop()
    return SOME_UNREAD if printer.unread_count else OK


async def _read_all(paths: Sequence[str], engine: LocalEngine, printer: "_Printer", *, gate: bool) -> None:
    """Read a bounded number of photos at once and print each in the order given."""
    waiting: deque[tuple[str, asyncio.Task[_Read | _Unread]]] = deque()
    async with asyncio.TaskGroup() as group:
        for given in paths:
            waiting.append((given, group.create_task(_read_one(given, engine, gate=gate))))
            if len(waiting) >= engine.threads * _IN_FLIGHT:
                name, task = waiting.popleft()
                await printer.show(name, await task)
            await _stop_if_cancelled()
        for name, task in waiting:
            await printer.show(name, await task)
            await _stop_if_cancelled()


async def _read_pair(paths: Sequence[str], engine: LocalEngine, printer: "_Printer", *, gate: bool) -> None:
    """Read two photos of one lesion, and print each with the result of both together."""
    results = await asyncio.gather(*(_read_one(given, engine, gate=gate) for given in paths))
    read = [each for each in results if isinstance(each, _Read)]
    together = None
    if len(read) == len(paths):
        findings, policy = [each.reading.findings for each in read], engine.release.policy
        fused = fuse_photos(findings, policy.fusion) if policy.fusion is not None else None
        together = PairResult(
            photos=(paths[0], paths[1]),
            level=assess(findings, Context(), policy).level,
            probability=None if fused is None else fused.probability,
        )
    for given, result in zip(paths, results, strict=True):
        await printer.show(given, result, pair=together)
    printer.show_pair(together)
    await _stop_if_cancelled()


async def _stop_if_cancelled() -> None:
    """Pause, so that Ctrl-C takes effect here and not in `engine.stop`: a finished photo makes no pause."""
    await asyncio.sleep(0)


async def _read_one(given: str, engine: LocalEngine, *, gate: bool) -> _Read | _Unread:
    try:
        data = await asyncio.to_thread(read_photo_file, Path(given), most_bytes=_MOST_BYTES)
        reading = await engine.read(data, gate=gate)
    except FileNotFoundError as error:
        return _Unread(code="not_found", message=_why(error))
    except IsADirectoryError:
        return _Unread(code="not_a_file", message="a folder: name its photos, or list them with --from")
    except (OSError, ValueError) as error:  # ValueError: a path with a zero byte
        return _Unread(code="cannot_open", message=_why(error))
    except PhotoError as error:
        return _Unread(code=error.code, message=str(error))
    except EngineError as error:
        return _Unread(code="engine", message=str(error))
    return _Read(reading=reading, assessment=assess([reading.findings], Context(), engine.release.policy))


class _Printer:
    """Prints results, writes cards and counts what was not read."""

    def __init__(self, args: argparse.Namespace, engine: LocalEngine, progress: ProgressBar) -> None:
        self._as_json: bool = args.json
        self._cards: Path | None = args.card
        self._engine = engine
        self.progress = progress
        self.unread_count = 0
        self._count = 0

    async def show(self, given: str, result: _Read | _Unread, *, pair: PairResult | None = None) -> None:
        self._count += 1
        if isinstance(result, _Unread):
            self.unread_count += 1
            described = describe_error(given, result.code, result.message)
        else:
            described = describe_reading(
                given,
                result.reading,
                result.assessment,
                model_version=self._engine.release.version,
                pair=pair,
            )
            if self._cards is not None:
                target = self._cards / name_card(self._count, given)
                card = PhotoCard(number=self._count, reading=result.reading, assessment=result.assessment)
                await asyncio.to_thread(write_card, target, card, self._engine)
        self.progress.hide()
        if self._as_json:
            print(to_json(described), flush=True)
        else:
            if self._count == 1:
                print(HEADING)
            print(format_line(described), flush=True)
        self.progress.advance()

    def show_pair(self, pair: PairResult | None) -> None:
        """Print the result of both photos for people; JSON has it with each photo."""
        if pair is not None and not self._as_json:
            print(format_pair(pair), flush=True)


def _collect_paths(args: argparse.Namespace) -> list[str]:
    """The photos named one by one or as a pair, then those of the list."""
    named = [*args.photos, *(args.pair or ())]
    if args.list is None:
        return named
    if args.list == "-":
        text = sys.stdin.read()
    else:
        text = Path(args.list).read_text(encoding="utf-8", errors="surrogateescape")
    lines = (line.removesuffix("\r") for line in text.split("\n"))
    return [*named, *(line for line in lines if line.strip())]


def _why(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or "it cannot be read"
