"""What was measured on the installed release, from pair.json's `metrics`, as a clinician can read it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.conversation.wording import KNOWN_SOURCES, Wording
from bot.texts import Html, join_lines
from inference.tested import find_unused_sources

CLASSIFIERS = ("pair", "cnn", "vit")
MAX_SOURCES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredFigure:
    """A figure and its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceMeasures:
    """What was measured on one set of photos."""

    source: str
    photos: int
    melanomas: int
    areas: Mapping[str, MeasuredFigure]  # by classifier: area under the ROC curve
    missed: MeasuredFigure | None  # share of the melanomas that are given the level low
    cleared: MeasuredFigure | None  # share of the benign lesions that are given it
    is_unused: bool = False  # the source trained nothing and chose no threshold


def read_measures(pair: Mapping[str, Any]) -> list[SourceMeasures]:
    """The measures in pair.json, unseen sets first; whatever lacks its counts or interval is left out."""
    metrics = _mapping(pair.get("metrics"))
    sources, levels = _mapping(metrics.get("sources")), _mapping(metrics.get("levels"))
    unused = find_unused_sources(pair)
    found = [
        replace(each, is_unused=each.source in unused)
        for name, figures in sources.items()
        if (each := _read_source(str(name), _mapping(figures), levels))
    ]
    order = {source: place for place, source in enumerate(KNOWN_SOURCES)}
    return sorted(found, key=lambda each: (not each.is_unused, order.get(each.source, len(order))))


def write_measures(measures: Sequence[SourceMeasures], wording: Wording) -> Html:
    """A few lines a set of photos, or a sentence that says there are none."""
    if not measures:
        return join_lines((wording.say("about-measured"), wording.say("about-measured-none")))
    blocks = [join_lines(_lines(each, wording)) for each in measures[:MAX_SOURCES]]
    return join_lines(
        (wording.say("about-measured"), *blocks, wording.say("about-measured-note")), gap="\n\n"
    )


def _read_source(source: str, figures: Mapping[str, Any], levels: Mapping[str, Any]) -> SourceMeasures | None:
    pair = _mapping(figures.get("pair"))
    photos, melanomas = pair.get("n"), pair.get("melanomas")
    areas = {who: _estimate(_mapping(figures.get(who)).get("auc")) for who in CLASSIFIERS}
    known = {who: area for who, area in areas.items() if area is not None}
    if not isinstance(photos, int) or not isinstance(melanomas, int) or "pair" not in known:
        return None
    return SourceMeasures(
        source=source,
        photos=photos,
        melanomas=melanomas,
        areas=known,
        missed=_estimate(_mapping(levels.get(f"{source}/melanoma")).get("low")),
        cleared=_estimate(_mapping(levels.get(f"{source}/benign")).get("low")),
    )


def _estimate(figure: Any) -> MeasuredFigure | None:
    numbers = {name: _mapping(figure).get(name) for name in ("value", "low", "high")}
    if not all(isinstance(number, int | float) for number in numbers.values()):
        return None
    return MeasuredFigure(**{name: float(number) for name, number in numbers.items() if number is not None})


def _lines(measures: SourceMeasures, wording: Wording) -> Iterator[Html]:
    yield wording.say(
        "about-source",
        source=wording.source(measures.source),
        use=wording.say("source-unused" if measures.is_unused else "source-used"),
        photos=measures.photos,
        melanomas=measures.melanomas,
    )
    for who, area in measures.areas.items():
        numbers = {
            part: wording.say("about-number", value=getattr(area, part)) for part in ("value", "low", "high")
        }
        yield wording.say("about-area", who=wording.say(f"who-{who}"), **numbers)
    for message_id, share in (("about-missed", measures.missed), ("about-cleared", measures.cleared)):
        if share is not None:
            yield wording.say(
                message_id,
                **{part: wording.percent(getattr(share, part)) for part in ("value", "low", "high")},
            )


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
