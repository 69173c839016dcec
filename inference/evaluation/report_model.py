"""What every form of the evaluation report is made of: sections of paragraphs, lists, tables and drawings.

`report.py` builds the sections from the JSON of `run.py`. Three renderers show them: `report_text.py` (for a
terminal), `report_page.py` (HTML) and `model_card.py` (Markdown). None of them knows what a table is about.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

SCORE_NAMES = {"pair": "the pair", "cnn": "CNN", "vit": "ViT"}
NETWORK_NAMES = {"cnn": "CNN", "vit": "Vision Transformer"}
LABEL_NAMES = {
    "melanoma": "melanoma",
    "benign": "benign",
    "other_malignant": "BCC or SCC",
    "indeterminate_AK": "actinic keratosis",
    "no_lesion": "no lesion",
}
KIND_NAMES = {"dermoscopic": "dermoscopic photos", "clinical": "close-ups"}
LEVEL_NAMES = {"low": "low", "moderate": "moderate", "high": "high", "not_assessable": "not assessable"}
MARK_NAMES = {
    "black_corners": "black corners",
    "ruler": "ruler",
    "ink": "ink",
    "hairs": "hairs",
    "gel_bubbles": "gel bubbles",
    "lesion_half_size": "lesion at half its size",
    "lesion_twice_size": "lesion at twice its size",
    "corners_cut_off": "corners cut off",
}
SUBGROUP_NAMES = {"skin_tone": "skin tone", "site": "site", "age": "age in years"}
ALL = "all together"

# Shown as they are; every other estimate is a share in percent.
_NUMBERS = ("auc", "ece", "ece_out_of_fold", "brier")

Part = Mapping[str, Any]  # one source, or all together; docs/evaluation.md lists its keys


class Figure(NamedTuple):
    """A figure and its 95 % interval, as text."""

    value: str
    interval: str = ""

    def __str__(self) -> str:
        return f"{self.value} ({self.interval})" if self.interval else self.value


NOTHING = Figure("–")
Cell = str | int | Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows of text, counts and figures with their intervals; the first cell of a row names it."""

    title: str = ""  # empty if the section's title is enough
    heading: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    note: str = ""
    bars: Sequence[Mapping[str, float]] = ()  # for each row the shares of a whole; only the page draws them

    def __len__(self) -> int:
        """The number of rows, so that a table without rows is false."""
        return len(self.rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """Pictures (SVG or `img` elements) with captions; only the page shows them."""

    title: str
    pictures: Sequence[tuple[str, str]]  # HTML, caption
    key: Mapping[str, str] = field(default_factory=dict)  # style class of a colour: what it stands for
    style: str = "plots"


Block = str | list[str] | Table | Drawing  # a text is a paragraph, a list of texts is a list of points


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what is below it."""

    title: str
    blocks: Sequence[Block]


def format_number(estimate: Mapping[str, Any] | None) -> Figure:
    """A figure and its interval: 0.934 (0.921 to 0.946)."""
    if not estimate or estimate["value"] is None:
        return NOTHING
    value, low, high = (f"{estimate[key]:.3f}" for key in ("value", "low", "high"))
    return Figure(value, f"{low} to {high}")


def format_share(estimate: Mapping[str, Any] | None) -> Figure:
    """A share and its interval in percent: 93.4 % (92.1 to 94.6)."""
    if not estimate or estimate["value"] is None:
        return NOTHING
    value, low, high = (f"{estimate[key] * 100:.1f}" for key in ("value", "low", "high"))
    return Figure(f"{value} %", f"{low} to {high}")


def format_points(move: Mapping[str, Any] | None) -> Figure:
    """A change in points of 100 with its interval: +1.2 (−0.4 to +2.8)."""
    if not move:
        return NOTHING
    value, low, high = (
        f"{move[key]:+.1f}".replace("-0.0", "+0.0").replace("-", "\u2212")
        for key in ("points", "low", "high")
    )
    return Figure(value, f"{low} to {high}")


def format_figure(figures: Mapping[str, Any], path: str) -> Figure:
    """The estimate or move at a path such as `cuts.half.sensitivity`; a dash if there is none."""
    found: Any = figures
    for key in path.split("."):
        found = (found or {}).get(key)
    if found and "points" in found:
        return format_points(found)
    return format_number(found) if path in _NUMBERS else format_share(found)


def all_parts(report: Mapping[str, Any]) -> list[tuple[str, Part]]:
    """Each source by name, then all of them together if there is more than one."""
    parts = list(report["sources"].items())
    return [*parts, (ALL, report["overall"])] if len(parts) > 1 else parts


def low_share(part: Part, label: str) -> Mapping[str, Any] | None:
    """The share of a label's photos that are given the level `low`, if there are such photos."""
    levels: Mapping[str, Any] = part["levels"].get(label, {})
    return levels.get("low")
