"""Whose processor and memory a run took: the bot, its decoders, the local Bot API server, the senders."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import psutil
from crowd import Waits
from stage import Stage

PARTS = ("bot", "its decoders", "local Bot API server", "senders")


@dataclass(frozen=True, slots=True)
class Account:
    """Processor seconds by part, in the order of `PARTS`, at a moment (monotonic seconds)."""

    moment: float
    seconds: tuple[float, float, float, float]


def read_account(stage: Stage) -> Account:
    """What was used up to now."""
    decoders = sum(_seconds(child) for child in stage.bot.children(recursive=True))
    chat = _seconds(psutil.Process(stage.chat_pid))
    return Account(time.perf_counter(), (_seconds(stage.bot), decoders, chat, _seconds(psutil.Process())))


def _seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A crowd's run with a bot."""

    waits: Waits
    begin: Account
    end: Account
    memory_mb: tuple[float, float]  # resident added up, with shared pages divided: bot and decoders

    @property
    def per_s(self) -> float:
        """Photos answered a second."""
        return len(self.waits.answer_s) / (self.end.moment - self.begin.moment)

    @property
    def cpu_ms(self) -> tuple[float, ...]:
        """Processor milliseconds a photo, by part."""
        count = max(len(self.waits.answer_s), 1)
        parts = zip(self.begin.seconds, self.end.seconds, strict=True)
        return tuple((end - begin) * 1000 / count for begin, end in parts)

    @property
    def own_ms(self) -> float:
        """Of the bot and its decoders."""
        return self.cpu_ms[0] + self.cpu_ms[1]


def at(values: Sequence[float], share: float) -> float:
    """The value in ms that this share of the seconds does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000


def describe_waits(values: Sequence[float]) -> str:
    """p50, p95, p99 in ms."""
    return " / ".join(f"{at(values, share):.0f}" for share in (0.5, 0.95, 0.99))
