"""What the pair does on held-out photos, counted: levels, gates, photos without a lesion, counterfactuals."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.evaluation.metrics import share_with_interval
from inference.judging import judge_photo
from inference.opinions import RawScores, choose_domain, combine_domains, combine_scores
from inference.policy import Policy
from inference.readings import Domain, PhotoFindings, Quality, Reason, RiskLevel
from models.networks.build import NAMES, NetworkName
from models.release.artefacts import Photo
from models.release.counterfactuals import CHANGES, compare_calls
from models.release.files import DOMAINS
from models.release.pair import Decisions
from models.release.scoring import PairScorer, Scored
from models.training.photos import LabelledPhoto, Source

_NEUTRAL = Quality(width_px=300, height_px=300, sharpness=1, brightness=0.5, contrast=0.3, glare=0)


def judge_levels(scored: Scored, pair: Mapping[str, Any]) -> list[RiskLevel]:
    """Each photo's level by the product's own rules, as if its quality were beyond doubt."""
    policy = Policy.from_dict(pair)
    return [judge_photo(_find(scored, at, policy), policy)[0] for at in range(len(scored.photos))]


def count_levels(scored: Scored, pair: Mapping[str, Any]) -> dict[str, Any]:
    """By source and label, the share of photos at each level, with intervals."""
    levels = np.array([level.value for level in judge_levels(scored, pair)])
    counted: dict[str, Any] = {}
    for source in np.unique(scored.sources):
        for label in np.unique(scored.labels[scored.sources == source]):
            chosen = levels[(scored.sources == source) & (scored.labels == label)]
            counted[f"{source}/{label}"] = {level.value: _share(chosen == level.value) for level in RiskLevel}
    return counted


def count_domains(scored: Scored, decisions: Decisions) -> dict[str, Any]:
    """By source, the share of photos that are taken for each kind, and for which that is uncertain."""
    gate = decisions.gate
    chances = gate.probabilities([part.domain for part in scored.outputs.values()])
    decided = gate.decide(chances)
    uncertain = (decided == 0) & (chances[:, 0] < gate.dermoscopic_min)
    figures: dict[str, Any] = {}
    for source in np.unique(scored.sources):
        chosen = scored.sources == source
        figures |= {
            f"{source}_as_{name}": _share(decided[chosen] == column) for column, name in enumerate(DOMAINS)
        }
        figures[f"{source}_uncertain"] = _share(uncertain[chosen])
    return figures


def count_scenes(
    scenes: list[NDArray[np.float64]], domains: NDArray[np.int64], decisions: Decisions
) -> dict[str, Any]:
    """What the gate makes of built scenes, by out-of-fold logits (an estimate: they are built)."""
    decided = decisions.gate.decide(decisions.gate.probabilities(scenes))
    return {
        f"{name}_as_{DOMAINS[column]}": _share(decided[domains == row] == column)
        for row, name in enumerate(DOMAINS)
        for column in range(3)
    }


def count_bare(scored: Scored, decisions: Decisions) -> dict[str, Any]:
    """Photos without a lesion that a score calls melanoma, gate aside."""
    scores = decisions.probabilities(scored.outputs)
    figures = {f"{name}_at_half": _share(values >= 0.5) for name, values in scores.items()}
    return figures | {
        "pair_at_moderate": _share(scores["pair"] >= decisions.starts(scored.outputs, "moderate"))
    }


def measure_counterfactuals(
    photos: list[LabelledPhoto], scorer: PairScorer, decisions: Decisions
) -> dict[str, Any]:
    """By how many points each change moves the share of photos called, of benign photos and of melanomas."""
    plain = scorer.score(photos)
    before = decisions.probabilities(plain.outputs)["pair"]
    figures: dict[str, Any] = {}
    for name, change in CHANGES.items():

        def view(photo: Photo, index: int, change: Any = change) -> Photo:
            changed: Photo = change(photo, np.random.default_rng((7, index)))
            return changed

        seen = scorer.score(photos, view)
        after = decisions.probabilities(seen.outputs)["pair"]
        figures[name] = dict(_compare(plain.labels, before, after, decisions))
        print(name, {key: value["points"] for key, value in figures[name].items()}, flush=True)
    return figures


def pick_evenly(photos: list[LabelledPhoto], most: int) -> list[LabelledPhoto]:
    """At most `most` benign photos and melanomas of each source."""
    picked = []
    for source in Source:
        for label in ("benign", "melanoma"):
            found = [photo for photo in photos if photo.source is source and photo.label == label]
            picked += found[:: max(len(found) // most, 1)][:most]
    return picked


def _compare(
    labels: NDArray[np.str_], before: NDArray[np.float64], after: NDArray[np.float64], decisions: Decisions
) -> Iterable[tuple[str, dict[str, Any]]]:
    thresholds = decisions.dermoscopic.thresholds
    cuts = {"moderate": thresholds.moderate, "half": 0.5, "high": thresholds.high}
    for label in ("benign", "melanoma"):
        chosen = labels == label
        for level, threshold in cuts.items():
            yield f"{label}_at_{level}", compare_calls(before[chosen], after[chosen], threshold)


def _find(scored: Scored, at: int, policy: Policy) -> PhotoFindings:
    raw: dict[NetworkName, RawScores] = {}
    for name in NAMES:
        part = scored.outputs[name]
        first, second, third = part.domain[at]
        raw[name] = RawScores(
            melanoma_logit=float(part.melanoma[at]),
            malignant_logit=float(part.malignant[at]),
            domain_logits=(float(first), float(second), float(third)),
        )
    chances = combine_domains(raw, policy.domain)
    domain = choose_domain(chances, policy.domain)
    scores = combine_scores(raw, policy.for_domain(domain))
    return PhotoFindings(
        quality=_NEUTRAL,
        domain=domain,
        domain_probabilities=chances,
        gate=(Reason.NO_LESION,) if domain is Domain.OTHER and policy.finder is None else (),
        opinions=scores.opinions,
        probability=scores.probability,
        malignant_probability=scores.malignant_probability,
    )


def _share(hits: NDArray[np.bool_]) -> dict[str, Any]:
    return share_with_interval(int(hits.sum()), len(hits)).to_dict()
