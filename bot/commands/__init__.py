"""The commands of `nevus`: one file each, with `add_parser(subparsers)`."""

from typing import Final

REFUSED: Final = 2  # exit code of a command that was refused with a sentence
