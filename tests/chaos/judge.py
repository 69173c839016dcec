"""Judges a run by the local chat's transcript alone: what was answered, lost, said twice, out of order."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

ACKNOWLEDGEMENT = "🔎"
LATE = "⏳"  # begins the note that Telegram has not delivered the file: later photos may pass this one
# Begin the notes that stand beside an answer, each once: sent before; file is late; late file has been read.
BESIDE = ("ℹ️", LATE, "⬆️")
# A kill so soon after an acknowledgement was sent may come before its message id is stored: then no answer
# can take its place, in any design, and it stays.
CUT_OFF_S = 3.0
MARKS = ("↻", "Sent again after an interruption", "Renvoyé après une interruption")

Message = Mapping[str, Any]


@dataclass
class Verdict:
    """Of one chat, or added up."""

    photos: int = 0
    answered: int = 0
    lost: int = 0
    cards: int = 0  # answers that are a card, and no sentence about a file that cannot be read
    repeats: int = 0  # answers and acknowledgements that came again, and say so
    unmarked: int = 0  # and do not say so
    left_over: int = 0  # acknowledgements that no answer took the place of
    unexplained: int = 0  # of these, not cut off by a kill: by the network, which hides what arrived
    out_of_order: int = 0  # a later photo was answered first
    out_of_place: int = 0  # answered in order, but above: it took the place of an early acknowledgement
    problems: list[str] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        in_order = not (self.out_of_order or self.out_of_place)
        return self.answered == self.photos and in_order and not (self.lost or self.unmarked)

    def add(self, other: "Verdict") -> None:
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)


def judge_chat(photos: Sequence[int], messages: Sequence[Message], *, kills: Sequence[float] = ()) -> Verdict:
    """Judge one private chat.

    Args:
        photos: message ids of the photos, in the order in which they were sent.
        messages: everything in the chat, as `GET /api/transcript` gives it.
        kills: when the bot was killed, in Unix seconds.
    """
    verdict = Verdict(photos=len(photos))
    firsts: list[Message] = []
    for photo in photos:
        replies = [
            message
            for message in messages
            if message["reply_to"] == photo and message["from"]["is_bot"] and not message["deleted"]
        ]
        was_late = any(say(message).removeprefix("↻ ").startswith(LATE) for message in replies)
        for start in BESIDE:
            beside = [message for message in replies if say(message).removeprefix("↻ ").startswith(start)]
            _count_repeats(verdict, beside)
            replies = [message for message in replies if message not in beside]
        answers = [message for message in replies if not is_acknowledgement(message)]
        _count(verdict, answers, [message for message in replies if is_acknowledgement(message)], kills)
        if not answers:
            verdict.problems.append(f"photo {photo} has no answer")
        firsts += [] if was_late else answers[:1]
    pairs = list(itertools.pairwise(firsts))
    verdict.out_of_order = sum(find_answered_at(one) > find_answered_at(two) for one, two in pairs)
    verdict.out_of_place = sum(one["id"] > two["id"] for one, two in pairs)
    return verdict


def is_acknowledgement(message: Message) -> bool:
    return say(message).startswith(ACKNOWLEDGEMENT) or say(message).startswith(f"↻ {ACKNOWLEDGEMENT}")


def is_marked(message: Message) -> bool:
    return any(mark in say(message) for mark in MARKS)


def say(message: Message) -> str:
    return message["text"] or message["caption"] or ""


def find_answered_at(message: Message) -> float:
    """When the message became what it is: the end of its time as an acknowledgement, or its date."""
    ends = [
        edit["until"]
        for edit in message["edits"]
        if (edit["text"] or edit["caption"] or "").startswith((ACKNOWLEDGEMENT, "↻"))
    ]
    return float(ends[-1] if ends else message["date"])


def _count(
    verdict: Verdict, answers: Sequence[Message], notes: Sequence[Message], kills: Sequence[float]
) -> None:
    verdict.answered += bool(answers)
    verdict.lost += not answers
    verdict.cards += any(message["photo"] for message in answers)
    verdict.left_over += len(notes)
    verdict.unexplained += sum(
        not any(0 <= kill - note["date"] <= CUT_OFF_S for kill in kills) for note in notes
    )
    _count_repeats(verdict, answers)
    _count_repeats(verdict, notes)


def _count_repeats(verdict: Verdict, messages: Sequence[Message]) -> None:
    for again in messages[1:]:
        if is_marked(again):
            verdict.repeats += 1
        else:
            verdict.unmarked += 1
            told = say(again)[:40].replace("\n", " ")
            verdict.problems.append(f"message {again['id']} repeats without saying so: {told!r}")
