"""Does the drift monitor notice changed photos, and is it quiet on unchanged ones? On the validation photos.

The dermoscopic validation photos are halved at random: one half becomes the reference, samples of the other
are compared with it, as they are and with every second photo darkened or replaced by a close-up. Prints a
table; asserts nothing.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from stage import describe_machine, print_table

from inference.evaluation.drift import DriftReport, DriftState, compare
from inference.evaluation.drift_reference import KEY, describe_reference, measure_photo, read_reference
from inference.evaluation.labelled import LabelledFile
from inference.evaluation.scoring import PhotoScorer, ScoredPhoto
from inference.photos import DecodedPhoto
from models.release.calibrating import CalibrateConfig
from models.training.photos import LabelledPhoto, Source, read_photos, split_photos

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
DARKER = 0.35  # of the light
SIZES = (50, 100, 200, 500)
Photo = ScoredPhoto


def main() -> int:
    """Score every kind of photo once, then draw samples."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the photos")
    parser.add_argument("--changed", type=int, default=400, help="photos of each change")
    parser.add_argument("--repeats", type=int, default=20, help="samples of each size")
    arguments = parser.parse_args()
    if not (arguments.data / "labels.csv").is_file():
        print("no labelled photos beside the checkout: nothing to show (--data names their folder)")
        return 0
    print(describe_machine())
    began = time.monotonic()
    kinds = _score_kinds(arguments.data, arguments.changed)
    print_table("Photos scored", [(name, f"{len(photos)}") for name, photos in kinds.items()])
    rows = [
        (f"{name}, n = {size}", _repeat(kinds, name, size=size, repeats=arguments.repeats))
        for name in kinds
        for size in SIZES
    ]
    print_table(f"What the monitor says, of {arguments.repeats} samples each", rows)
    print(f"{time.monotonic() - began:.0f} s")
    return 0


def _score_kinds(data: Path, changed: int) -> dict[str, list[Photo]]:
    config = CalibrateConfig()
    _, validation, held = split_photos(read_photos(data), folds=config.folds, seed=config.seed)
    lesions = [photo for photo in validation if photo.source in (Source.HAM, Source.ISIC)]
    rng = np.random.default_rng(config.seed)
    closeups = [photo for photo in validation if photo.source is Source.MILK_CLOSEUP]
    archive = [photo for photo in held if photo.source is Source.OLD_ARCHIVE]

    def pick(photos: list[LabelledPhoto]) -> list[LabelledPhoto]:
        chosen = rng.choice(len(photos), min(changed, len(photos)), replace=False)
        return [photos[at] for at in chosen]

    scorer = PhotoScorer.load()

    def to_dark(photo: DecodedPhoto) -> DecodedPhoto:
        return DecodedPhoto(
            pixels=(photo.pixels * DARKER).astype(np.uint8),
            width_px=photo.width_px,
            height_px=photo.height_px,
        )

    return {
        "validation": _score(scorer, lesions),
        "half dark": _score(scorer, pick(lesions), to_dark),
        "half close-ups": _score(scorer, pick(closeups)),
        "another archive": _score(scorer, archive),
    }


def _score(
    scorer: PhotoScorer,
    photos: Sequence[LabelledPhoto],
    change: Callable[[DecodedPhoto], DecodedPhoto] | None = None,
) -> list[Photo]:
    rows = [
        LabelledFile(file=str(photo.path), label=photo.label, source="", group=photo.group, split="")
        for photo in photos
    ]
    return [each for each in scorer.score_files(rows, Path(), change) if isinstance(each, ScoredPhoto)]


def _repeat(kinds: dict[str, list[Photo]], name: str, *, size: int, repeats: int) -> str:
    states: Counter[DriftState] = Counter()
    named: Counter[str] = Counter()
    for seed in range(repeats):
        report = _draw(kinds, name, size=size, seed=seed)
        if report is None:
            return "too few photos of this kind"
        states[report.state] += 1
        named.update(each.measure for each in report.measures if each.state is DriftState.DRIFTED)
    told = ", ".join(f"{state.replace('_', ' ')} {states[state]}" for state in DriftState if states[state])
    often = ", ".join(f"{measure} {count}" for measure, count in named.most_common(4))
    return f"{told}{f'   ({often})' if often else ''}"


def _draw(kinds: dict[str, list[Photo]], name: str, *, size: int, seed: int) -> DriftReport | None:
    """One draw: reference, sample, verdict; None where there are not enough photos."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(kinds["validation"]))
    validation = [kinds["validation"][at] for at in order]
    half = len(validation) // 2
    known, rest = validation[:half], validation[half:]
    files = {photo.row.group for photo in known}
    others = [photo for photo in kinds[name] if photo.row.group not in files]
    if name == "validation":
        sample = rest[:size]
    elif name == "another archive":
        sample = [others[at] for at in rng.permutation(len(others))[:size]]
    else:
        sample = rest[: size // 2] + [others[at] for at in rng.permutation(len(others))[: size - size // 2]]
    if len(sample) < size:
        return None
    reference = describe_reference((photo.findings, photo.row.label == "melanoma") for photo in known)
    return compare(read_reference({KEY: reference}), [measure_photo(photo.findings) for photo in sample])


if __name__ == "__main__":
    sys.exit(main())
