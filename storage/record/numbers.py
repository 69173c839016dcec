"""Random numbers that people can read out: no counter, no vowels, nothing that looks like something else."""

import secrets
from typing import Final

# Without 0, O, 1, I, L (look alike) and without vowels (no words): 28 signs.
ALPHABET: Final = "23456789BCDFGHJKMNPQRSTVWXYZ"
CASE_NUMBER_SIGNS: Final = 6  # 28^6 = 482 million: among a million cases a new one is taken once in 480 times


def new_subject() -> str:
    """A subject number like "7K3M-92QF" (28^8 = 378 thousand million)."""
    return f"{_draw(4)}-{_draw(4)}"


def new_case_number() -> str:
    """A case number like "N-4F7K2M"."""
    return f"N-{_draw(CASE_NUMBER_SIGNS)}"


def _draw(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))
