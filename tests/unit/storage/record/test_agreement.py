"""How a dermatologist's verdict compares with the bot's level, and what half of all times stay under."""

import pytest

from storage.clinic.tables import VERDICTS
from storage.record.tables import LEVELS
from storage.statistics import LEVEL_URGENCY, VERDICT_URGENCY, Statistics, find_quantile


def counted(**verdicts: int) -> Statistics:
    """Figures with verdicts named `level__verdict`."""
    pairs = {tuple(name.split("__")): count for name, count in verdicts.items()}
    return Statistics(
        cases={},
        senders=0,
        referrals={},
        to_claim_s=[],
        to_answer_s=[],
        verdicts=pairs,  # type: ignore[arg-type]
    )


def test_a_verdict_is_compared_by_urgency():
    agreement = counted(
        high__urgent=5, high__routine=2, high__benign=1, low__urgent=3, moderate__monitor=4, low__benign=6
    ).agreement
    assert (agreement.same, agreement.more_urgent, agreement.less_urgent) == (15, 3, 3)
    assert agreement.compared == 21


def test_what_cannot_be_compared_is_left_out():
    assert counted(high__better_photo=3, not_assessable__urgent=2).agreement.compared == 0


def test_only_words_that_the_record_knows_are_compared():
    assert set(LEVEL_URGENCY) < set(LEVELS)
    assert set(VERDICT_URGENCY) < set(VERDICTS)


@pytest.mark.parametrize(("share", "value"), [(0.0, 1), (0.5, 3), (0.9, 4), (1.0, 4)])
def test_a_quantile_is_one_of_the_values(share: float, value: float):
    assert find_quantile([1, 2, 3, 4], share) == value


def test_without_values_there_is_no_quantile():
    assert find_quantile([], 0.5) is None
