"""Kinds of arguments that several commands take."""

import argparse
from pathlib import Path
from typing import Final

MOST: Final = 2**31 - 1  # what the databases count up to
MOST_DAYS: Final = 36_500


def positive(text: str) -> int:
    """A whole number from 1.

    Raises:
        argparse.ArgumentTypeError: it is none; argparse puts the argument's name before the text.
    """
    try:
        number = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError("must be a whole number") from None
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    if number > MOST:
        raise argparse.ArgumentTypeError(f"must be at most {MOST}")
    return number


def days(text: str) -> int:
    """A number of days from 1, so few that the date is in the calendar.

    Raises:
        argparse.ArgumentTypeError: it is none.
    """
    number = positive(text)
    if number > MOST_DAYS:
        raise argparse.ArgumentTypeError(f"must be at most {MOST_DAYS}")
    return number


def output_path(text: str) -> Path:
    """A file or folder to write.

    Raises:
        argparse.ArgumentTypeError: it is `-`, which means standard output elsewhere.
    """
    if text == "-":
        raise argparse.ArgumentTypeError("cannot be standard output: name a file (./- for one of that name)")
    return Path(text)
