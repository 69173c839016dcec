"""What was measured on the installed release, from pair.json's `metrics`, as a clinician can read it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot.answers.wording import Wording
from bot.texts import Html, join_lines

CLASSIFIERS = ("pair", "cnn", "vit")
MAX_ROWS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """An AUC with its 95 % interval, of one classifier (or the pair) on one set of photos."""

    source: str
    who: str
    photos: int
    value: float
    low: float
    high: float


def read_measures(pair: Mapping[str, Any]) -> list[Measure]:
    """The measures in pair.json; one without its number of photos or its interval is left out."""
    metrics = pair.get("metrics")
    if not isinstance(metrics, Mapping):
        return []
    return [each for source, found in metrics.items() for each in _read_source(str(source), found)]


def write_measures(measures: list[Measure], wording: Wording) -> Html:
    """A line each, or a sentence that says there are none."""
    if not measures:
        return join_lines((wording.say("about-measured"), wording.say("about-measured-none")))
    lines = (_line(each, wording) for each in measures[:MAX_ROWS])
    return join_lines((wording.say("about-measured"), *lines, wording.say("about-measured-note")))


def _read_source(source: str, found: Any) -> Iterator[Measure]:
    if not isinstance(found, Mapping) or not isinstance(photos := found.get("n"), int):
        return
    for who in CLASSIFIERS:
        auc = found[who].get("auc") if isinstance(found.get(who), Mapping) else None
        if not isinstance(auc, Mapping):
            continue
        numbers = [auc.get(name) for name in ("value", "low", "high")]
        if all(isinstance(number, int | float) for number in numbers):
            value, low, high = (float(number) for number in numbers if number is not None)
            yield Measure(source=source, who=who, photos=photos, value=value, low=low, high=high)


def _line(measure: Measure, wording: Wording) -> Html:
    source = wording.say("source-overall") if measure.source == "overall" else measure.source
    numbers = {
        name: wording.say("about-number", value=getattr(measure, name)) for name in ("value", "low", "high")
    }
    return wording.say(
        "about-row", who=wording.say(f"who-{measure.who}"), source=source, n=measure.photos, **numbers
    )
