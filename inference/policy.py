"""pair.json as typed values: how scores are combined, where the levels start, what the gates refuse.

Every number was fixed on validation data when the pair was released; nothing here has a default but the
quality gate, whose constants say where they come from.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Self, TypeVar

import numpy as np

from inference.finder_policy import FINDER, FinderPolicy
from inference.fusion import FusionPolicy
from inference.readings import ClassifierName, Domain

CLASSIFIERS: tuple[ClassifierName, ...] = ("cnn", "vit")
_Logit = TypeVar("_Logit", float, np.ndarray[Any, np.dtype[np.float64]])


class PolicyError(ValueError):
    """pair.json lacks a key or holds a value out of range; the text names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogitScale:
    """A calibration: calibrated logit = scale * logit + bias + cube * logit ** 3."""

    scale: float  # above 0
    bias: float
    cube: float = 0.0  # at least 0, so that a higher logit stays a higher one

    def __call__(self, logit: _Logit) -> _Logit:
        """The calibrated logit, or (N,) of them."""
        return (self.scale + self.cube * logit * logit) * logit + self.bias


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """Where a level starts, as probabilities at 50 % prevalence."""

    moderate: float
    high: float
    malignant_moderate: float
    malignant_high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainPolicy:
    """How the classifiers' domain logits become one domain."""

    temperatures: Mapping[ClassifierName, float]
    weights: Mapping[ClassifierName, float]
    other_min: float  # probability from which a photo shows no lesion
    clinical_min: float  # probability from which it is a plain close-up
    dermoscopic_min: float  # below it a photo taken for dermoscopic is called uncertain


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityLimits:
    """What the quality gate refuses. Measures as in `inference.quality`.

    The defaults were set on half of the 14,600 dermoscopic training photos; of the other half they refuse
    none of 4,532 benign ones and 4 of 2,335 melanomas. `python -m inference.evaluation.quality_calibration`
    repeats it and shows from which step on a synthetic defect is refused.
    """

    min_side_px: int = 96
    min_sharpness: float = 1.073
    min_brightness: float = 0.057
    max_brightness: float = 0.97
    min_contrast: float = 0.034
    max_glare: float = 0.789
    min_colour: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What turns scores into a level. A case records them, so that it can be judged again by the same."""

    moderate: float
    high: float
    malignant_moderate: float
    malignant_high: float
    max_gap_probability: float
    dermoscopic_min: float
    closeup: Mapping[str, float] | None = None  # thresholds and largest gap of close-ups, if they differ
    fusion: FusionPolicy | None = None

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """The rules that `dataclasses.asdict` made a dictionary of."""
        fusion = stored.get("fusion")
        return cls(**{**stored, "fusion": FusionPolicy(**fusion) if fusion is not None else None})


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseupPolicy:
    """What is different for a close-up: scales and thresholds from validation close-ups."""

    weights: Mapping[ClassifierName, float]
    malignant_weights: Mapping[ClassifierName, float]
    melanoma: Mapping[ClassifierName, LogitScale]
    malignant: Mapping[ClassifierName, LogitScale]
    pair: LogitScale
    thresholds: Thresholds
    max_gap_probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """All that turns raw scores into an assessment."""

    weights: Mapping[ClassifierName, float]  # of the calibrated logits' mean; they add up to 1
    malignant_weights: Mapping[ClassifierName, float]  # the same of the malignant logits
    melanoma: Mapping[ClassifierName, LogitScale]
    malignant: Mapping[ClassifierName, LogitScale]
    pair: LogitScale
    thresholds: Thresholds
    max_gap_probability: float  # between the two opinions; more is a disagreement
    domain: DomainPolicy
    quality: QualityLimits = field(default_factory=QualityLimits)
    prevalences: tuple[float, ...] = (0.05,)  # at which reports give predictive values
    finder: FinderPolicy | None = None  # None: the networks read the whole photo (pairs before 0.4)
    fusion: FusionPolicy | None = None  # None: a close-up and a dermoscopic photo are not read together
    closeup: CloseupPolicy | None = None  # None: close-ups are read as dermoscopic photos are (before 0.4)

    def for_domain(self, domain: Domain) -> Self:
        """The policy with the scales and thresholds of one kind of photo."""
        if self.closeup is None or domain is not Domain.CLINICAL:
            return self
        return replace(
            self, **{each.name: getattr(self.closeup, each.name) for each in fields(CloseupPolicy)}
        )

    @classmethod
    def from_dict(cls, pair: Mapping[str, Any]) -> Self:
        """The policy in pair.json's content.

        Raises:
            PolicyError: a key is missing or a value is out of range; the text names it.
        """
        try:
            return cls._parse(pair)
        except KeyError as error:
            raise PolicyError(f"pair.json lacks the key {error.args[0]!r}") from error
        except (TypeError, AttributeError, ValueError) as error:
            raise PolicyError(f"pair.json holds a value that cannot be used: {error}") from error

    @property
    def rules(self) -> Rules:
        """What a case records of it."""
        near = self.closeup
        return Rules(
            **asdict(self.thresholds),
            max_gap_probability=self.max_gap_probability,
            dermoscopic_min=self.domain.dermoscopic_min,
            fusion=self.fusion,
            closeup=None
            if near is None
            else {**asdict(near.thresholds), "max_gap_probability": near.max_gap_probability},
        )

    def with_rules(self, rules: Rules) -> Self:
        """The same policy with a case's rules. Its scales no longer matter: the case holds the scores."""
        changed = replace(
            self,
            thresholds=Thresholds(**{each.name: getattr(rules, each.name) for each in fields(Thresholds)}),
            max_gap_probability=rules.max_gap_probability,
            domain=replace(self.domain, dermoscopic_min=rules.dermoscopic_min),
            fusion=rules.fusion,
            closeup=None,
        )
        if rules.closeup is None:
            return changed
        near = dict(rules.closeup)
        gap = near.pop("max_gap_probability")
        scales = "weights", "malignant_weights", "melanoma", "malignant", "pair"
        same = {name: getattr(self, name) for name in scales}
        closeup = CloseupPolicy(**same, thresholds=Thresholds(**near), max_gap_probability=gap)
        return replace(changed, closeup=closeup)

    @classmethod
    def _parse(cls, pair: Mapping[str, Any]) -> Self:
        if pair["combination"]["method"] != "mean_logit" or pair["prevalence_calibrated"] != 0.5:
            raise ValueError("only mean_logit, calibrated at a prevalence of 0.5, is known")
        return cls(
            **_kind(pair),
            domain=_domain(pair["domain"]),
            quality=_quality(pair.get("quality", {})),
            prevalences=tuple(_share(value) for value in pair.get("prevalences", (0.05,))),
            finder=FinderPolicy.from_dict(pair[FINDER]) if FINDER in pair else None,
            fusion=FusionPolicy.from_dict(pair["fusion"]) if "fusion" in pair else None,
            closeup=CloseupPolicy(**_kind(pair["closeup"])) if "closeup" in pair else None,
        )


def _number(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{value!r} is not finite")
    return number


def _share(value: Any) -> float:
    share = _number(value)
    if not 0 <= share <= 1:
        raise ValueError(f"{share} is not between 0 and 1")
    return share


def _scales(values: Mapping[str, Any]) -> dict[ClassifierName, LogitScale]:
    return {name: _scale(values[name]) for name in CLASSIFIERS}


def _scale(values: Mapping[str, Any]) -> LogitScale:
    scale, cube = _number(values["scale"]), _number(values.get("cube", 0.0))  # only some have a cube
    if scale <= 0 or cube < 0:
        raise ValueError(f"scale {scale} is not positive, or cube {cube} is negative")
    return LogitScale(scale=scale, bias=_number(values["bias"]), cube=cube)


def _shares(values: Mapping[str, Any]) -> dict[ClassifierName, float]:
    weights = {name: _share(values[name]) for name in CLASSIFIERS}
    total = sum(weights.values())
    if total <= 0:
        raise ValueError("the weights add up to nothing")
    return {name: weight / total for name, weight in weights.items()}


def _thresholds(values: Mapping[str, Any]) -> Thresholds:
    found = Thresholds(**{each.name: _share(values[each.name]) for each in fields(Thresholds)})
    if found.moderate > found.high or found.malignant_moderate > found.malignant_high:
        raise ValueError("a threshold for moderate lies above the one for high")
    return found


def _domain(values: Mapping[str, Any]) -> DomainPolicy:
    temperatures = {name: _number(values["temperatures"][name]) for name in CLASSIFIERS}
    if min(temperatures.values()) <= 0:
        raise ValueError("a domain temperature is not positive")
    return DomainPolicy(
        temperatures=temperatures,
        weights=_shares(values["weights"]),
        other_min=_share(values["other_min"]),
        clinical_min=_share(values["clinical_min"]),
        dermoscopic_min=_share(values.get("dermoscopic_min", 0.5)),
    )


def _kind(values: Mapping[str, Any]) -> dict[str, Any]:
    """What a kind of photo has of its own: the fields of `CloseupPolicy`."""
    combination = values["combination"]
    return {
        "weights": _shares(combination["weights"]),
        # pairs before 0.8 take the mean
        "malignant_weights": _shares(combination.get("malignant_weights", dict.fromkeys(CLASSIFIERS, 0.5))),
        "melanoma": _scales(values["temperatures"]),
        "malignant": _scales(values["malignant"]),
        "pair": _scale(values["temperatures"]["pair"]),
        "thresholds": _thresholds(values["thresholds"]),
        "max_gap_probability": _share(values["disagreement"]["max_gap_probability"]),
    }


def _quality(values: Mapping[str, Any]) -> QualityLimits:
    known = {each.name for each in fields(QualityLimits)}
    numbers = {key: _number(value) for key, value in values.items() if key in known}
    found = QualityLimits(**numbers)  # type: ignore[arg-type]
    return replace(found, min_side_px=int(found.min_side_px))
