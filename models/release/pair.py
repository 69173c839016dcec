"""From raw outputs of validation photos to everything pair.json decides."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.evaluation.scaling import Floats, balance_weights, fit_affine, fit_curve, sigmoid
from inference.policy import LogitScale, Thresholds
from models.networks.build import NAMES
from models.release.calibration import (
    Known,
    ThresholdGoals,
    choose_gap,
    choose_thresholds,
    choose_weight,
    fit_temperature,
    histogram,
    rounded,
    softmax,
)
from models.release.domains import CLINICAL
from models.release.files import DOMAINS
from models.release.scoring import PairOutputs, Scored


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """How two classifiers' raw logits become the pair's probabilities."""

    shares: dict[str, float]  # of the calibrated logits' mean
    malignant_shares: dict[str, float]  # the same of the malignant logits
    melanoma: dict[str, LogitScale]  # cnn, vit, pair
    malignant: dict[str, LogitScale]  # cnn, vit

    def probabilities(self, outputs: PairOutputs) -> dict[str, Floats]:
        """Melanoma by "cnn", "vit" and "pair"."""
        logits = {name: self.melanoma[name](outputs[name].melanoma) for name in NAMES}
        mean = np.sum([self.shares[name] * logits[name] for name in NAMES], axis=0)
        singles = {str(name): sigmoid(values) for name, values in logits.items()}
        return {**singles, "pair": sigmoid(self.melanoma["pair"](mean))}

    def malignant_probabilities(self, outputs: PairOutputs) -> Floats:
        """The pair's: of the weighted mean of both calibrated logits."""
        logits = {name: self.malignant[name](outputs[name].malignant) for name in NAMES}
        return sigmoid(np.sum([self.malignant_shares[name] * logits[name] for name in NAMES], axis=0))


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainGate:
    """How domain logits are read: a common temperature, equal shares, three thresholds."""

    temperature: float
    other_min: float
    clinical_min: float
    dermoscopic_min: float

    def probabilities(self, logits: list[Floats]) -> Floats:
        """(N, 3) in the order of `DOMAINS`, from each classifier's (N, 3) logits."""
        return softmax(np.mean(logits, axis=0) / self.temperature)

    def decide(self, probabilities: Floats) -> NDArray[np.int64]:
        """(N,) index into `DOMAINS`: other first, then clinical, by threshold."""
        clinical = np.where(probabilities[:, 1] >= self.clinical_min, 1, 0)
        return np.where(probabilities[:, 2] >= self.other_min, 2, clinical)

    def is_dermoscopic(self, logits: list[Floats]) -> NDArray[np.bool_]:
        """(N,) whether the photo is taken for dermoscopic without a doubt, so that it may be low."""
        chances = self.probabilities(logits)
        sure: NDArray[np.bool_] = (self.decide(chances) == 0) & (chances[:, 0] >= self.dermoscopic_min)
        return sure


@dataclass(frozen=True, slots=True, kw_only=True)
class GateGoals:
    """What the domain thresholds may cost on dermoscopic validation photos, and what built scenes need."""

    called_other: float = 0.006
    uncertain: float = 0.03
    missed_scenes: float = 0.015  # of the scenes without a lesion
    missed_closeups: float = 0.025  # close-ups that are taken for something else


@dataclass(frozen=True, slots=True, kw_only=True)
class KindDecisions:
    """Scales and thresholds of one kind of photo."""

    calibration: Calibration
    thresholds: Thresholds
    max_gap_probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Decisions:
    """All that validation decided."""

    dermoscopic: KindDecisions
    closeup: KindDecisions
    gate: DomainGate

    def probabilities(self, outputs: PairOutputs) -> dict[str, Floats]:
        """Melanoma by "cnn", "vit" and "pair", each photo by the scales of the kind that it is taken for."""
        plain = self.dermoscopic.calibration.probabilities(outputs)
        near = self.closeup.calibration.probabilities(outputs)
        is_closeup = self._are_closeups(outputs)
        return {name: np.where(is_closeup, near[name], plain[name]) for name in plain}

    def malignant_probabilities(self, outputs: PairOutputs) -> Floats:
        """The pair's, likewise."""
        return np.where(
            self._are_closeups(outputs),
            self.closeup.calibration.malignant_probabilities(outputs),
            self.dermoscopic.calibration.malignant_probabilities(outputs),
        )

    def starts(self, outputs: PairOutputs, level: str) -> Floats:
        """(N,) where a level starts for each photo: the field `level` of `Thresholds`."""
        near, plain = getattr(self.closeup.thresholds, level), getattr(self.dermoscopic.thresholds, level)
        return np.where(self._are_closeups(outputs), float(near), float(plain))

    def _are_closeups(self, outputs: PairOutputs) -> NDArray[np.bool_]:
        domains = self.gate.decide(self.gate.probabilities([part.domain for part in outputs.values()]))
        return np.equal(domains, CLINICAL)


def read_decisions(pair: Mapping[str, Any]) -> Decisions:
    """The decisions that `describe_pair` wrote, as rounded as serving reads them."""
    gate = pair["domain"]
    limits = {name: gate[name] for name in ("other_min", "clinical_min", "dermoscopic_min")}
    return Decisions(
        dermoscopic=_read_kind(pair),
        closeup=_read_kind(pair.get("closeup", pair)),
        gate=DomainGate(temperature=gate["temperatures"][NAMES[0]], **limits),  # one for both
    )


def _read_kind(values: Mapping[str, Any]) -> KindDecisions:
    return KindDecisions(
        calibration=Calibration(
            shares=dict(values["combination"]["weights"]),
            malignant_shares=dict(values["combination"].get("malignant_weights", dict.fromkeys(NAMES, 0.5))),
            melanoma={name: LogitScale(**value) for name, value in values["temperatures"].items()},
            malignant={name: LogitScale(**value) for name, value in values["malignant"].items()},
        ),
        thresholds=Thresholds(**values["thresholds"]),
        max_gap_probability=values["disagreement"]["max_gap_probability"],
    )


def decide_kind(
    scored: Scored,
    goals: ThresholdGoals,
    *,
    can_be_low: NDArray[np.bool_] | None = None,
    is_curved: bool = False,
) -> KindDecisions:
    """Scales and thresholds from the validation photos of one kind; see `choose_thresholds`.

    Args:
        scored: the photos.
        goals: what the thresholds are chosen for.
        can_be_low: of each photo; all of them if None.
        is_curved: whether the pair's scale has a cube, which takes many photos.
    """
    calibration = calibrate_pair(scored, is_curved=is_curved)
    scores = calibration.probabilities(scored.outputs)
    malignant = calibration.malignant_probabilities(scored.outputs)
    everywhere = np.ones(len(scored.photos), bool)
    known = Known(scored.labels, scored.sources, everywhere if can_be_low is None else can_be_low)
    return KindDecisions(
        calibration=calibration,
        thresholds=choose_thresholds(scores["pair"], malignant, known, goals),
        max_gap_probability=choose_gap(scores["cnn"], scores["vit"]),
    )


def calibrate_pair(scored: Scored, *, is_curved: bool = False) -> Calibration:
    """Fit all scales on validation photos with a lesion; keratoses are left out, their truth is not known.

    The melanoma scores are scaled on melanomas and benign lesions: BCC and SCC have a score of their own.
    """
    scored = scored.take(scored.labels != "indeterminate_AK")
    known = scored.take(scored.labels != "other_malignant")
    truth, malignant = known.labels == "melanoma", np.isin(scored.labels, ["melanoma", "other_malignant"])
    weights = balance_weights(truth, known.sources)
    cnn, vit = (fit_affine(known.outputs[name].melanoma, truth, weights) for name in NAMES)
    first, second = cnn(known.outputs["cnn"].melanoma), vit(known.outputs["vit"].melanoma)
    share = choose_weight(first, second, truth, weights)
    fit = fit_curve if is_curved else fit_affine
    pair = fit(share * first + (1 - share) * second, truth, weights)
    weights = balance_weights(malignant, scored.sources)
    scales = {name: fit_affine(scored.outputs[name].malignant, malignant, weights) for name in NAMES}
    first, second = (scales[name](scored.outputs[name].malignant) for name in NAMES)
    malignant_share = choose_weight(first, second, malignant, weights)
    return Calibration(
        shares={"cnn": share, "vit": round(1 - share, 2)},
        malignant_shares={"cnn": malignant_share, "vit": round(1 - malignant_share, 2)},
        melanoma={"cnn": cnn, "vit": vit, "pair": pair},
        malignant={str(name): scale for name, scale in scales.items()},
    )


def choose_gate(
    scenes: list[Floats], domains: NDArray[np.int64], real: Scored, goals: GateGoals
) -> DomainGate:
    """The domain's temperature from built scenes, its thresholds from real dermoscopic photos.

    Args:
        scenes: each classifier's out-of-fold logits (N, 3).
        domains: (N,) what each scene is.
        real: validation photos, all dermoscopic.
        goals: what the thresholds may cost.
    """
    temperature = fit_temperature(np.mean(scenes, axis=0), domains)
    built = softmax(np.mean(scenes, axis=0) / temperature)
    seen = softmax(np.mean([part.domain for part in real.outputs.values()], axis=0) / temperature)

    def choose(column: int, cost: float) -> float:
        # as high as the scenes allow, so that few of another kind are taken; no lower than real photos allow
        needed = np.quantile(built[domains == column, column], goals.missed_scenes)
        return float(np.clip(max(needed, np.quantile(seen[:, column], 1 - cost)), 0.05, 0.95))

    return DomainGate(
        temperature=temperature,
        other_min=choose(2, goals.called_other),
        # a close-up is never low, so finding nearly all of them comes before what it costs dermoscopic photos
        clinical_min=float(np.clip(np.quantile(built[domains == 1, 1], goals.missed_closeups), 0.05, 0.6)),
        dermoscopic_min=float(np.clip(np.quantile(seen[:, 0], goals.uncertain), 0.05, 0.9)),
    )


def describe_pair(scored: Scored, decisions: Decisions) -> dict[str, Any]:
    """pair.json's decisions and reference distributions, from the validation photos."""
    domains = decisions.gate.probabilities([part.domain for part in scored.outputs.values()])
    return {
        **_describe_kind(decisions.dermoscopic),
        "closeup": _describe_kind(decisions.closeup),
        "prevalence_calibrated": 0.5,
        "domain": {
            "labels": list(DOMAINS),
            "combine": "mean over the classifiers of domain_logits / temperature, then softmax",
            "temperatures": dict.fromkeys(NAMES, round(decisions.gate.temperature, 4)),
            "weights": dict.fromkeys(NAMES, 0.5),
            "other_min": round(decisions.gate.other_min, 4),
            "clinical_min": round(decisions.gate.clinical_min, 4),
            "dermoscopic_min": round(decisions.gate.dermoscopic_min, 4),
        },
        "reference": {
            **{name: histogram(values) for name, values in decisions.probabilities(scored.outputs).items()},
            "domain": {name: histogram(domains[:, index]) for index, name in enumerate(DOMAINS)},
        },
        "prevalences": [0.03, 0.05, 0.08],
    }


def _describe_kind(decisions: KindDecisions) -> dict[str, Any]:
    calibration = decisions.calibration
    return {
        "combination": {
            "method": "mean_logit",
            "weights": calibration.shares,
            "malignant_weights": calibration.malignant_shares,
        },
        "temperatures": {name: _scale(value) for name, value in calibration.melanoma.items()},
        "malignant": {name: _scale(value) for name, value in calibration.malignant.items()},
        "thresholds": rounded(decisions.thresholds),
        "disagreement": {"max_gap_probability": round(decisions.max_gap_probability, 4)},
    }


def _scale(value: LogitScale) -> dict[str, float]:
    described = {"scale": round(value.scale, 5), "bias": round(value.bias, 5)}
    return described | ({"cube": round(value.cube, 6)} if value.cube else {})
