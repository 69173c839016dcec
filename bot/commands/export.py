"""`nevus export`: the record for a researcher, one row a photo, by subject number."""

import argparse
import csv
import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from bot.commands.arguments import output_path
from bot.commands.opened import run_on_record
from bot.commands.output_files import refuse_data_files, refuse_twice, write_privately
from bot.commands.parquet import has_parquet, write_parquet
from bot.errors import CommandRefused
from bot.settings import Settings
from storage.database.sessions import Database
from storage.research import COLUMNS, read_comments, read_photos

DESCRIPTION: Final = (
    "Write one row a photo with its case, scores, level, checklist, times and last verdict, by random "
    "subject number, to a CSV file or a Parquet file (which needs pyarrow: pip install '.[parquet]' in the "
    "checkout). No free text, unless --comments names a file for what dermatologists wrote. As long as a "
    "subject's link exists the rows are pseudonymised, not anonymous: handle them as personal data."
)
FORMATS: Final = ("csv", "parquet")
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would run such a cell


def add_parser(subparsers: Any) -> None:
    """Add the command to the front's parser."""
    parser = subparsers.add_parser("export", help="write the record for research", description=DESCRIPTION)
    parser.add_argument(
        "file", type=output_path, metavar="FILE", help="FILE.csv or FILE.parquet; overwritten"
    )
    parser.add_argument("--format", choices=FORMATS, help="if the file's name does not end in it")
    parser.add_argument(
        "--comments", type=output_path, metavar="FILE", help="also free text, into this CSV file"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the files; 0 when done."""
    kind = args.format or args.file.suffix.removeprefix(".")
    if kind not in FORMATS:
        raise CommandRefused("name a file that ends in .csv or .parquet, or say --format.")
    if kind == "parquet" and not has_parquet():
        raise CommandRefused(
            "Parquet needs pyarrow: pip install '.[parquet]' in the checkout, or write a .csv file."
        )

    files = [file for file in (args.file, args.comments) if file is not None]
    refuse_twice(files, "the comments need a file other than that of the record: name two files.")

    async def work(database: Database, settings: Settings) -> int:
        refuse_data_files(settings, files)
        async with database.read() as session:
            rows = [row async for row in read_photos(session)]
            comments = await read_comments(session) if args.comments is not None else []
        try:
            if kind == "csv":
                write_csv(args.file, COLUMNS, rows)
            else:
                with write_privately(args.file) as draft:
                    write_parquet(draft, rows)
            if args.comments is not None:
                from bot.clinic.sealed_forms import COMMENT_PURPOSE
                from storage.database.keys import Keyring

                keyring = Keyring.open(settings.key_path)
                opened = [
                    {
                        "case": case,
                        "verdict": kind,
                        "comment": keyring.decrypt(sealed, purpose=COMMENT_PURPOSE).decode(),
                    }
                    for case, kind, sealed in comments
                ]
                write_csv(args.comments, ("case", "verdict", "comment"), opened)
        except OSError:
            raise CommandRefused("a file cannot be written there.") from None
        print(f"{len(rows)} photos written; {len(comments)} comments.")
        return 0

    return run_on_record(work)


def write_csv(file: Path, columns: Sequence[str], rows: Sequence[dict[str, Any]]) -> None:
    """A CSV file in UTF-8 that only its owner can read."""
    with write_privately(file) as draft, draft.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns)
        writer.writeheader()
        writer.writerows({name: _flat(value) for name, value in row.items()} for row in rows)


def _flat(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, dict):
        return json.dumps(value, sort_keys=True)
    if isinstance(value, str) and value.startswith(FORMULA):
        return f"'{value}"
    return value
