"""Write docs/model-card.md from evaluation.json: `python -m inference.evaluation.model_card`."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from inference.evaluation.model_card_aims import compare_with_aims
from inference.evaluation.report_text import (
    LABEL_NAMES,
    LEVEL_NAMES,
    MARK_NAMES,
    SCORE_NAMES,
    all_parts,
    format_number,
    format_points,
    format_share,
)
from inference.evaluation.report_words import state_caution, summarise

ROOT = Path(__file__).resolve().parents[2]
EVALUATION = ROOT / "models" / "released" / "evaluation.json"
CARD = ROOT / "docs" / "model-card.md"
_MEGABYTE = 1_000_000
_NETWORK_NAMES = {"cnn": "CNN", "vit": "Vision Transformer"}
_PLAYED = {
    "validation": "chose scales and thresholds: its figures flatter",
    "held_out": "trained nothing, chose no scale and no threshold",
}
_COUNTS = "{melanoma} melanomas, {benign} benign lesions. {played}"
_LEVELS = (
    "The pair's score is the weighted mean of both calibrated logits ({weights}), at 50 % prevalence. "
    "The level is moderate from {moderate:.3f}, high from {high:.3f}; other cancers, a disagreement, a "
    "plain close-up or doubt about the kind of photo can only raise it."
)
_SCENES = (
    "The gate learnt from the photos of train and validation, so its figures above on photos without a "
    "lesion flatter. Out of fold, on scenes built of those photos, it took (an estimate: there are no "
    "clinical close-ups among them, they are built):"
)
_BARE = "Validation also holds photos without a lesion, on which the gates were measured: {counts}."
_MARKS = (
    "By how many photos in a hundred the calls change when a mark is pasted on the photo or the lesion is "
    "shown at another size; the same photos before and after."
)


def main(argv: Sequence[str] | None = None) -> int:
    """Write the card; takes no arguments. Returns 0."""
    if argv if argv is not None else sys.argv[1:]:
        raise SystemExit("python -m inference.evaluation.model_card takes no arguments")
    report = json.loads(EVALUATION.read_text(encoding="utf-8"))
    CARD.write_text(render_model_card(report), encoding="utf-8")
    return 0


def render_model_card(report: Mapping[str, Any]) -> str:
    """The card in Markdown, from a report as docs/evaluation.md describes it."""
    release = report["release"]
    cards = release["networks"].values()
    limits = dict.fromkeys(limit for card in cards for limit in card.get("limits", ()))
    uses = dict.fromkeys(card["intended_use"] for card in cards if "intended_use" in card)
    sections = [
        f"# Model card of pair {release['version']}",
        "Written by `make model-card` from `models/released/evaluation.json`; change neither by hand.",
        "## Intended use",
        *uses,
        *(["\n".join(f"- {limit}" for limit in limits)] if limits else []),
        *_describe_networks(release),
        "## In plain words",
        *summarise(report),
        *state_caution(report),
        "## Aims",
        make_table(["aim", "n", "measured, with 95 % interval", "reached"], compare_with_aims(report)),
        "## Figures by source",
        *_describe_figures(report),
        "## Levels",
        _tabulate_levels(report),
        "## Gates",
        *_describe_gates(report),
        *_describe_marks(report["counterfactuals"]),
        *_describe_data(report),
    ]
    return "\n\n".join(sections) + "\n"


def make_table(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [heading, ["---"] * len(heading), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _describe_networks(release: Mapping[str, Any]) -> list[str]:
    rows = [
        [
            _NETWORK_NAMES[name],
            card.get("architecture", ""),
            card.get("pretrained", ""),
            f"{card['size_px']} px",
            f"{card['bytes'] / _MEGABYTE:.1f} MB" if "bytes" in card else "",
            card.get("licence", ""),
        ]
        for name, card in release["networks"].items()
    ]
    decisions = release["decisions"]
    thresholds = decisions["thresholds"]
    weights = ", ".join(
        f"{_NETWORK_NAMES[name]} {share:g}" for name, share in decisions["combination"]["weights"].items()
    )
    return [
        "## The two classifiers",
        make_table(["", "network", "starts from", "input", "size", "licence"], rows),
        _LEVELS.format(weights=weights, **thresholds),
    ]


def _describe_figures(report: Mapping[str, Any]) -> list[str]:
    described = []
    for name, part in all_parts(report):
        if not part["scores"]:
            continue
        played = "; ".join(f"{split}: {_PLAYED[split]}" for split in part["splits"] if split in _PLAYED)
        scores = part["scores"]
        rows: list[tuple[str, list[str]]] = [
            ("AUC", [format_number(each["auc"]) for each in scores.values()]),
            ("ECE", [format_number(each["ece"]) for each in scores.values()]),
            ("Brier", [format_number(each["brier"]) for each in scores.values()]),
        ]
        at_95 = [format_share(each["specificity_at_95_sensitivity"]) for each in scores.values()]
        rows.append(("specificity at 95 % sensitivity", at_95))
        for cut, words in (
            ("moderate", "from moderate up"),
            ("half", "from 0.5 up"),
            ("high", "from high up"),
        ):
            for key in ("sensitivity", "specificity", "accuracy"):
                shares = [format_share(each["cuts"][cut][key]) for each in scores.values()]
                rows.append((f"{key}, {words}", shares))
        heading = ["", *(SCORE_NAMES[name] for name in scores)]
        described += [
            f"### {name}",
            _COUNTS.format(**part["labels"], played=played).strip(),
            make_table(heading, [[words, *cells] for words, cells in rows]),
            _tabulate_values(part["scores"]["pair"]["cuts"]),
        ]
    return described


def _tabulate_values(cuts: Mapping[str, Any]) -> str:
    rows = [
        [
            f"{float(prevalence) * 100:g} %",
            *(
                format_share(cuts[cut]["predictive_values"][prevalence][key])
                for cut in ("moderate", "high")
                for key in ("ppv", "npv")
            ),
        ]
        for prevalence in cuts["half"]["predictive_values"]
    ]
    heading = [
        "prevalence",
        "PPV from moderate up",
        "NPV below moderate",
        "PPV from high up",
        "NPV below high",
    ]
    return make_table(heading, rows)


def _tabulate_levels(report: Mapping[str, Any]) -> str:
    rows = [
        [
            name,
            LABEL_NAMES[label],
            str(part["labels"][label]),
            *(format_share(levels[each]) for each in LEVEL_NAMES),
        ]
        for name, part in all_parts(report)
        for label, levels in part["levels"].items()
    ]
    return make_table(["source", "photos", "n", *LEVEL_NAMES.values()], rows)


def _describe_gates(report: Mapping[str, Any]) -> list[str]:
    rows = [
        [
            name,
            LABEL_NAMES[label],
            str(part["labels"][label]),
            *(format_share(refused[key]) for key in ("any", "no_lesion", "quality")),
            format_share(part["domains"][label]["clinical"]),
        ]
        for name, part in all_parts(report)
        for label, refused in part["refusals"].items()
    ]
    heading = ["source", "photos", "n", "refused", "as no lesion", "for quality", "taken for clinical"]
    scenes = report["release"]["built_scenes"]
    if not scenes:
        return [make_table(heading, rows)]
    taken = [
        [key.replace("_as_", " taken for "), str(share["n"]), format_share(share)]
        for key, share in scenes.items()
    ]
    return [
        make_table(heading, rows),
        _SCENES,
        make_table(["scene", "n", "share"], taken),
    ]


def _describe_marks(marks: Mapping[str, Any] | None) -> list[str]:
    if marks is None:
        return []
    keys = {
        "not_low": "level not low",
        "moderate": "from moderate up",
        "half": "from 0.5 up",
        "refused": "refused",
    }
    rows = [
        [MARK_NAMES[name], LABEL_NAMES[label], str(move["n"]), *(format_points(move[key]) for key in keys)]
        for name, moved in marks.items()
        for label, move in moved.items()
    ]
    return [
        "## Marks on the photo",
        _MARKS,
        make_table(["change", "photos", "n", *keys.values()], rows),
    ]


def _describe_data(report: Mapping[str, Any]) -> list[str]:
    release = report["release"]
    bare = {
        name: part["labels"]["no_lesion"]
        for name, part in report["sources"].items()
        if part["labels"].get("no_lesion") and "validation" in part["splits"]
    }
    used = dict.fromkeys(
        f"{each['name']}: {each['licence']}"
        for card in release["networks"].values()
        for each in card.get("data", ())
    )
    counts = [
        [split, name, f"{n:,}"]
        for split, found in (release["data"] or {}).items()
        for name, n in found.items()
    ]
    said = [f"{words}: {release[key]}" for key, words in _CHOICES if release[key]]
    return [
        "## Data",
        "\n".join(f"- {each}" for each in used),
        *([make_table(["split", "source and label", "photos"], counts)] if counts else []),
        *([_BARE.format(counts=", ".join(f"{name} {n}" for name, n in bare.items()))] if bare else []),
        *said,
    ]


_CHOICES = (("chosen_on", "Scales and thresholds were chosen on"), ("reported_on", "The figures to believe"))

if __name__ == "__main__":
    raise SystemExit(main())
