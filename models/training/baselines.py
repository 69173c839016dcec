"""`nevus models baselines`: scores of simple features on the same folds, and of the frame alone.

The closer a score that never sees the lesion comes to the classifiers, the less these can be believed.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import make_pipeline

from inference.evaluation.figures import FigureConfig, describe_score
from models.training.baseline_features import FEATURES, shrink
from models.training.photos import LabelledPhoto, Source, load_rgb, read_photos, split_photos

Scores = NDArray[np.float64]
_FIGURES = FigureConfig(cuts={"half": 0.5}, prevalences=(), rounds=500)


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineConfig:
    """Same folds as the classifiers; fewer photos, as many of each source and class."""

    folds: int = 10
    seed: int = 20
    photos: int = 1000  # of each source and class at most, to learn from
    trees: int = 300
    components: int = 100  # of the raw pixels
    network_minutes: float = 3.0  # of the small CNN; 0 leaves it out


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """Photos with their pixels and truth."""

    photos: list[LabelledPhoto]
    pixels: NDArray[np.uint8]  # (N, S, S, 3) RGB
    truth: NDArray[np.bool_]  # (N,) melanoma


def run_baselines(data: Path, config: BaselineConfig) -> None:
    """Print a table in Markdown: AUC by source with 95 % intervals, by group.

    Raises:
        DataError: the photos' table is missing or empty.
    """
    train, validation, held = split_photos(read_photos(data), folds=config.folds, seed=config.seed)
    learn = _prepare(_pick(train, config.photos))
    judge = _prepare(_pick([*validation, *held], None))
    print(f"trained on {len(learn.photos)} photos\n\n| baseline | {' | '.join(_sources(judge))} | time |")
    print("|---" * (len(_sources(judge)) + 2) + "|")
    for name, score in _list_baselines(config):
        start = time.monotonic()
        scores = score(learn, judge)
        sources = np.array([photo.source.value for photo in judge.photos])
        groups = np.array([photo.group for photo in judge.photos])
        figures = []
        for source in _sources(judge):
            chosen = sources == source
            auc = describe_score(judge.truth[chosen], scores[chosen], groups[chosen], _FIGURES)["auc"]
            figures.append(f"{auc['value']:.3f} ({auc['low']:.3f} to {auc['high']:.3f})")
        print(f"| {name} | {' | '.join(figures)} | {time.monotonic() - start:.0f} s |", flush=True)


def _list_baselines(config: BaselineConfig) -> Iterable[tuple[str, Callable[[Prepared, Prepared], Scores]]]:
    def forest(learn: Prepared, judge: Prepared) -> Scores:
        reduce = PCA(config.components, svd_solver="randomized", random_state=config.seed)
        model = make_pipeline(reduce, _make_forest(config)).fit(_flatten(learn), learn.truth)
        chances: Scores = model.predict_proba(_flatten(judge))[:, 1]
        return chances

    yield f"random forest on raw pixels ({config.components} principal components)", forest
    for name, describe in FEATURES.items():
        yield name, _forest_on(describe, config)
    if config.network_minutes > 0:
        from models.training.baseline_network import score_with_network

        def network(learn: Prepared, judge: Prepared) -> Scores:
            pixels = learn.pixels, judge.pixels
            return score_with_network(*pixels, learn.truth, minutes=config.network_minutes, seed=config.seed)

        yield f"three-block CNN from scratch ({config.network_minutes:g} minutes)", network


def _forest_on(
    describe: Callable[[NDArray[np.uint8]], NDArray[np.float64]], config: BaselineConfig
) -> Callable[[Prepared, Prepared], Scores]:
    def score(learn: Prepared, judge: Prepared) -> Scores:
        known, asked = (np.stack([describe(photo) for photo in part.pixels]) for part in (learn, judge))
        chances: Scores = _make_forest(config).fit(known, learn.truth).predict_proba(asked)[:, 1]
        return chances

    return score


def _make_forest(config: BaselineConfig) -> RandomForestClassifier:
    return RandomForestClassifier(config.trees, min_samples_leaf=2, random_state=config.seed)


def _pick(photos: Sequence[LabelledPhoto], most: int | None) -> list[LabelledPhoto]:
    """Melanomas and benign photos, evenly over the list, at most `most` of each source and class."""
    picked = []
    for source in Source:
        for label in ("benign", "melanoma"):
            found = [photo for photo in photos if photo.source is source and photo.label == label]
            count = len(found) if most is None else min(most, len(found))
            picked += [found[at * len(found) // count] for at in range(count)]
    return picked


def _prepare(photos: list[LabelledPhoto]) -> Prepared:
    pixels = np.stack([shrink(load_rgb(photo.path)) for photo in photos])
    return Prepared(photos=photos, pixels=pixels, truth=np.array([photo.melanoma for photo in photos]))


def _flatten(part: Prepared) -> NDArray[np.float32]:
    flat: NDArray[np.float32] = part.pixels.reshape(len(part.pixels), -1).astype(np.float32) / np.float32(255)
    return flat


def _sources(part: Prepared) -> list[str]:
    return list(dict.fromkeys(photo.source.value for photo in part.photos))
