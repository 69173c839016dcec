"""The commands of `nevus`: one file each, with `add_parser(subparsers)`.

A command raises `bot.errors.OperatorError` if it cannot be done; `bot.cli` prints the text.
"""
