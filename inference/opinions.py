"""Raw logits of two classifiers to calibrated opinions, the pair's scores and the domain (pure functions)."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from inference.policy import CLASSIFIERS, DomainPolicy, Policy
from inference.readings import ClassifierName, Domain, OpinionFindings

DOMAIN_ORDER = (Domain.DERMOSCOPIC, Domain.CLINICAL, Domain.OTHER)


@dataclass(frozen=True, slots=True, kw_only=True)
class RawScores:
    """What one graph says about one photo, before any calibration."""

    melanoma_logit: float
    malignant_logit: float
    domain_logits: tuple[float, float, float]  # in `DOMAIN_ORDER`


@dataclass(frozen=True, slots=True, kw_only=True)
class PairScores:
    """Both opinions and what they come to, all calibrated at 50 % prevalence, 0 to 1."""

    opinions: tuple[OpinionFindings, ...]
    probability: float
    malignant_probability: float


def combine_scores(raw: Mapping[ClassifierName, RawScores], policy: Policy) -> PairScores:
    """The opinions and the pair's scores: weighted means of calibrated logits; melanoma's is scaled again."""
    melanoma = {name: policy.melanoma[name](raw[name].melanoma_logit) for name in CLASSIFIERS}
    malignant = {name: policy.malignant[name](raw[name].malignant_logit) for name in CLASSIFIERS}
    mean = sum(policy.weights[name] * melanoma[name] for name in CLASSIFIERS)
    malignant_mean = sum(policy.malignant_weights[name] * malignant[name] for name in CLASSIFIERS)
    opinions = tuple(
        OpinionFindings(
            classifier=name,
            probability=sigmoid(melanoma[name]),
            malignant_probability=sigmoid(malignant[name]),
        )
        for name in CLASSIFIERS
    )
    return PairScores(
        opinions=opinions,
        probability=sigmoid(policy.pair(mean)),
        malignant_probability=sigmoid(malignant_mean),
    )


def combine_domains(raw: Mapping[ClassifierName, RawScores], policy: DomainPolicy) -> dict[Domain, float]:
    """Probabilities of the three domains, adding up to 1."""
    logits = [
        sum(
            policy.weights[name] * raw[name].domain_logits[place] / policy.temperatures[name]
            for name in CLASSIFIERS
        )
        for place in range(len(DOMAIN_ORDER))
    ]
    top = max(logits)
    odds = [math.exp(logit - top) for logit in logits]
    return {domain: value / sum(odds) for domain, value in zip(DOMAIN_ORDER, odds, strict=True)}


def choose_domain(probabilities: Mapping[Domain, float], policy: DomainPolicy) -> Domain:
    """The domain a photo is treated as: `other` first, then `clinical`, by their thresholds."""
    if probabilities[Domain.OTHER] >= policy.other_min:
        return Domain.OTHER
    if probabilities[Domain.CLINICAL] >= policy.clinical_min:
        return Domain.CLINICAL
    return Domain.DERMOSCOPIC


def sigmoid(logit: float) -> float:
    """The probability of a logit, without overflow."""
    if logit >= 0:
        return 1 / (1 + math.exp(-logit))
    return math.exp(logit) / (1 + math.exp(logit))
