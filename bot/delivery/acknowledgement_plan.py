"""Plans acknowledgements for photos that wait, from what waits and what was sent. No effects."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.delivery.outgoing import acknowledgement_key, pause_key
from storage.queues.acknowledgements import WaitingTurn
from storage.queues.tables import OutboxState

SEPARATE: Final = 2  # photos acknowledged one by one; of more, the second message gives the number
FIRST_GUESS_S: Final = 2.0  # of a photo's turn, until some were seen
# Of the time between two answers, until then. After a start, too, one or two photos may be answered without
# an acknowledgement, and many are acknowledged at once.
FIRST_APART_S: Final = 0.2
NEWEST_SHARE: Final = 0.2  # of the newest turn in the average


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """One acknowledgement to write."""

    turn: WaitingTurn
    key: str  # of the message
    replaces: str | None = None  # the message to edit
    line: int | None = None  # waiting photos of the chat; None: mention this turn only


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The acknowledgements to write now.

    `is_stale`: the last one is out of date, but too recent to edit. `settled`: the keys of photos that need
    no further look.
    """

    acknowledgements: tuple[Acknowledgement, ...]
    is_stale: bool = False
    settled: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """The expected wait. `is_busy`: so many photos wait that every sender is informed."""

    minutes: int
    is_busy: bool


class Pace:
    """How long a photo's turn takes, and how many end in that time, as moving averages."""

    def __init__(self, *, at_once: int, busy_from: int) -> None:
        """Args: at_once: turns processed in parallel. busy_from: waiting photos above which it is busy."""
        self._at_once = at_once
        self._busy_from = busy_from
        self._average_s = FIRST_GUESS_S
        self._apart_s = FIRST_APART_S

    def note(self, seconds: float, *, at_once: int = 1) -> None:
        """Count a turn that ended. Args: at_once: turns processed in parallel then, with this one."""
        self._average_s += NEWEST_SHARE * (seconds - self._average_s)
        self._apart_s += NEWEST_SHARE * (seconds / at_once - self._apart_s)

    def find_delay(self, photos: int) -> float:
        """Seconds until the last of so many photos is answered; after a quiet time rather too many."""
        return photos * self._apart_s

    def find_wait(self, *, own: int, total: int) -> Wait:
        """How long a chat waits: its own turns follow each other, those of all chats share the places."""
        rounds = max(float(own), total / self._at_once)
        minutes = max(math.ceil(rounds * self._average_s / 60), 1)
        return Wait(minutes=minutes, is_busy=total > self._busy_from)


def list_keys(turns: Sequence[WaitingTurn]) -> list[str]:
    """The keys of messages whose states `plan_acknowledgements` needs."""
    keys = [name(turn.key) for turn in turns[:SEPARATE] for name in (acknowledgement_key, pause_key)]
    return [*keys, _line_key(turns)] if _count_line(turns) else keys


def plan_acknowledgements(
    turns: Sequence[WaitingTurn],
    states: Mapping[str, OutboxState],
    *,
    now: float,
    after_s: float,
    may_edit: bool,
) -> Plan:
    """The acknowledgements that a chat is due.

    Args:
        turns: of one chat, in order of arrival.
        states: of the messages with `list_keys(turns)`.
        now: Unix seconds.
        after_s: an answer that comes sooner needs no acknowledgement.
        may_edit: whether the last acknowledgement is old enough to edit.
    """
    line = _count_line(turns)
    acknowledgements: list[Acknowledgement] = []
    settled = frozenset(key for turn in turns for key in turn.keys)
    for place, turn in enumerate(turns[:SEPARATE]):
        key = acknowledgement_key(turn.key)
        if key in states or pause_key(turn.key) in states:
            continue
        # A photo from the future came before the clock was set back: it has waited long enough.
        if 0 <= now - turn.received_at < after_s:
            settled = frozenset()
            break  # later ones wait, too: their answers take the places of their acknowledgements
        acknowledgements.append(Acknowledgement(turn=turn, key=key, line=line if place else None))
    is_stale = False
    if line is not None:
        root, current = acknowledgement_key(turns[1].key), _line_key(turns)
        state = states.get(root)
        # An edit of an unsent message would replace it, and the answer could not find it.
        is_stale = current not in states and state in ("pending", "sending", "sent")
        if is_stale and state == "sent" and may_edit:
            is_stale = False
            edit = Acknowledgement(turn=turns[1], key=current, replaces=root, line=line)
            acknowledgements.append(edit)
    return Plan(acknowledgements=tuple(acknowledgements), is_stale=is_stale, settled=settled)


def _count_line(turns: Sequence[WaitingTurn]) -> int | None:
    return sum(turn.items for turn in turns) if len(turns) > SEPARATE else None


def _line_key(turns: Sequence[WaitingTurn]) -> str:
    return f"{acknowledgement_key(turns[1].key)}:{_count_line(turns)}"
