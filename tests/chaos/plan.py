"""What a run of chaos consists of: every number, so that a seed repeats it."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

Source = Literal["polling", "webhook"]
Backend = Literal["sqlite", "postgresql"]
Moments = Literal["random", "commits", "sends"]

LONGEST_LIFE_S = 3.0  # after its start
STEPS = 9  # of its own path that a doomed process is killed at: the first, the second, ...


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One run."""

    photos: int
    chats: int
    kills: int
    seed: int
    source: Source = "polling"
    backend: Backend = "sqlite"
    moments: Moments = "random"
    fills_disk: bool = False  # every second life has a full disk for a while
    limit_s: float = 600.0  # then it is stopped, and judged as it stands

    @property
    def name(self) -> str:
        disk = ", full disk" if self.fills_disk else ""
        return f"{self.source}, {self.backend}, kills at {self.moments}{disk}"


@dataclass(frozen=True)
class Death:
    """How one life of the bot ends: after so many seconds, or by its own hand at a step.

    `when_running`: the seconds count from when it says that it runs, however long its start takes here.
    """

    after_s: float
    doom: str | None
    when_running: bool = False


def plan_deaths(plan: Plan, *, start_s: float) -> Iterator[Death]:
    """Each life's end; a third of the random ones fall into the start."""
    dice = random.Random(plan.seed)
    for number in range(plan.kills):
        if plan.moments == "random":
            if dice.random() < 0.3:
                yield Death(dice.uniform(0.05, start_s), None)
            else:
                yield Death(dice.uniform(0.05, LONGEST_LIFE_S), None, when_running=True)
        else:
            # Two of the first commits only recover what the last life left: later ones make progress.
            kinds = ("commit",) if plan.moments == "commits" else ("send", "sent")
            count = 1 + number // len(kinds) % STEPS + (2 if plan.moments == "commits" else 0)
            yield Death(start_s * 2 + 12.0, f"{kinds[number % len(kinds)]}:{count}")


def plan_faults(seed: int) -> list[dict[str, Any]]:
    """What goes wrong at the Bot API all along: about one request in eight."""
    kinds: list[dict[str, Any]] = [
        {"kind": "429", "rate": 0.03},
        {"kind": "500", "rate": 0.03},
        {"kind": "502", "rate": 0.01},
        {"kind": "cut_before", "rate": 0.02},
        {"kind": "cut_after", "rate": 0.02},
        {"kind": "slow", "rate": 0.01, "delay_s": 0.5},
        {"method": "file", "kind": "truncate", "rate": 0.02},
        {"method": "file", "kind": "500", "rate": 0.02},
    ]
    return [{"method": "*", "seed": seed + number} | fault for number, fault in enumerate(kinds)]


def plan_photos(plan: Plan) -> list[int]:
    """Which chat sends each photo, in the order of sending: every chat as often, mixed."""
    chats = [number % plan.chats for number in range(plan.photos)]
    random.Random(plan.seed + 1).shuffle(chats)
    return chats
