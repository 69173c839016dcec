"""What the pair was meant to reach, beside what was measured: one row an aim, short of it or not."""

from collections.abc import Iterator, Mapping
from typing import Any

from inference.evaluation.labelled import BENIGN, MELANOMA
from inference.evaluation.report_text import (
    LABEL_NAMES,
    MARK_NAMES,
    SCORE_NAMES,
    all_parts,
    format_number,
    format_points,
    format_share,
    low_share,
)

_PAIR_AUC, _ALONE_AUC = 0.93, 0.90
_ECE = 0.06
_LOW_MELANOMAS, _LOW_BENIGN = 0.02, 0.60
_REFUSED_BARE, _REFUSED_LESIONS, _CLINICAL = 0.98, 0.01, 0.90
_POINTS = 2.0
_CUT_OFF = "corners_cut_off"


def compare_with_aims(report: Mapping[str, Any]) -> list[list[str]]:
    """Rows of aim, photos, figure with its interval, and whether figure and whole interval reach the aim."""
    return [
        *_judge_scores(report),
        *(row for name, part in all_parts(report) if part["scores"] for row in _judge_levels(name, part)),
        *_judge_scenes(report["release"].get("built_scenes") or {}),
        *_judge_gates(report["overall"]),
        *_judge_marks(report["counterfactuals"] or {}),
    ]


def _judge_scores(report: Mapping[str, Any]) -> Iterator[list[str]]:
    for name, part in report["sources"].items():
        for score, figures in part["scores"].items():
            aim = _PAIR_AUC if score == "pair" else _ALONE_AUC
            auc = figures["auc"]
            words = f"AUC of {SCORE_NAMES[score]} on {name} at least {aim:.2f}"
            yield [words, _count(auc), format_number(auc), _say(auc["value"], auc["low"], at_least=aim)]
        if part["scores"]:
            ece = part["scores"]["pair"]["ece"]
            reached = _say(-ece["value"], -ece["high"], at_least=-_ECE)
            yield [f"ECE on {name} at most {_ECE}", _count(ece), format_number(ece), reached]


def _judge_levels(name: str, part: Mapping[str, Any]) -> Iterator[list[str]]:
    missed, cleared = low_share(part, MELANOMA), low_share(part, BENIGN)
    if missed:
        words = f"level low on {name} for at most {_LOW_MELANOMAS * 100:g} % of the melanomas"
        reached = _say(-missed["value"], -missed["high"], at_least=-_LOW_MELANOMAS)
        yield [words, _count(missed), format_share(missed), reached]
    if cleared:
        words = f"level low on {name} for at least {_LOW_BENIGN * 100:g} % of the benign lesions"
        reached = _say(cleared["value"], cleared["low"], at_least=_LOW_BENIGN)
        yield [words, _count(cleared), format_share(cleared), reached]


def _judge_scenes(scenes: Mapping[str, Any]) -> Iterator[list[str]]:
    """The gate on photos that it had not seen; they are built, and its thresholds were set on them."""
    for key, words, aim in (
        ("other_as_other", "scenes without a lesion refused", _REFUSED_BARE),
        ("clinical_as_clinical", "built clinical close-ups recognised", _CLINICAL),
    ):
        if share := scenes.get(key):
            reached = _say(share["value"], share["low"], at_least=aim)
            aimed = f"out of fold, thresholds set on them: at least {aim * 100:g} % of the {words}"
            yield [aimed, _count(share), format_share(share), reached]


def _judge_gates(part: Mapping[str, Any]) -> Iterator[list[str]]:
    refusals = part["refusals"]
    if bare := refusals.get("no_lesion"):
        share = bare["any"]
        words = f"refused by a gate: at least {_REFUSED_BARE * 100:g} % of the photos without a lesion"
        reached = _say(share["value"], share["low"], at_least=_REFUSED_BARE)
        yield [words, _count(share), format_share(share), reached]
    for label in (MELANOMA, BENIGN):
        if label in refusals:
            share = refusals[label]["any"]
            aim = _REFUSED_LESIONS
            words = f"refused by a gate: at most {aim * 100:g} % of the {LABEL_NAMES[label]} photos"
            reached = _say(-share["value"], -share["high"], at_least=-aim)
            yield [words, _count(share), format_share(share), reached]


def _judge_marks(marks: Mapping[str, Any]) -> Iterator[list[str]]:
    for name, moved in marks.items():
        label, sign = (MELANOMA, 1) if name == _CUT_OFF else (BENIGN, -1)
        if label not in moved:
            continue
        move = moved[label]["moderate"]
        way = "fewer melanomas" if sign > 0 else "more benign lesions"
        words = f"{MARK_NAMES[name]}: at most {_POINTS:g} points {way} with a score from moderate up"
        worst = min(sign * move["low"], sign * move["high"])
        reached = _say(sign * move["points"], worst, at_least=-_POINTS)
        yield [words, _count(moved[label]), format_points(move), reached]


def _count(figure: Mapping[str, Any]) -> str:
    """Of how many photos."""
    return str(figure["n"])


def _say(figure: float, worst: float, *, at_least: float) -> str:
    """`worst` is the end of the interval that speaks against the aim."""
    if figure < at_least:
        return "**no**"
    return "yes" if worst >= at_least else "yes, its interval not"
