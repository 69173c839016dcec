"""Are the evidence maps faithful: where they point, hiding must cost the score, and showing must win it.

Deletion and insertion curves (Petsiuk 2018, "RISE", arXiv:1806.07421): the photo's places are hidden in the
order of their evidence, strongest first, or shown in that order on a photo of which nothing was to be seen.
What is hidden takes the colours of the photo shrunk to a few pixels. An order by chance is the measure.

`python -m inference.evaluation.faithfulness LABELS.csv --root DIR` prints what the released pair reaches.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image

from inference.evaluation.labelled import MELANOMA, pick_evenly, read_labels
from inference.evaluation.scoring import PhotoScorer
from inference.photos import read_photo
from inference.policy import CLASSIFIERS
from inference.raw_opinions import RawOpinion

Pixels = NDArray[np.uint8]
Order = NDArray[np.int64]  # places of a map, row by row, the first to be hidden or shown
Opinion = Callable[[Pixels], RawOpinion]

SHARES = (0.0, 0.03, 0.06, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.65, 0.8, 1.0)  # of the places
_BLURRED_PX = 5  # the hidden photo, before it is enlarged


@dataclass(frozen=True, slots=True, kw_only=True)
class Curves:
    """Areas under a photo's curves, in melanoma logits: means over the share of places from 0 to 1."""

    deletion: float  # lower is better
    insertion: float  # higher is better
    random_deletion: float
    random_insertion: float


def measure_curves(photo: Pixels, opinion: Opinion, rng: Generator, *, chances: int = 2) -> Curves:
    """The curves of one photo under one network.

    Args:
        photo: (H, W, 3) upright RGB.
        opinion: the network.
        rng: for the orders by chance.
        chances: how many of them are averaged.
    """
    evidence = opinion(photo).evidence
    hidden = hide_photo(photo)
    order = order_places(evidence)
    chance = [rng.permutation(evidence.size) for _ in range(chances)]

    def area(first: Pixels, second: Pixels, places: Order) -> float:
        changed = (swap_places(first, second, places[: round(share * len(places))], evidence.shape)
                   for share in SHARES)  # fmt: skip
        scores = [opinion(pixels).scores.melanoma_logit for pixels in changed]
        return float(np.trapezoid(scores, SHARES))

    return Curves(
        deletion=area(photo, hidden, order),
        insertion=area(hidden, photo, order),
        random_deletion=float(np.mean([area(photo, hidden, places) for places in chance])),
        random_insertion=float(np.mean([area(hidden, photo, places) for places in chance])),
    )


def order_places(evidence: NDArray[np.float32]) -> Order:
    """Strongest evidence for melanoma first."""
    return np.argsort(-evidence, axis=None, kind="stable")


def hide_photo(photo: Pixels) -> Pixels:
    """The photo's colours with nothing to be seen, of the same size."""
    size = (photo.shape[1], photo.shape[0])
    few = Image.fromarray(photo).resize((_BLURRED_PX, _BLURRED_PX), Image.Resampling.BOX)
    return np.asarray(few.resize(size, Image.Resampling.BICUBIC))


def swap_places(first: Pixels, second: Pixels, places: Order, shape: tuple[int, ...]) -> Pixels:
    """`first` with these places of a map of `shape` taken from `second`, softly at their edges."""
    swapped = np.zeros(shape, np.float32)
    swapped.flat[places] = 255
    mask = Image.fromarray(swapped.astype(np.uint8)).resize(
        (first.shape[1], first.shape[0]), Image.Resampling.BOX
    )
    return np.asarray(Image.composite(Image.fromarray(second), Image.fromarray(first), mask))


def bootstrap_mean(
    values: Sequence[float], *, rounds: int = 1000, seed: int = 20
) -> tuple[float, float, float]:
    """Mean and its 95 % interval over photos."""
    rng = np.random.default_rng(seed)
    sample = np.asarray(values)
    means = rng.choice(sample, (rounds, len(sample))).mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(sample.mean()), float(low), float(high)


def main(argv: Sequence[str] | None = None) -> int:
    """Print what the released pair's maps are worth on labelled photos."""
    parser = argparse.ArgumentParser(prog="python -m inference.evaluation.faithfulness", description=__doc__)
    parser.add_argument("labels", type=Path, help="CSV table with the columns file and label")
    parser.add_argument("--root", type=Path, required=True, help="folder that its file names start from")
    parser.add_argument("--photos", type=int, default=40, help="melanomas of each source at most (40)")
    options = parser.parse_args(argv)
    melanomas = [row for row in read_labels(options.labels) if row.label == MELANOMA]
    rows = pick_evenly(melanomas, options.photos)
    pixels = [read_photo((options.root / row.file).read_bytes()).pixels for row in rows]
    networks = PhotoScorer.load().networks.classifiers
    print(f"{len(rows)} melanomas; logits under the curves, mean (95 % interval over photos)")
    for name in CLASSIFIERS:
        rng = np.random.default_rng(20)
        curves = [measure_curves(photo, networks[name], rng) for photo in pixels]
        lost = bootstrap_mean([each.random_deletion - each.deletion for each in curves])
        won = bootstrap_mean([each.insertion - each.random_insertion for each in curves])
        print(
            f"{name}: hiding by the map costs {_words(lost)} more than by chance, showing wins {_words(won)}"
        )
    return 0


def _words(interval: tuple[float, float, float]) -> str:
    mean, low, high = interval
    return f"{mean:.3f} ({low:.3f} to {high:.3f})"


if __name__ == "__main__":
    sys.exit(main())
