"""Set the quality gate's limits from real photos, and show on a ladder of synthetic defects what they refuse.

    python -m inference.evaluation.quality_calibration LABELS.csv --root DIR [--write PAIR_JSON]

The limits let pass nearly all that a dermatoscope really takes: sharpness is cut at a small quantile of the
lesion photos, the others beyond the most extreme of them. Half of the photos set the limits; the other half
says what these refuse.
"""

# ruff: noqa: T201 - a command prints

import argparse
import csv
import json
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from inference.photos import DecodedPhoto, read_photo
from inference.policy import QualityLimits
from inference.quality import find_faults, measure_quality
from inference.readings import Quality

Rgb = NDArray[np.uint8]

# Share of lesion photos of any label that the limit of sharpness may refuse: a fifth of the 1 % allowed
BLURRED_SHARE = 0.002
# How far beyond the most extreme lesion photo the other limits lie, of that value's way to the end of the
# scale
MARGIN = 0.35
LADDER_PHOTOS = 200
_LESIONS = {"benign", "melanoma", "other_malignant", "indeterminate_AK"}


@dataclass(frozen=True, slots=True, kw_only=True)
class LesionFile:
    """One row of the labels."""

    path: Path
    label: str


def main(arguments: Sequence[str] | None = None) -> int:
    """Calibrate, print both tables, and write the limits where asked."""
    parser = argparse.ArgumentParser(
        prog="python -m inference.evaluation.quality_calibration", description=__doc__
    )
    parser.add_argument("labels", type=Path, help="CSV with the columns file and label")
    parser.add_argument("--root", type=Path, required=True, help="the files' directory")
    parser.add_argument("--write", type=Path, metavar="PAIR_JSON", help="put the limits into this file")
    args = parser.parse_args(arguments)
    lesions = [each for each in read_labels(args.labels, args.root) if each.label in _LESIONS]
    measured = [
        (each, measure_quality(read_photo(each.path.read_bytes()), QualityLimits())) for each in lesions
    ]
    limits = choose_limits(measured[::2])
    print("limits:", json.dumps(asdict(limits)))
    _print_refusals(measured[1::2], limits)
    # The share refused at each step, each defect alone on clean photos.
    paths = [each.path for each in lesions[:: max(1, len(lesions) // LADDER_PHOTOS)]]
    photos = [read_photo(path.read_bytes()).pixels for path in paths]
    for defect, steps in LADDER.items():
        cells = []
        for step in steps:
            spoilt = [defect(photo, step) for photo in photos]
            decoded = [
                DecodedPhoto(pixels=pixels, width_px=pixels.shape[1], height_px=pixels.shape[0])
                for pixels in spoilt
            ]
            refused = [bool(find_faults(measure_quality(each, QualityLimits()), limits)) for each in decoded]
            cells.append(f"{step:g}: {sum(refused) / len(refused):4.0%}")
        print(f"{defect.__name__:<11}{'  '.join(cells)}")
    if args.write is not None:
        write_limits(args.write, limits)
    return 0


def read_labels(labels: Path, root: Path) -> list[LesionFile]:
    """The rows, in an order that mixes sources: by a hash of nothing but the name."""
    with labels.open(encoding="utf-8", newline="") as file:
        rows = [LesionFile(path=root / row["file"], label=row["label"]) for row in csv.DictReader(file)]
    order = np.random.default_rng(0).permutation(len(rows))
    return [rows[place] for place in order]


def choose_limits(measured: Sequence[tuple[LesionFile, Quality]]) -> QualityLimits:
    """Limits that refuse at most `BLURRED_SHARE` of each label's photos for blur, and none for the rest."""
    qualities = [quality for _, quality in measured]
    labels = np.array([file.label for file, _ in measured])
    sharpness = np.array([quality.sharpness for quality in qualities])
    cuts = [np.quantile(sharpness[labels == label], BLURRED_SHARE) for label in np.unique(labels)]
    darkest = min(quality.brightness for quality in qualities)
    brightest = max(quality.brightness for quality in qualities)
    flattest = min(quality.contrast for quality in qualities)
    worst_glare = max(quality.glare for quality in qualities)
    return QualityLimits(
        min_sharpness=round(float(min(cuts)), 3),
        min_brightness=round(darkest * (1 - MARGIN), 3),
        max_brightness=round(brightest + (1 - brightest) * MARGIN, 3),
        min_contrast=round(flattest * (1 - MARGIN), 3),
        max_glare=round(worst_glare + (1 - worst_glare) * MARGIN, 3),
    )


def write_limits(pair_json: Path, limits: QualityLimits) -> None:
    """Put the limits under the key `quality`; everything else stays."""
    pair = json.loads(pair_json.read_text(encoding="utf-8"))
    pair["quality"] = asdict(limits)
    pair_json.write_text(json.dumps(pair, indent=2) + "\n", encoding="utf-8")


def blur(photo: Rgb, strength: float) -> Rgb:
    """Out of focus: a Gaussian of `strength` hundredths of the frame's side, then the camera's noise."""
    radius_px = strength / 100 * max(photo.shape[:2])
    soft = np.asarray(Image.fromarray(photo).filter(ImageFilter.GaussianBlur(radius_px)), np.float32)
    noise = np.random.default_rng(0).normal(0, 1.5, soft.shape)
    return _to_bytes(soft + noise)


def darken(photo: Rgb, strength: float) -> Rgb:
    """`strength` times less light."""
    return _to_bytes(photo / strength)


def overexpose(photo: Rgb, strength: float) -> Rgb:
    """`strength` times more light."""
    return _to_bytes(photo.astype(np.float32) * strength)


def fog(photo: Rgb, strength: float) -> Rgb:
    """Contrast divided by `strength`, around the photo's mean."""
    mean = photo.mean(axis=(0, 1))
    return _to_bytes(mean + (photo - mean) / strength)


def glare(photo: Rgb, strength: float) -> Rgb:
    """A white spot in the middle whose radius is `strength` tenths of half the side."""
    rows, columns = (np.linspace(-1, 1, side) for side in photo.shape[:2])
    spot = np.hypot(rows[:, None], columns[None, :]) < strength / 10
    return np.where(spot[..., None], np.uint8(255), photo)


def shrink(photo: Rgb, strength: float) -> Rgb:
    """`strength` times fewer pixels a side."""
    height, width = (max(1, round(side / strength)) for side in photo.shape[:2])
    return np.asarray(Image.fromarray(photo).resize((width, height)))


LADDER: Mapping[Callable[[Rgb, float], Rgb], tuple[float, ...]] = {
    blur: (0.4, 0.8, 1.2, 1.6, 2.4, 3.2, 5),
    darken: (1.5, 2, 3, 4, 6, 10, 20),
    overexpose: (1.2, 1.5, 2, 3, 4, 6, 10),
    fog: (1.5, 2, 3, 5, 8, 12, 20),
    glare: (2, 4, 5, 6, 7, 8, 9),
    shrink: (1.5, 2, 3, 4, 5, 6, 8),
}


def _print_refusals(measured: Sequence[tuple[LesionFile, Quality]], limits: QualityLimits) -> None:
    """What the limits refuse of photos that did not set them."""
    total, refused, faults = Counter[str](), Counter[str](), Counter[str]()
    for file, quality in measured:
        found = find_faults(quality, limits)
        total[file.label] += 1
        refused[file.label] += bool(found)
        faults.update(str(fault) for fault in found)
    for label in sorted(total):
        share = refused[label] / total[label]
        print(f"refused {refused[label]:4d} of {total[label]:5d} {label} ({share:.2%})")
    print("faults:", dict(faults))


def _to_bytes(values: NDArray[np.floating]) -> Rgb:
    return np.clip(np.round(values), 0, 255).astype(np.uint8)


if __name__ == "__main__":
    sys.exit(main())
