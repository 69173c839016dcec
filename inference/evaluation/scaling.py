"""Platt's scaling of scores to probabilities at 50 % prevalence, for releases and for reports."""

import numpy as np
from numpy.typing import NDArray

from inference.policy import Affine

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


def fit_affine(logits: Floats, truth: Bools, weights: Floats, *, rounds: int = 60) -> Affine:
    """Platt's scaling by Newton's method on the weighted log loss.

    Raises:
        ValueError: a class is missing, or higher logits do not mean the class at all.
    """
    if truth.all() or not truth.any():
        raise ValueError("both classes are needed")
    x = np.stack([logits, np.ones_like(logits)], axis=1)
    parameters = np.array([1.0, 0.0])
    for _ in range(rounds):
        chances = sigmoid(x @ parameters)
        gradient = x.T @ (weights * (chances - truth))
        curvature = (x * (weights * chances * (1 - chances))[:, None]).T @ x + 1e-9 * np.eye(2)
        step = np.linalg.solve(curvature, gradient)
        parameters -= np.clip(step, -1, 1)  # far from the optimum a full step overshoots
    if parameters[0] <= 0:
        raise ValueError("higher scores do not mean the class")
    return Affine(scale=float(parameters[0]), bias=float(parameters[1]))
