"""The evaluation as one self-contained page: plain words, then every table and plot, then the misses."""

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from inference.evaluation.labelled import BENIGN, MELANOMA
from inference.evaluation.report_misses import render_misses
from inference.evaluation.report_plots import plot_curves, plot_moves, plot_reliability
from inference.evaluation.report_style import STYLE
from inference.evaluation.report_tables import (
    table_of_cuts,
    table_of_levels,
    table_of_marks,
    table_of_refusals,
    table_of_scores,
    table_of_values,
)
from inference.evaluation.report_text import (
    ALL,
    LEVEL_NAMES,
    MARK_NAMES,
    SCORE_NAMES,
    all_parts,
    format_number,
    format_share,
    low_share,
)
from inference.evaluation.report_words import find_best_evidence, state_caution, summarise
from inference.evaluation.run import Evaluation

_GOAL_POINTS = 2.0  # a mark should move fewer than two photos in a hundred
_RISK_EDGES = (0.08, 0.2, 0.4, 0.6, 1.0)  # upper edges with round quarters


def render_page(evaluation: Evaluation, root: Path) -> str:
    """The page, HTML. It shows the photos of the worst misses: only people who may see them may read it.

    Args:
        evaluation: what came out.
        root: folder of the photos.
    """
    report = evaluation.report
    said = ""
    for name, _, rest in (sentence.partition(": ") for sentence in summarise(report)):
        said += f"<p><b>{escape(name)}</b>: {escape(rest)}</p>"
    said = said or "<p>No source holds both melanomas and benign lesions.</p>"
    cautions = "".join(f"<p class=note>{escape(each)}</p>" for each in state_caution(report))
    refusals = table_of_refusals(report["sources"].items())
    body = [
        _render_head(report),
        f"<h2>In plain words</h2><div class=sheet>{said}</div>{cautions}",
        *(_render_part(name, part) for name, part in all_parts(report) if part["labels"]),
        (
            "<h2>Refused by a gate</h2><p>A photo that shows no lesion or is of too poor a quality gets no "
            "level. A plain close-up without a dermatoscope is never given the level low. AUC and thresholds "
            f"above count refused photos too.</p><div class=sheet>{refusals}</div>"
        ),
        _render_marks(report["counterfactuals"]),
        render_misses(evaluation.photos, root),
        _render_method(report),
    ]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Nevus: evaluation of pair {escape(report['release']['version'])}</title>"
        f"<style>{STYLE}</style></head><body><main>{''.join(body)}</main></body></html>\n"
    )


def _render_head(report: Mapping[str, Any]) -> str:
    photos = report["photos"]
    unread = sum(photos["unread"].values())
    name, part = find_best_evidence(report)
    return (
        f"<header><h1>How good are the two classifiers?</h1><p class=soft>Evaluation of the pair "
        f"<b>{escape(report['release']['version'])}</b> on {photos['read']:,} photos "
        f"({photos['missing']:,} missing, {unread:,} unreadable). "
        f"Research prototype, not a medical device.</p></header>{_render_tiles(name, part)}"
    )


def _render_tiles(name: str, part: Mapping[str, Any]) -> str:
    if not part["scores"]:
        return ""
    pair = part["scores"]["pair"]
    tiles = [
        _render_tile(format_number(pair["auc"]), "AUC of the pair"),
        _render_tile(format_share(low_share(part, MELANOMA)), "of the melanomas were given the level low"),
        _render_tile(format_share(low_share(part, BENIGN)), "of the benign lesions were given the level low"),
        _render_tile(format_number(pair["ece"]), "calibration error (ECE)"),
    ]
    where = "Photos that took no part in training" if name != ALL else "Every source"
    return (
        f"<p class=note>{where}: <b>{escape(name)}</b>, {part['labels'][MELANOMA]} melanomas and "
        f"{part['labels'][BENIGN]} benign lesions</p><div class=tiles>{''.join(tiles)}</div>"
    )


def _render_tile(formatted: str, words: str) -> str:
    figure, _, interval = formatted.rstrip(")").partition(" (")
    return (
        f"<div class=tile><b>{escape(figure)}</b>{escape(words)}"
        f"<span>95 % interval {escape(interval)}</span></div>"
    )


def _render_part(name: str, part: Mapping[str, Any]) -> str:
    splits = ", ".join(f"{split or 'no split named'} {n:,}" for split, n in part["splits"].items())
    figures = (
        f"{_render_plots(part)}<h3>Scores</h3>{table_of_scores(part)}<h3>Thresholds</h3>{table_of_cuts(part)}"
        f"<h3>What a call means at a given prevalence</h3>{table_of_values(part)}"
        if part["scores"]
        else ""
    )
    return (
        f"<h2>{escape(name)}</h2><p class=soft>{part['n']:,} photos in {part['groups']:,} groups "
        f"({escape(splits)}).</p><div class=sheet><h3>Levels given</h3>{_draw_key(LEVEL_NAMES)}"
        f"{table_of_levels(part)}{figures}</div>"
    )


def _render_plots(part: Mapping[str, Any]) -> str:
    scores = part["scores"]
    risks = {name: scores[name]["risk_coverage"] for name in scores}
    worst = max(risk for points in risks.values() for _, risk in points)
    plots = [
        (
            "ROC: the further up and left, the better",
            plot_curves(
                {name: scores[name]["roc"] for name in scores},
                labels=("1 − specificity", "sensitivity"),
                diagonal=True,
            ),
        ),
        (
            "Reliability of the pair: dots on the line mean that a probability can be taken at its word",
            plot_reliability(scores["pair"]["reliability"], labels=("predicted", "observed")),
        ),
        (
            "Risk and coverage: share of wrong answers when only the surest are answered",
            plot_curves(
                risks,
                labels=("share answered", "share wrong"),
                highest=next(edge for edge in _RISK_EDGES if worst <= edge),
            ),
        ),
    ]
    drawn = "".join(f"<figure>{svg}<figcaption>{escape(words)}</figcaption></figure>" for words, svg in plots)
    return f"<h3>Curves</h3>{_draw_key(SCORE_NAMES)}<div class=plots>{drawn}</div>"


def _draw_key(names: Mapping[str, str]) -> str:
    entries = "".join(f"<span><i class={name}></i>{escape(words)}</span>" for name, words in names.items())
    return f"<div class=key>{entries}</div>"


def _render_marks(marks: Mapping[str, Any] | None) -> str:
    if marks is None:
        return ""
    sections = [
        _render_moves(marks, BENIGN, "Benign lesions with a mark: called more often?"),
        _render_moves(marks, MELANOMA, "Melanomas with a mark: called less often?"),
    ]
    return (
        "<h2>Do marks on the photo change the answer?</h2><p>The same photos with a mark pasted on them, "
        "or the lesion at another size. A classifier that looks at the lesion hardly moves; the shaded band "
        f"is two photos in a hundred.</p>{''.join(sections)}"
    )


def _render_moves(marks: Mapping[str, Any], label: str, words: str) -> str:
    rows = [(MARK_NAMES[name], moved[label]["moderate"]) for name, moved in marks.items() if label in moved]
    if not rows:
        return ""
    drawn = plot_moves(rows, goal=_GOAL_POINTS)
    return (
        f"<div class=sheet><h3>{escape(words)}</h3><figure>{drawn}<figcaption>Change, in points of 100, of "
        f"the share that scores at or above the threshold of moderate</figcaption></figure>"
        f"{table_of_marks(marks, label)}</div>"
    )


def _render_method(report: Mapping[str, Any]) -> str:
    release, settings = report["release"], report["settings"]
    notes = [
        *(each.format(rounds=settings["bootstrap_rounds"]) for each in METHOD),
        *(f"{words}: {release[key]}" for key, words in _PROVENANCE if release.get(key)),
    ]
    made = ", ".join(f"{name} {value}" for name, value in report["made_with"].items())
    hashes = "<br>".join(
        f"<code>{escape(file)} {value}</code>" for file, value in sorted(release["sha256"].items())
    )
    return (
        f"<h2>How it was measured</h2>{''.join(f'<p class=note>{escape(note)}</p>' for note in notes)}"
        f"<p class=note>{escape(made)}</p><p class=note>{hashes}</p>"
    )


METHOD = (
    (
        "Melanoma against benign; BCC, SCC and actinic keratosis are counted in the tables of levels and "
        "gates. Scores are calibrated at a prevalence of 50 %. ECE (ten bins of equal width) and Brier are "
        "taken after shifting them to the share of melanomas in the set."
    ),
    (
        "Intervals are 95 %: Wilson for shares; {rounds:,} bootstrap samples of whole groups (photos of one "
        "lesion) for AUC, ECE, Brier and the specificity at 95 % sensitivity; Beta draws for predictive "
        "values; for the marks Wilson's intervals of the photos that went up and down, joined."
    ),
)
_PROVENANCE: Sequence[tuple[str, str]] = (("chosen_on", "Chosen on"), ("reported_on", "To be believed"))
