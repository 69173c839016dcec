"""Random numbers that people can read out: no counter, no vowels, nothing that looks like something else."""

import secrets
from typing import Final

# Without 0, O, 1, I, L (look alike) and without vowels (no words): 28 signs.
ALPHABET: Final = "23456789BCDFGHJKMNPQRSTVWXYZ"
SHORTEST_CASE_NUMBER: Final = 5  # 28^5 = 17 million
TRIES_A_LENGTH: Final = 4  # then one sign more: numbers stay quick to find when the short ones fill up


def new_subject() -> str:
    """A subject number like "7K3M-92QF" (28^8 = 378 thousand million)."""
    return f"{_draw(4)}-{_draw(4)}"


def new_case_number(attempt: int = 0) -> str:
    """A case number like "N-4F7K2".

    Args:
        attempt: how many drawn so far were taken already.
    """
    return f"N-{_draw(SHORTEST_CASE_NUMBER + attempt // TRIES_A_LENGTH)}"


def _draw(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))
