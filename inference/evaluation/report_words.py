"""What the figures mean, in plain sentences: for a doctor who reads one paragraph and no table."""

from collections.abc import Mapping
from typing import Any

from inference.evaluation.labelled import BENIGN, MELANOMA
from inference.evaluation.report_model import ALL, all_parts, format_number, low_share

_PATIENTS = 1000
_FEW = 50  # melanomas; below, an interval is too wide to lean on
_CAUTIONS = (
    (
        "This is a research prototype, not a medical device. The clinician decides, and a low level never "
        "means that a lesion is harmless."
    ),
    (
        "A figure holds for photos like these. Each source is shown by itself, because networks can learn "
        "where a photo comes from; the sources differ more than the intervals say."
    ),
)


def summarise(report: Mapping[str, Any]) -> list[str]:
    """One paragraph a source that has both melanomas and benign photos."""
    return [
        _summarise_part(name, part, report["release"]["prevalences"])
        for name, part in all_parts(report)
        if part["scores"]
    ]


def state_caution(report: Mapping[str, Any]) -> list[str]:
    """What the figures do not say."""
    cautions = list(_CAUTIONS)
    parts = report["sources"].values()
    if any("validation" in part["splits"] for part in parts):
        cautions.append(
            "Photos of the split validation chose the scales and thresholds of this pair, so their figures "
            "flatter. Those of the split held_out chose neither."
        )
    if any(part["scores"] and part["labels"][MELANOMA] < _FEW for part in parts):
        cautions.append(f"If fewer than {_FEW} melanomas were counted, read the interval, not the figure.")
    return cautions


def find_best_evidence(report: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """The part that says most about new photos: what was held out, else everything together."""
    held = [
        (name, part)
        for name, part in report["sources"].items()
        if part["scores"] and list(part["splits"]) == ["held_out"]
    ]
    return held[0] if len(held) == 1 else (ALL, report["overall"])


def _summarise_part(name: str, part: Mapping[str, Any], prevalences: list[float]) -> str:
    missed, cleared = low_share(part, MELANOMA), low_share(part, BENIGN)
    if missed is None or cleared is None:
        return ""
    melanomas, benign = part["labels"][MELANOMA], part["labels"][BENIGN]
    middle = sorted(prevalences)[len(prevalences) // 2]
    ill = round(_PATIENTS * middle)
    auc = part["scores"]["pair"]["auc"]
    passed, spared = missed["value"] * ill, cleared["value"] * (_PATIENTS - ill)
    return (
        f"{name}: {round(missed['value'] * melanomas)} of {melanomas} melanomas were given the level low "
        f"({_range(missed)}), and {round(cleared['value'] * benign)} of {benign} benign lesions "
        f"({_range(cleared)}). So of {_PATIENTS:,} such patients with {ill} melanomas among them, about "
        f"{passed:.1f} melanomas and {spared:.0f} benign lesions would be called low. A melanoma scores "
        f"above a benign lesion {auc['value'] * 100:.0f} % of the time: AUC {format_number(auc)}."
    )


def _range(share: Mapping[str, Any]) -> str:
    return f"{share['value'] * 100:.1f} %, interval {share['low'] * 100:.1f} to {share['high'] * 100:.1f}"
