"""Scores to probabilities at 50 % prevalence, by a line (Platt) or a curve, for releases and for reports."""

import numpy as np
from numpy.typing import NDArray

from inference.policy import LogitScale

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Words = NDArray[np.str_]


def sigmoid(logits: Floats) -> Floats:
    """Probabilities."""
    chances: Floats = np.asarray(1 / (1 + np.exp(-np.clip(logits, -60, 60))))
    return chances


def balance_weights(truth: Bools, sources: Words) -> Floats:
    """(N,) weights with which every source and class present in it has the same mass; they add up to 1."""
    weights = np.zeros(len(truth))
    for source in np.unique(sources):
        for value in (False, True):
            chosen = (sources == source) & (truth == value)
            if chosen.any():
                weights[chosen] = 1 / chosen.sum()
    weights /= weights.sum()
    return weights


def fit_affine(logits: Floats, truth: Bools, weights: Floats, *, rounds: int = 60) -> LogitScale:
    """Platt's scaling by Newton's method on the weighted log loss.

    Raises:
        ValueError: a class is missing, or higher logits do not mean the class at all.
    """
    scale, bias = _fit(np.stack([logits, np.ones_like(logits)], axis=1), truth, weights, rounds)
    if scale <= 0:
        raise ValueError("higher scores do not mean the class")
    return LogitScale(scale=scale, bias=bias)


def fit_curve(logits: Floats, truth: Bools, weights: Floats, *, rounds: int = 60) -> LogitScale:
    """The same with a cube: for scores whose ends mean more, or whose middle means less, than a line says.

    Without the cube where it would let a higher score mean less.

    Raises:
        ValueError: as `fit_affine`.
    """
    features = np.stack([logits, np.ones_like(logits), logits**3], axis=1)
    scale, bias, cube = _fit(features, truth, weights, rounds)
    if scale <= 0 or cube < 0:
        return fit_affine(logits, truth, weights, rounds=rounds)
    return LogitScale(scale=scale, bias=bias, cube=cube)


def _fit(features: Floats, truth: Bools, weights: Floats, rounds: int) -> list[float]:
    """The factors of features (N, K) with the least weighted log loss."""
    if truth.all() or not truth.any():
        raise ValueError("both classes are needed")
    sizes = np.sqrt(np.mean(features**2, axis=0)) + 1e-12
    features = features / sizes  # so that a step of 1 is as long for each of them
    parameters = np.zeros(features.shape[1])
    for _ in range(rounds):
        chances = sigmoid(features @ parameters)
        gradient = features.T @ (weights * (chances - truth))
        slopes = weights * chances * (1 - chances)
        curvature = (features * slopes[:, None]).T @ features + 1e-9 * np.eye(features.shape[1])
        step = np.linalg.solve(curvature, gradient)
        parameters -= np.clip(step, -1, 1)  # far from the optimum a full step overshoots
    return [float(value) for value in parameters / sizes]
