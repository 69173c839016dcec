"""`nevus models figures`: pair.json says what `nevus evaluate` measured, so that the chat says the same.

`calibrate` measures prepared crops; evaluation reads whole photos by the product's own rules, gates included.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from inference.evaluation.run import describe_release
from inference.release import load_release
from models.release.export import ExportError
from models.release.files import write_json

SPLITS: Final = ("validation", "held_out")  # the parts of `data` that the released figures come from
NO_LESION: Final = "no_lesion"  # such photos have no score, and `data` does not count them
RUN: Final = "run `nevus evaluate LABELS.csv --root DIR --split validation --split held_out --json FILE`"
_SAME: Final = ("n", "melanomas", "auc", "specificity_at_95_sensitivity", "ece")


def adopt_figures(evaluation: Path, out: Path) -> int:
    """Replace `sources`, `malignant` and `levels` in the metrics of the pair.json in `out`.

    Args:
        evaluation: the JSON that `nevus evaluate --json` wrote of this pair.
        out: folder of the pair.

    Returns:
        The number of sources.

    Raises:
        ExportError: the report is of another pair, or not of all photos of the splits in `SPLITS`.
        OSError: a file cannot be read or written.
        ReleaseError: the pair is incomplete or altered.
        ValueError: the report is not JSON, or lacks a key.
    """
    release = load_release(out)
    pair = dict(release.pair)
    try:
        report = json.loads(evaluation.read_text(encoding="utf-8"))
        described, expected = report["release"], describe_release(release)
        if any(described[key] != expected[key] for key in ("version", "sha256", "decisions")):
            raise ExportError(f"{evaluation} was measured on another pair: {RUN}, with the pair in {out}")
        check_photos(evaluation, report["sources"], pair.get("data") or {})
        metrics = {**pair["metrics"], **describe_figures(report["sources"])}
    except (KeyError, TypeError, ValueError) as error:  # the last: no JSON, no UTF-8
        raise ValueError(f"{evaluation} is not what `nevus evaluate --json` writes") from error
    write_json(out / "pair.json", {**pair, "metrics": metrics})
    return len(report["sources"])


def check_photos(evaluation: Path, sources: Mapping[str, Any], data: Mapping[str, Any]) -> None:
    """Check that a report is of exactly the photos that the released figures come from.

    Raises:
        ExportError: it lacks some, or has others.
    """
    wanted: dict[str, int] = {}
    for split in SPLITS:
        for key, count in data.get(split, {}).items():
            wanted[key] = wanted.get(key, 0) + count
    if not wanted:
        raise ExportError(
            "pair.json does not say which photos it was made with: run `nevus models calibrate`"
        )
    found = {
        f"{name}/{label}": count
        for name, part in sources.items()
        for label, count in part["labels"].items()
        if label != NO_LESION
    }
    different = {key.rpartition("/")[0] for key, _ in wanted.items() ^ found.items()}
    different |= {name for name, part in sources.items() if not set(part["splits"]) <= set(SPLITS)}
    if different:
        raise ExportError(
            f"{evaluation} is not of the photos of {' and '.join(SPLITS)} that pair.json counts (different: "
            f"{', '.join(sorted(different))}): {RUN}, on all sources, without --source or --limit"
        )


def describe_figures(sources: Mapping[str, Any]) -> dict[str, Any]:
    """`sources`, `malignant` and `levels` as `calibrate` writes them, from a report's parts by source."""
    return {
        "sources": {
            name: {score: _describe_score(score, figures, part) for score, figures in part["scores"].items()}
            for name, part in sources.items()
            if part["scores"]
        },
        "malignant": {
            name: _describe_score("malignant", part["malignant"], part)
            for name, part in sources.items()
            if part["malignant"]
        },
        "levels": {
            f"{name}/{label}": dict(levels)
            for name, part in sources.items()
            for label, levels in part["levels"].items()
        },
    }


def _describe_score(score: str, figures: Mapping[str, Any], part: Mapping[str, Any]) -> dict[str, Any]:
    found = {key: figures[key] for key in _SAME}
    if half := figures["cuts"].get("half"):  # the malignant score has no such cut
        found |= {f"{name}_at_half": half[name] for name in ("sensitivity", "specificity")}
    if score == "pair":  # by the product's own levels, whose thresholds depend on the kind of photo
        found["melanomas_at_or_above_high"] = part["levels"]["melanoma"]["high"]
        found["others_below_high"] = _rest_of(part["levels"]["benign"]["high"])
    return found


def _rest_of(share: Mapping[str, Any]) -> dict[str, Any]:
    bounds = {"value": "value", "low": "high", "high": "low"}
    return {name: round(1 - share[of], 4) for name, of in bounds.items()} | {"n": share["n"]}
