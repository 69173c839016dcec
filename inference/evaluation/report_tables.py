"""The tables of the evaluation report. `report.py` says how to add one."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from inference.evaluation.report_model import (
    KIND_NAMES,
    LABEL_NAMES,
    LEVEL_NAMES,
    MARK_NAMES,
    NETWORK_NAMES,
    SCORE_NAMES,
    SUBGROUP_NAMES,
    Cell,
    Part,
    Table,
    format_figure,
)

Parts = Sequence[tuple[str, Part]]  # name of a source, and its figures
Row = tuple[Sequence[Cell], Mapping[str, Any]]  # the cells that name it, the JSON that its figures are in

_CUTS = {"moderate": "from moderate up", "half": "from 0.5 up", "high": "from high up"}
_SCORE = {"AUC": "auc", "ECE": "ece", "Brier": "brier"}
_SCORE |= {"specificity at 95 % sensitivity": "specificity_at_95_sensitivity"}
_KINDS = ("source", "photos", "n")
_CALLS = {key: key for key in ("sensitivity", "specificity", "accuracy")}


def make_table(
    title: str, names: Sequence[str], columns: Mapping[str, str], rows: Iterable[Row], note: str = ""
) -> Table:
    """A table of estimates or moves.

    Args:
        title: what stands above it.
        names: headings of the cells that name a row; "n" among them.
        columns: heading of a figure: its path in the row's JSON, such as `cuts.moderate.sensitivity`.
        rows: as `Row` says.
        note: a sentence about how to read it.
    """
    cells = [
        [*start, *(format_figure(figures, path) for path in columns.values())] for start, figures in rows
    ]
    return Table(title=title, heading=[*names, *columns], rows=cells, note=note)


def tabulate_networks(networks: Mapping[str, Any]) -> Table:
    """What each network is and where it starts from."""
    keys = {"architecture": "network", "pretrained": "starts from", "licence": "licence"}
    rows = [
        [
            NETWORK_NAMES[name],
            *(card.get(key, "") for key in keys),
            _describe_input(card),
            f"{card['bytes'] / 1e6:.1f} MB" if "bytes" in card else "",
        ]
        for name, card in networks.items()
    ]
    return Table(heading=["classifier", *keys.values(), "input", "size"], rows=rows)


def _describe_input(card: Mapping[str, Any]) -> str:
    """The side in pixels, and what of a crop's side it shows if that is not all."""
    middle = card.get("middle", 1)  # reports of pairs up to 0.9.0 lack it
    return f"{card['size_px']} px" + (f", the crop's middle ({middle:g} of its side)" if middle < 1 else "")


def tabulate_data(data: Mapping[str, Any]) -> Table:
    """The photos that the networks were made with, by split, source and label."""
    rows = [[split, name, n] for split, found in data.items() for name, n in found.items()]
    return Table(heading=["split", "source and label", "photos"], rows=rows)


def tabulate_calls(parts: Parts) -> Table:
    """AUC of each score, and what it calls at the threshold of moderate."""
    columns = {"AUC": "auc"} | {key: f"cuts.moderate.{key}" for key in ("sensitivity", "specificity")}
    note = "Sensitivity and specificity from the threshold of moderate up."
    return make_table("Melanoma against benign", ["source", "score", "n"], columns, _list_scores(parts), note)


def tabulate_scores(parts: Parts) -> Table:
    """AUC, calibration and the specificity at 95 % sensitivity of each score."""
    note = "ECE and Brier after shifting the scores to this set's share of melanomas."
    return make_table("Melanoma against benign", ["source", "score", "n"], _SCORE, _list_scores(parts), note)


def tabulate_malignant(parts: Parts) -> Table:
    """How well the malignant score separates melanomas, BCC and SCC from benign lesions."""
    rows = (
        ([name, part["malignant"]["n"]], part["malignant"]) for name, part in parts if part.get("malignant")
    )
    title = "Melanoma, BCC and SCC against benign, malignant score"
    return make_table(title, ["source", "n"], _SCORE, rows)


def tabulate_pairs(parts: Parts) -> Table:
    """A close-up and a dermoscopic photo of one lesion, each alone and both together."""
    title = "Pairs of a close-up and a dermoscopic photo of one lesion"
    rows = (
        ([name, photo, figures["n"]], figures)
        for name, part in parts
        for photo, figures in (part.get("pairs") or {}).items()
    )
    return make_table(title, ["source", "read", "n"], _SCORE, rows)


def tabulate_subgroups(parts: Parts, kind: str) -> Table:
    """Melanomas and benign lesions of one kind of subgroup: AUC, levels and refusals."""
    columns = {"AUC": "auc", "melanomas low": "melanoma_low", "melanomas high": "melanoma_high"}
    columns |= {"benign low": "benign_low", "benign high": "benign_high", "refused": "refused"}
    rows = (
        ([name, value.replace("_", " "), figures["n"], figures["melanomas"]], figures)
        for name, part in parts
        for value, figures in part.get("subgroups", {}).get(kind, {}).items()
    )
    title = SUBGROUP_NAMES[kind]
    return make_table(title.capitalize(), ["source", title, "n", "melanomas"], columns, rows)


def tabulate_kinds(kinds: Mapping[str, Any]) -> Table:
    """AUC, calibration, levels and refusals of dermoscopic photos and of close-ups, all sources together."""
    columns = {"AUC": "auc", "ECE": "ece", "ECE out of fold": "ece_out_of_fold"}
    columns |= {"melanomas low": "melanoma_low", "melanomas high": "melanoma_high"}
    columns |= {"benign low": "benign_low", "benign high": "benign_high", "refused": "refused"}
    rows = (
        ([KIND_NAMES[kind], figures["n"], figures["melanomas"]], figures) for kind, figures in kinds.items()
    )
    note = (
        "All sources together, by what the pair takes a photo for. Out of fold, a scale that four fifths of "
        "the lesions chose is judged on the rest."
    )
    return make_table("By kind of photo", ["kind", "n", "melanomas"], columns, rows, note)


def tabulate_cuts(part: Part) -> Table:
    """Sensitivity, specificity and accuracy of each score at the stored thresholds and at 0.5."""
    note = "The thresholds are the pair's; for a classifier alone they are only a common yardstick."
    rows = (
        ([SCORE_NAMES[name], f"{words} ({figures['cuts'][cut]['threshold']:.3f})"], figures["cuts"][cut])
        for name, figures in part["scores"].items()
        for cut, words in _CUTS.items()
    )
    return make_table("Thresholds", ["score", "called melanoma"], _CALLS, rows, note)


def tabulate_values(part: Part) -> Table:
    """Predictive values of the pair at the stated prevalences."""
    title = "What a call means at a given prevalence"
    columns = {"positive predictive value": "ppv", "negative predictive value": "npv"}
    cuts = part["scores"]["pair"]["cuts"]
    rows = (
        ([f"{float(prevalence) * 100:g} %", _CUTS[cut]], cuts[cut]["predictive_values"][prevalence])
        for prevalence in cuts["half"]["predictive_values"]
        for cut in ("moderate", "high")
    )
    return make_table(title, ["prevalence", "called melanoma"], columns, rows)


def tabulate_low(parts: Parts) -> Table:
    """The share of each kind of photo that is given the level low."""
    return make_table("Level low", _KINDS, {"low": "levels.low"}, _list_kinds(parts))


def tabulate_levels(parts: Parts) -> Table:
    """Confusion by level: what each kind of photo was given."""
    columns = {words: f"levels.{level}" for level, words in LEVEL_NAMES.items()}
    levels = [figures["levels"] for _, figures in _list_kinds(parts)]
    bars = [{level: found[level]["value"] or 0.0 for level in LEVEL_NAMES} for found in levels]
    return replace(make_table("", _KINDS, columns, _list_kinds(parts)), bars=bars)


def tabulate_low_shares(parts: Parts) -> Table:
    """What would be low at 2 % of the melanomas, of close-ups too."""
    rows = (
        ([name, part["scores"]["pair"]["n"]], shares)
        for name, part in parts
        if (shares := part.get("low_at_two_percent"))
    )
    note = (
        "If a threshold of this source alone allowed 2 % of its melanomas to be low: each photo is judged by "
        "a threshold that the other folds chose. The product has one threshold for all sources of a kind, "
        "and close-ups are never low."
    )
    columns = {"benign low": "benign", "melanomas low": "melanoma"}
    return make_table("Low at 2 % of the melanomas", ["source", "n"], columns, rows, note)


def tabulate_refusals(parts: Parts) -> Table:
    """What the gates refused, which kind of photo the rest was taken for, how often the opinions differ."""
    columns = {
        "refused": "refusals.any",
        "as no lesion": "refusals.no_lesion",
        "for few pixels": "refusals.few_pixels",
        "for quality": "refusals.quality",
        "taken for clinical": "domains.clinical",
        "opinions disagree": "disagreements",
    }
    return make_table("", _KINDS, columns, _list_kinds(parts))


def tabulate_scenes(scenes: Mapping[str, Any]) -> Table:
    """What the gate made of built scenes."""
    rows = (
        ([key.replace("_as_", " taken for "), share["n"]], {"share": share}) for key, share in scenes.items()
    )
    note = (
        "The gate was trained on the photos of train and validation, so its figures above on photos without "
        "a lesion flatter. These are out of fold, on scenes built of those photos: an estimate, since "
        "clinical close-ups among them are built."
    )
    return make_table("Built scenes, out of fold", ["scene", "n"], {"share": "share"}, rows, note)


def tabulate_marks(marks: Mapping[str, Any], label: str) -> Table:
    """Points of 100 by which each mark moves the photos of one class that are called."""
    columns = {"level not low": "not_low"} | {words: cut for cut, words in _CUTS.items()}
    columns |= {"refused by a gate": "refused"}
    rows = (
        ([MARK_NAMES[name], moved[label]["n"]], moved[label])
        for name, moved in marks.items()
        if label in moved
    )
    note = "In points of 100, paired by photo."
    return make_table(f"Changes of {LABEL_NAMES[label]} photos", ["change", "n"], columns, rows, note)


def _list_scores(parts: Parts) -> Iterator[Row]:
    for name, part in parts:
        for score, figures in part["scores"].items():
            yield [name, SCORE_NAMES[score], figures["n"]], figures


def _list_kinds(parts: Parts) -> Iterator[Row]:
    """Each kind of photo (label) of each source."""
    keys = ("levels", "refusals", "domains", "disagreements")
    for name, part in parts:
        for label, n in part["labels"].items():
            yield [name, LABEL_NAMES[label], n], {key: part[key][label] for key in keys}
