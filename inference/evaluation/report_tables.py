"""The report's tables in HTML: scores, predictive values, levels, gates, marks."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from inference.evaluation.report_plots import plot_stack
from inference.evaluation.report_text import (
    LABEL_NAMES,
    LEVEL_NAMES,
    MARK_NAMES,
    NOTHING,
    SCORE_NAMES,
    format_number,
    format_points,
    format_share,
)

_CUTS = (("moderate", "from moderate up"), ("half", "from 0.5 up"), ("high", "from high up"))


def table_of_scores(part: Mapping[str, Any]) -> str:
    """AUC, calibration and the specificity at 95 % sensitivity of each score."""
    rows = [
        [
            SCORE_NAMES[name],
            format_number(figures["auc"]),
            format_share(figures["specificity_at_95_sensitivity"]),
            format_number(figures["ece"]),
            format_number(figures["brier"]),
        ]
        for name, figures in part["scores"].items()
    ]
    heading = ["score", "AUC", "specificity at 95 % sensitivity", "ECE", "Brier"]
    return make_table(
        heading, rows, "ECE and Brier after shifting the scores to this set's share of melanomas"
    )


def table_of_cuts(part: Mapping[str, Any]) -> str:
    """Sensitivity, specificity and accuracy of each score at the stored thresholds and at 0.5."""
    rows = [
        [
            SCORE_NAMES[name],
            f"{words} ({figures['cuts'][cut]['threshold']:.3f})",
            *(format_share(figures["cuts"][cut][key]) for key in ("sensitivity", "specificity", "accuracy")),
        ]
        for name, figures in part["scores"].items()
        for cut, words in _CUTS
    ]
    heading = ["score", "called melanoma", "sensitivity", "specificity", "accuracy"]
    return make_table(
        heading,
        rows,
        "The thresholds are the pair's; for a classifier alone they are only a common yardstick",
    )


def table_of_values(part: Mapping[str, Any]) -> str:
    """Predictive values of the pair at the stated prevalences."""
    cuts = part["scores"]["pair"]["cuts"]
    rows = [
        [
            f"{float(prevalence) * 100:g} %",
            words,
            format_share(cuts[cut]["predictive_values"][prevalence]["ppv"]),
            format_share(cuts[cut]["predictive_values"][prevalence]["npv"]),
        ]
        for prevalence in cuts["half"]["predictive_values"]
        for cut, words in (_CUTS[0], _CUTS[2])
    ]
    heading = ["prevalence", "called melanoma", "positive predictive value", "negative predictive value"]
    return make_table(heading, rows, "The pair's score, from sensitivity and specificity above")


def table_of_levels(part: Mapping[str, Any]) -> str:
    """Confusion by level: what each kind of photo was given, with a bar."""
    rows = []
    for label, levels in part["levels"].items():
        shares = {level: levels[level]["value"] or 0.0 for level in LEVEL_NAMES}
        rows.append(
            [
                f"{LABEL_NAMES[label]}<small>n = {part['labels'][label]}</small>",
                f'<div class="bar">{plot_stack(shares)}</div>',
                *(_stack_interval(format_share(levels[level])) for level in LEVEL_NAMES),
            ]
        )
    return make_table(["photos", "levels", *LEVEL_NAMES.values()], rows, is_html=True)


def table_of_refusals(parts: Iterable[tuple[str, Mapping[str, Any]]]) -> str:
    """What the gates refused and for which kind of photo the rest was taken, by source and class."""
    rows = []
    for name, part in parts:
        for label, refused in part["refusals"].items():
            domains = part["domains"][label]
            rows.append(
                [
                    name,
                    LABEL_NAMES[label],
                    str(part["labels"][label]),
                    format_share(refused["any"]),
                    format_share(refused["no_lesion"]),
                    format_share(refused["few_pixels"]) if "few_pixels" in refused else "–",
                    format_share(refused["quality"]),
                    format_share(domains["clinical"]),
                    format_share(part["disagreements"][label]),
                ]
            )
    heading = ["source", "photos", "n", "refused", "as no lesion", "for few pixels", "for quality"]
    return make_table([*heading, "taken for clinical", "opinions disagree"], rows)


def table_of_marks(marks: Mapping[str, Any], label: str) -> str:
    """Points of 100 by which each mark moves the photos of one class that are called."""
    rows = [
        [
            MARK_NAMES[name],
            str(moved[label]["n"]),
            *(format_points(moved[label][key]) for key in ("not_low", "moderate", "half", "high", "refused")),
        ]
        for name, moved in marks.items()
        if label in moved
    ]
    heading = ["change", "n", "level not low", "score from moderate up", "from 0.5 up", "from high up"]
    return make_table([*heading, "refused by a gate"], rows, "In points of 100, paired by photo")


def make_table(
    heading: Sequence[str], rows: Iterable[Sequence[str]], caption: str = "", *, is_html: bool = False
) -> str:
    """A table; the first cell of a row names it. Cells are text unless `is_html`."""
    head = "".join(f"<th>{escape(cell)}</th>" for cell in heading)
    body = []
    for first, *rest in rows:
        cells = [_cell(cell, is_html=is_html) for cell in rest]
        name = first if is_html else escape(first)
        body.append(f"<tr><th scope=row>{name}</th>{''.join(cells)}</tr>")
    words = f"<caption>{escape(caption)}</caption>" if caption else ""
    return (
        f'<div class="scroll"><table>{words}<thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(body)}</tbody></table></div>"
    )


def _cell(cell: str, *, is_html: bool) -> str:
    if is_html:
        return f'<td class="bar">{cell}</td>' if cell.startswith("<div") else f"<td>{cell}</td>"
    return f"<td>{_stack_interval(escape(cell))}</td>"


def _stack_interval(cell: str) -> str:
    """The interval in small print under its figure."""
    if cell == NOTHING or not cell.endswith(")") or " (" not in cell or " to " not in cell:
        return cell
    figure, interval = cell[:-1].split(" (", 1)
    return f"{figure}<small>{interval}</small>"
