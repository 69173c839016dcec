"""The output of `nevus triage`: a JSON object or a line for each photo, and progress on standard error."""

import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, TextIO

from bot.output import unguarded
from inference.policy import CLASSIFIERS
from inference.readings import Assessment, LesionFindings, PhotoReading

_LEVEL_WORDS = {"low": "low", "moderate": "MODERATE", "high": "HIGH", "not_assessable": "not assessable"}
_BAR_CELLS = 30
_LONG_LIST = 50  # from this length on progress is shown even if standard error is not a terminal


@dataclass(frozen=True, slots=True, kw_only=True)
class PairResult:
    """Two photos of one lesion, read together."""

    photos: tuple[str, str]  # paths as they were given
    level: str
    probability: float | None  # None unless one is a close-up and the other dermoscopic, and both were read


_SHOWN = 10  # of the files that were not read


def describe_reading(
    given: str,
    reading: PhotoReading,
    assessment: Assessment,
    *,
    model_version: str,
    pair: PairResult | None = None,
) -> dict[str, Any]:
    """The object of a photo that was read; scores are None if a gate refused it.

    If several lesions were found, `level` is the highest of all, and the scores are the chosen one's: the one
    nearest to the photo's middle. `lesion_count` is None if the networks read the whole photo.

    Args:
        given: the path as it was given.
        reading: what was seen.
        assessment: of this photo alone, without context.
        model_version: of the pair.
        pair: what this photo and another one of the same lesion come to together.
    """
    findings = reading.findings
    scores = {opinion.classifier: round(opinion.probability, 6) for opinion in findings.opinions}
    return {
        "photo": given,
        "level": str(assessment.level),
        "probability": _round(findings.probability),
        "malignant_probability": _round(findings.malignant_probability),
        "opinions": {name: scores.get(name) for name in CLASSIFIERS},
        "domain": str(findings.domain),
        "reasons": [str(reason) for reason in assessment.reasons],
        "lesion_count": findings.lesion_count,
        "lesions": [
            describe_lesion(lesion, is_chosen=index == findings.chosen)
            for index, lesion in enumerate(findings.lesions)
        ],
        "pair": None if pair is None else describe_pair(pair),
        "quality": {**asdict(findings.quality), "faults": [str(fault) for fault in findings.quality.faults]},
        "model_version": model_version,
        "elapsed_ms": reading.elapsed_ms,
    }


def describe_pair(pair: PairResult) -> dict[str, Any]:
    """What two photos of one lesion come to together."""
    return {"photos": list(pair.photos), "level": pair.level, "probability": _round(pair.probability)}


def describe_lesion(lesion: LesionFindings, *, is_chosen: bool) -> dict[str, Any]:
    """One of a photo's lesions: its box is left, top, right and bottom in pixels of the upright photo."""
    box = lesion.box
    return {
        "box": [round(edge, 1) for edge in (box.left, box.top, box.right, box.bottom)],
        "size_px": round(lesion.size_px, 1),
        "chosen": is_chosen,
        "probability": _round(lesion.probability),
        "malignant_probability": _round(lesion.malignant_probability),
        "reasons": [str(reason) for reason in lesion.gate],
    }


def describe_error(given: str, code: str, message: str) -> dict[str, Any]:
    """The object of a photo that was not read."""
    return {"photo": given, "error": {"code": code, "message": message}}


def format_line(described: dict[str, Any]) -> str:
    """The line of a photo for people: level, the pair's score, both opinions, photo, reasons."""
    name = printable(described["photo"])
    if error := described.get("error"):
        return f"{'not read':<15}{'':<22}{name}  ({error['message']})"
    level = _LEVEL_WORDS[described["level"]]
    reasons = ", ".join([*described["reasons"], *described["quality"]["faults"]])
    scores = (described["probability"], *described["opinions"].values())
    numbers = "".join("     - " if score is None else f"{score:6.3f} " for score in scores)
    return f"{level:<15}{numbers} {name}  ({described['domain']}: {reasons})"


def _round(score: float | None) -> float | None:
    return None if score is None else round(score, 6)


def format_pair(pair: PairResult) -> str:
    """The same for people."""
    number = "     - " if pair.probability is None else f"{pair.probability:6.3f} "
    return f"{_LEVEL_WORDS[pair.level]:<15}{number}{'':<14} both together"


HEADING = f"{'level':<15}  pair   cnn    vit   photo"


def to_json(described: dict[str, Any]) -> str:
    """One line of ASCII, whatever a file's name holds."""
    return json.dumps(described, allow_nan=False)


def printable(name: str) -> str:
    """A name that any terminal can show: no control characters, no broken bytes."""
    return "".join(each if each.isprintable() else "\ufffd" for each in name)


class ProgressBar:
    """Progress on standard error: a bar on a terminal, else a line each tenth of a long list."""

    def __init__(self, total: int, stream: TextIO | None = None) -> None:
        self._total, self._done = total, 0
        self._stream = stream or unguarded(sys.stderr)
        self._start = time.monotonic()
        is_terminal = self._stream.isatty()
        self._bar = is_terminal and total > 1
        self._lines = not is_terminal and total >= _LONG_LIST
        self._shown_at = 0.0

    def hide(self) -> None:
        """Make room for a line of output on the same terminal."""
        if self._bar:
            self._stream.write("\r\033[K")

    def advance(self) -> None:
        """Count one more photo."""
        self._done += 1
        if self._bar and (time.monotonic() - self._shown_at > 0.05 or self._done == self._total):
            self._shown_at = time.monotonic()
            filled = _BAR_CELLS * self._done // self._total
            self._stream.write(f"\r[{'#' * filled:<{_BAR_CELLS}}] {self._figures()}\033[K")
            self._stream.flush()
        elif self._lines and self._done * 10 // self._total > (self._done - 1) * 10 // self._total:
            self._stream.write(f"{self._figures()}\n")

    def finish(self) -> None:
        """Clear the bar."""
        if self._bar:
            self.hide()
            self._stream.flush()

    def _figures(self) -> str:
        rate = self._done / max(time.monotonic() - self._start, 1e-9)
        return f"{self._done}/{self._total} photos, {rate:.1f} a second"


def print_unread(unread: Sequence[tuple[str, str]]) -> None:
    """Name on standard error the first of the files that were not read, each with its reason."""
    if not unread:
        return
    print(f"{len(unread)} photos were not read:", file=sys.stderr)
    for name, why in unread[:_SHOWN]:
        print(f"  {printable(name)} ({why})", file=sys.stderr)
    if len(unread) > _SHOWN:
        print(f"  and {len(unread) - _SHOWN} more", file=sys.stderr)
