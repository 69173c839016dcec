"""The fuzzing targets take every seed: a target that cannot run finds nothing."""

import random
import time

import pytest

from tests.fuzz.__main__ import alter, list_seeds
from tests.fuzz.targets import LONGEST_S, TARGETS, LimitError, run_within_limits


@pytest.mark.parametrize("target", sorted(TARGETS))
def test_every_seed_and_some_alterations_pass(target: str) -> None:
    seeds = list_seeds(target)
    assert len(seeds) >= 5
    dice = random.Random(1)
    for seed in seeds:
        TARGETS[target](seed)
        TARGETS[target](alter(seed, dice))


def test_what_takes_too_much_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def burn(_data: bytes) -> None:
        ends = time.process_time() + LONGEST_S + 0.1
        while time.process_time() < ends:
            pass

    monkeypatch.setitem(TARGETS, "photo", burn)
    with pytest.raises(LimitError):
        run_within_limits("photo", b"")
