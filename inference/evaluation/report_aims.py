"""What the pair was meant to reach, beside what was measured."""

from collections.abc import Iterator, Mapping
from typing import Any

from inference.evaluation.labelled import BENIGN, MELANOMA, OTHER_MALIGNANT
from inference.evaluation.report_model import (
    KIND_NAMES,
    LABEL_NAMES,
    MARK_NAMES,
    SCORE_NAMES,
    Cell,
    Part,
    Table,
    all_parts,
    format_number,
    format_points,
    format_share,
    low_share,
)

GOAL_POINTS = 2.0  # a mark should move fewer photos in a hundred
_PAIR_AUC, _ALONE_AUC = 0.93, 0.90
_ECE = {"dermoscopic": 0.03, "clinical": 0.06}
_MALIGNANT_AUC = 0.85
_LOW_MELANOMAS, _LOW_CARCINOMAS, _LOW_BENIGN = 0.02, 0.03, 0.45
_REFUSED_BARE, _REFUSED_LESIONS, _CLINICAL = 0.98, 0.01, 0.90
_CUT_OFF = "corners_cut_off"

Row = list[Cell]


def compare_with_aims(report: Mapping[str, Any]) -> Table:
    """One row for each aim: whether the figure reaches it, and whether the whole interval does."""
    return Table(
        heading=["aim", "n", "measured, with 95 % interval", "reached"],
        rows=[
            *(row for name, part in report["sources"].items() for row in _judge_scores(name, part)),
            *(row for name, part in all_parts(report) if part["scores"] for row in _judge_levels(name, part)),
            *(row for kind, figures in report["kinds"].items() for row in _judge_kind(kind, figures)),
            *_judge_scenes(report["release"].get("built_scenes") or {}),
            *_judge_gates(report["overall"]["refusals"]),
            *_judge_marks(report["counterfactuals"] or {}),
        ],
    )


def _judge_scores(name: str, part: Part) -> Iterator[Row]:
    for score, figures in part["scores"].items():
        aim, auc = _PAIR_AUC if score == "pair" else _ALONE_AUC, figures["auc"]
        words = f"AUC of {SCORE_NAMES[score]} on {name} at least {aim:.2f}"
        yield [words, auc["n"], format_number(auc), _say(auc, at_least=aim)]
    if malignant := part.get("malignant"):
        auc, words = malignant["auc"], f"AUC of the malignant score on {name} at least {_MALIGNANT_AUC:.2f}"
        yield [words, auc["n"], format_number(auc), _say(auc, at_least=_MALIGNANT_AUC)]


def _judge_levels(name: str, part: Part) -> Iterator[Row]:
    for label, words, aim in (
        (MELANOMA, f"at most {_LOW_MELANOMAS * 100:g} % of the melanomas", {"at_most": _LOW_MELANOMAS}),
        (
            OTHER_MALIGNANT,
            f"at most {_LOW_CARCINOMAS * 100:g} % of BCC and SCC",
            {"at_most": _LOW_CARCINOMAS},
        ),
    ):
        if share := low_share(part, label):
            yield [f"level low on {name} for {words}", share["n"], format_share(share), _say(share, **aim)]


def _judge_kind(kind: str, figures: Mapping[str, Any]) -> Iterator[Row]:
    ece, low, name = figures["ece_out_of_fold"], figures["benign_low"], KIND_NAMES[kind]
    words = f"ECE out of fold on {name} at most {_ECE[kind]}"
    yield [words, ece["n"], format_number(ece), _say(ece, at_most=_ECE[kind])]
    if kind == "dermoscopic":  # close-ups are never low
        words = f"level low on {name} for at least {_LOW_BENIGN * 100:g} % of the benign lesions"
        yield [words, low["n"], format_share(low), _say(low, at_least=_LOW_BENIGN)]


def _judge_scenes(scenes: Mapping[str, Any]) -> Iterator[Row]:
    """The gate on photos that it was not trained on; they are built, and its thresholds were set on them."""
    for key, words, aim in (
        ("other_as_other", "scenes without a lesion refused", _REFUSED_BARE),
        ("clinical_as_clinical", "built clinical close-ups recognised", _CLINICAL),
    ):
        if share := scenes.get(key):
            aimed = f"out of fold, thresholds set on them: at least {aim * 100:g} % of the {words}"
            yield [aimed, share["n"], format_share(share), _say(share, at_least=aim)]


def _judge_gates(refusals: Mapping[str, Any]) -> Iterator[Row]:
    for label, words, aim in (
        (
            "no_lesion",
            f"at least {_REFUSED_BARE * 100:g} % of the photos without a lesion",
            {"at_least": _REFUSED_BARE},
        ),
        *(
            (
                label,
                f"at most {_REFUSED_LESIONS * 100:g} % of the {LABEL_NAMES[label]} photos",
                {"at_most": _REFUSED_LESIONS},
            )
            for label in (MELANOMA, BENIGN)
        ),
    ):
        if label in refusals:
            share = refusals[label]["any"]
            yield [f"refused by a gate: {words}", share["n"], format_share(share), _say(share, **aim)]


def _judge_marks(marks: Mapping[str, Any]) -> Iterator[Row]:
    for name, moved in marks.items():
        label, way = (MELANOMA, "fewer melanomas") if name == _CUT_OFF else (BENIGN, "more benign lesions")
        if label in moved:
            move = moved[label]["moderate"]
            words = f"{MARK_NAMES[name]}: at most {GOAL_POINTS:g} points {way} with a score from moderate up"
            aim = {"at_least": -GOAL_POINTS} if name == _CUT_OFF else {"at_most": GOAL_POINTS}
            yield [
                words,
                moved[label]["n"],
                format_points(move),
                _say(move | {"value": move["points"]}, **aim),
            ]


def _say(figure: Mapping[str, Any], *, at_least: float = float("-inf"), at_most: float = float("inf")) -> str:
    """Whether the figure, and its interval, is within the bounds."""
    if not at_least <= figure["value"] <= at_most:
        return "no"
    return "yes" if at_least <= figure["low"] and figure["high"] <= at_most else "yes, its interval not"
