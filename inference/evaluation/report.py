"""The evaluation report: its sections, built from the JSON of `run.py`, for the page and the model card.

To add a table, write a function in `report_tables.py` that returns a `Table`. `make_table` takes the headings
with the paths of their estimates in the JSON, and the rows: what names each, its n, its part of the JSON.
Call the function below in the section that it belongs to. The page and the model card then show it; they
leave out a table without rows and a section without content. For the terminal, call it in `report_text.py`,
too. Then run `make model-card`.
"""

from collections.abc import Mapping
from typing import Any

from inference.evaluation import report_tables as tables
from inference.evaluation.labelled import BENIGN, MELANOMA
from inference.evaluation.report_aims import GOAL_POINTS, compare_with_aims
from inference.evaluation.report_model import (
    ALL,
    MARK_NAMES,
    NETWORK_NAMES,
    SCORE_NAMES,
    SUBGROUP_NAMES,
    Block,
    Drawing,
    Part,
    Section,
    all_parts,
)
from inference.evaluation.report_plots import plot_curves, plot_moves, plot_reliability
from inference.evaluation.report_words import state_caution, summarise

_PLAYED = {
    "validation": "chose scales and thresholds: its figures flatter",
    "held_out": "trained nothing, chose no scale and no threshold",
}
_LEVELS = (
    "The pair's score is the weighted mean of both calibrated logits ({weights}), at 50 % prevalence. "
    "The level is moderate from {moderate:.3f}, high from {high:.3f}; other cancers, a disagreement, a "
    "plain close-up or doubt about the kind of photo can only raise it."
)
_GATES = (
    "A photo that shows no lesion or is of too poor a quality gets no level. A plain close-up without a "
    "dermatoscope is never given the level low. AUC and thresholds count refused photos too."
)
_SUBGROUPS = (
    "Melanomas and benign lesions of each source by skin tone, site and age. Each source has its own scale "
    "of skin tones, so they are never pooled. An AUC is stated from five melanomas and five benign lesions. "
    "A wide interval means that nobody knows, not that all is well."
)
_MARKS = (
    "By how many photos in a hundred the calls change when a mark is pasted on the photo or the lesion is "
    "shown at another size; the same photos before and after. A classifier that looks at the lesion hardly "
    "moves."
)
_RISK_EDGES = (0.08, 0.2, 0.4, 0.6, 1.0)  # upper edges of a plot with round quarters
_CHOICES = {"chosen_on": "Scales and thresholds were chosen on", "reported_on": "The figures to believe"}
_METHOD = (
    (
        "Melanoma against benign; BCC, SCC and actinic keratosis are counted in the tables of levels and "
        "gates. Scores are calibrated at a prevalence of 50 %. ECE (ten bins of equal mass) and Brier are "
        "taken after shifting them to the share of melanomas in the set."
    ),
    (
        "Intervals are 95 %: Wilson for shares; {bootstrap_rounds:,} bootstrap samples of whole groups "
        "(photos of one lesion) for AUC, ECE, Brier and the specificity at 95 % sensitivity; Beta draws for "
        "predictive values; for the marks Wilson's intervals of the photos that went up and down, joined."
    ),
)


def describe_report(report: Mapping[str, Any]) -> list[Section]:
    """All sections that have something to show, in reading order; docs/evaluation.md describes the JSON."""
    parts, release = all_parts(report), report["release"]
    cards = release["networks"].values()
    sections = [
        Section(
            "Intended use",
            [
                *dict.fromkeys(card["intended_use"] for card in cards if "intended_use" in card),
                list(dict.fromkeys(limit for card in cards for limit in card.get("limits", ()))),
            ],
        ),
        Section("The two classifiers", _describe_networks(release)),
        Section(
            "In plain words",
            [
                *(summarise(report) or ["No source holds both melanomas and benign lesions."]),
                *state_caution(report),
            ],
        ),
        Section("Aims", [compare_with_aims(report)]),
        Section(
            "Main figures",
            [
                tables.tabulate_kinds(report["kinds"]),
                tables.tabulate_scores(parts),
                tables.tabulate_malignant(parts),
                tables.tabulate_pairs(parts),
            ],
        ),
        *(
            Section("All sources together" if name == ALL else f"Source {name}", _describe_part(part))
            for name, part in parts
            if part["scores"]
        ),
        Section("Levels", [tables.tabulate_levels(parts), tables.tabulate_low_shares(parts)]),
        Section(
            "Refused by a gate",
            [_GATES, tables.tabulate_refusals(parts), tables.tabulate_scenes(release["built_scenes"] or {})],
        ),
        Section("Subgroups", _describe_subgroups(parts)),
        Section("Marks on the photo", _describe_marks(report["counterfactuals"])),
        Section("Data", _describe_data(report)),
        Section("How it was measured", [each.format(**report["settings"]) for each in _METHOD]),
    ]
    filled = [(each.title, [block for block in each.blocks if block]) for each in sections]
    return [Section(title, blocks) for title, blocks in filled if blocks]


def _describe_networks(release: Mapping[str, Any]) -> list[Block]:
    decisions = release["decisions"]
    shares = decisions["combination"]["weights"].items()
    return [
        tables.tabulate_networks(release["networks"]),
        _LEVELS.format(
            weights=", ".join(f"{NETWORK_NAMES[name]} {share:g}" for name, share in shares),
            **decisions["thresholds"],
        ),
    ]


def _describe_part(part: Part) -> list[Block]:
    scores, labels = part["scores"], part["labels"]
    splits = ", ".join(f"{split or 'no split named'} {n:,}" for split, n in part["splits"].items())
    played = [f"{split}: {_PLAYED[split]}." for split in part["splits"] if split in _PLAYED]
    counts = (
        f"{labels[MELANOMA]} melanomas, {labels[BENIGN]} benign lesions; {part['n']:,} photos in "
        f"{part['groups']:,} groups ({splits})."
    )
    risks = {name: figures["risk_coverage"] for name, figures in scores.items()}
    worst = max(risk for points in risks.values() for _, risk in points)
    curves = [
        (
            plot_curves(
                {name: figures["roc"] for name, figures in scores.items()},
                labels=("1 − specificity", "sensitivity"),
                diagonal=True,
            ),
            "ROC: the further up and left, the better",
        ),
        (
            plot_reliability(scores["pair"]["reliability"], labels=("predicted", "observed")),
            "Reliability of the pair: dots on the line mean that a probability can be taken at its word",
        ),
        (
            plot_curves(
                risks,
                labels=("share answered", "share wrong"),
                highest=next(edge for edge in _RISK_EDGES if worst <= edge),
            ),
            "Risk and coverage: share of wrong answers when only the surest are answered",
        ),
    ]
    return [
        " ".join([counts, *played]),
        Drawing(title="Curves", pictures=curves, key=SCORE_NAMES),
        tables.tabulate_cuts(part),
        tables.tabulate_values(part),
    ]


def _describe_subgroups(parts: tables.Parts) -> list[Block]:
    filled = [table for kind in SUBGROUP_NAMES if (table := tables.tabulate_subgroups(parts, kind)).rows]
    return [_SUBGROUPS, *filled] if filled else []


def _describe_marks(marks: Mapping[str, Any] | None) -> list[Block]:
    blocks: list[Block] = []
    for label, title in (
        (BENIGN, "Benign lesions with a mark: called more often?"),
        (MELANOMA, "Melanomas with a mark: called less often?"),
    ):
        moves = [
            (MARK_NAMES[name], moved[label]["moderate"])
            for name, moved in (marks or {}).items()
            if label in moved
        ]
        if marks and moves:
            caption = (
                "Change of the share that scores at or above the threshold of moderate, in points of 100"
            )
            pictures = [
                (plot_moves(moves, goal=GOAL_POINTS), f"{caption}; the shaded band is {GOAL_POINTS:g} points")
            ]
            blocks += [Drawing(title=title, pictures=pictures), tables.tabulate_marks(marks, label)]
    return [_MARKS, *blocks] if blocks else []


def _describe_data(report: Mapping[str, Any]) -> list[Block]:
    release = report["release"]
    bare = ", ".join(
        f"{name} {part['labels']['no_lesion']}"
        for name, part in report["sources"].items()
        if part["labels"].get("no_lesion") and "validation" in part["splits"]
    )
    used = [each for card in release["networks"].values() for each in card.get("data", ())]
    return [
        list(dict.fromkeys(f"{each['name']}: {each['licence']}" for each in used)),
        tables.tabulate_data(release["data"] or {}),
        f"Validation also holds photos without a lesion, on which the gates were measured: {bare}."
        if bare
        else "",
        *(f"{words}: {release[key]}" for key, words in _CHOICES.items() if release.get(key)),
    ]
