"""Faults that a test orders: refusals, cut connections, slow or truncated answers."""

from __future__ import annotations

import random
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from bot.localchat.errors import refused
from bot.localchat.records import Json

KINDS = frozenset({"429", "500", "502", "cut_before", "cut_after", "slow", "truncate"})
Kind = Literal["429", "500", "502", "cut_before", "cut_after", "slow", "truncate"]


@dataclass(slots=True)
class Fault:
    """One order. `method` is a method, `*` for all methods, or `file` for downloads."""

    method: str
    kind: Kind
    count: int | None = None  # how many times; None: until it is taken back
    rate: float = 1.0
    seed: int | None = None
    retry_after: int = 1
    delay_s: float = 1.0
    chat_id: int | None = None
    hits: int = 0
    _random: random.Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Seeds the dice."""
        self._random = random.Random(self.seed)  # noqa: S311 - repeatable on purpose

    def strikes(self, method: str, chat_id: int | None) -> bool:
        """Whether this request is hit; counts it if so."""
        wanted = self.method in {"*", method} if method != "file" else self.method == "file"
        if not wanted or (self.chat_id is not None and self.chat_id != chat_id):
            return False
        if (self.count is not None and self.hits >= self.count) or self._random.random() >= self.rate:
            return False
        self.hits += 1
        return True

    def describe(self) -> Json:
        """As it was ordered, with `hits`."""
        return {name: value for name, value in asdict(self).items() if not name.startswith("_")}


def order(raw: Json) -> Fault:
    """A fault from its JSON.

    Raises:
        PersonApiError: unknown field or kind, or a value of the wrong type.
    """
    raw = {**raw, "kind": str(raw.get("kind"))}
    raw.pop("hits", None)
    if raw["kind"] not in KINDS:
        raise refused("bad_fault", f"kind must be one of {', '.join(sorted(KINDS))}")
    try:
        fault = Fault(**{"method": "*", **raw})
        _check_numbers(fault)
    except (TypeError, ValueError) as error:
        raise refused("bad_fault", str(error)) from error
    return fault


def _check_numbers(fault: Fault) -> None:
    numbers: tuple[Any, ...] = (fault.rate, fault.retry_after, fault.delay_s, fault.count or 0)
    if not all(isinstance(number, (int, float)) for number in numbers) or not 0 <= fault.rate <= 1:
        message = "rate is from 0 to 1; count, retry_after and delay_s are numbers"
        raise ValueError(message)
