"""Numbers that people read out."""

import re

from inference.readings import Domain, RiskLevel
from storage.record import tables
from storage.record.numbers import ALPHABET, new_case_number, new_subject


def test_numbers_have_their_form_and_nothing_that_looks_like_something_else() -> None:
    for _ in range(200):
        assert re.fullmatch(rf"N-[{ALPHABET}]{{6}}", new_case_number())
        assert re.fullmatch(rf"[{ALPHABET}]{{4}}-[{ALPHABET}]{{4}}", new_subject())
    assert not set("01OILAEU") & set(ALPHABET)


def test_numbers_are_not_counted_up() -> None:
    assert len({new_subject() for _ in range(500)}) == 500


def test_numbers_fit_their_columns() -> None:
    assert len(new_case_number()) <= (tables.CASE_NUMBER.length or 0)
    assert len(new_subject()) == tables.SUBJECT.length


def test_the_tables_know_the_words_of_the_readings() -> None:
    """The two rooms may not import each other; this is where their words meet."""
    assert set(tables.LEVELS) == {str(level) for level in RiskLevel}
    assert set(tables.DOMAINS) == {str(domain) for domain in Domain}
