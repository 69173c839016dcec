"""Errors that end a command with a sentence."""


class OperatorError(Exception):
    """The text says what the operator should do; `nevus` prints it and ends with code 2."""


class CommandRefused(OperatorError):  # noqa: N818 - reads as what happened
    """The arguments of a command, or the files that they name, cannot be used. Printed with its name."""
