"""Figures as text: estimates with their intervals, and the summary that a terminal shows."""

from collections.abc import Mapping
from typing import Any

SCORE_NAMES = {"pair": "the pair", "cnn": "CNN", "vit": "ViT"}
LABEL_NAMES = {
    "melanoma": "melanoma",
    "benign": "benign",
    "other_malignant": "BCC or SCC",
    "indeterminate_AK": "actinic keratosis",
    "no_lesion": "no lesion",
}
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
NOTHING = "–"
ALL = "all together"


def format_number(estimate: Mapping[str, Any] | None, *, digits: int = 3) -> str:
    """A figure and its interval: 0.934 (0.921 to 0.946)."""
    if not estimate or estimate["value"] is None:
        return NOTHING
    value, low, high = (f"{estimate[key]:.{digits}f}" for key in ("value", "low", "high"))
    return f"{value} ({low} to {high})"


def format_share(estimate: Mapping[str, Any] | None) -> str:
    """A share and its interval in percent: 93.4 % (92.1 to 94.6)."""
    if not estimate or estimate["value"] is None:
        return NOTHING
    value, low, high = (f"{estimate[key] * 100:.1f}" for key in ("value", "low", "high"))
    return f"{value} % ({low} to {high})"


def format_points(move: Mapping[str, Any] | None) -> str:
    """A change in points of 100 with its interval: +1.2 (-0.4 to 2.8)."""
    if not move:
        return NOTHING
    value, low, high = (f"{move[key] + 0.0:+.1f}" for key in ("points", "low", "high"))
    return f"{value} ({low} to {high})".replace("-0.0", "+0.0").replace("-", "\u2212")


def all_parts(report: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """Each source by name, then all of them together where there is more than one."""
    parts = list(report["sources"].items())
    return [*parts, (ALL, report["overall"])] if len(parts) > 1 else parts


def low_share(part: Mapping[str, Any], label: str) -> Mapping[str, Any] | None:
    """The share of a label's photos that are given the level `low`, if there are such photos."""
    levels: Mapping[str, Any] = part["levels"].get(label, {})
    return levels.get("low")


def format_summary(report: Mapping[str, Any]) -> str:
    """The main figures for a terminal, one line a source and score."""
    photos = report["photos"]
    unread = sum(photos["unread"].values())
    counts = f"{photos['read']} photos read, {photos['missing']} missing, {unread} unreadable"
    lines = [
        f"Pair {report['release']['version']}: {counts}.",
        "AUC of melanoma against benign and shares by the stored thresholds, with 95 % intervals:",
        "",
        f"{'source':<18}{'score':<10}{'n':>6}  {'AUC':<24}{'sensitivity':<24}{'specificity':<24}",
    ]
    for name, part in all_parts(report):
        for score, figures in part["scores"].items():
            cut = figures["cuts"]["moderate"]
            lines.append(
                f"{name:<18}{SCORE_NAMES[score]:<10}{figures['n']:>6}  {format_number(figures['auc']):<24}"
                f"{format_share(cut['sensitivity']):<24}{format_share(cut['specificity']):<24}"
            )
    lines += _list_areas(report, "malignant", "AUC of melanoma, BCC and SCC against benign, malignant score:")
    lines += _list_areas(report, "pairs", "AUC on pairs of a close-up and a dermoscopic photo of one lesion:")
    lines += ["", "Level low:"]
    for name, part in all_parts(report):
        shares = [f"{LABEL_NAMES[label]} {format_share(low_share(part, label))}" for label in part["levels"]]
        lines.append(f"{name:<18}{', '.join(shares)}")
    return "\n".join(lines)


def _list_areas(report: Mapping[str, Any], key: str, heading: str) -> list[str]:
    """A line for each source that has these figures, under a heading; nothing if none has."""
    lines = []
    for name, part in all_parts(report):
        described = part.get(key) or {}
        scores = {"": described} if "auc" in described else described
        lines += [
            f"{name:<18}{score:<14}{figures['n']:>6}  {format_number(figures['auc'])}"
            for score, figures in scores.items()
        ]
    return ["", heading, *lines] if lines else []
