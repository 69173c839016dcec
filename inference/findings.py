"""Raw opinions and quality of one photo to its findings: calibration, domain and gates (pure)."""

from collections.abc import Mapping

from inference.opinions import RawScores, choose_domain, combine_domains, combine_scores
from inference.policy import Policy
from inference.readings import ClassifierName, Domain, PhotoFindings, Quality, Reason


def make_findings(
    quality: Quality, raw: Mapping[ClassifierName, RawScores], policy: Policy, *, gate: bool = True
) -> PhotoFindings:
    """All numbers about one photo.

    Args:
        quality: with its faults.
        raw: both networks' scores.
        policy: of the pair that gave them.
        gate: when False, a refused photo keeps its scores beside the refusal.
    """
    domains = combine_domains(raw, policy.domain)
    domain = choose_domain(domains, policy.domain)
    refusals = _refusals(quality, domain)
    scores = combine_scores(raw, policy)
    is_silent = gate and bool(refusals)
    return PhotoFindings(
        quality=quality,
        domain=domain,
        domain_probabilities=domains,
        gate=refusals,
        opinions=() if is_silent else scores.opinions,
        probability=None if is_silent else scores.probability,
        malignant_probability=None if is_silent else scores.malignant_probability,
    )


def _refusals(quality: Quality, domain: Domain) -> tuple[Reason, ...]:
    refusals = []
    if domain is Domain.OTHER:
        refusals.append(Reason.NO_LESION)
    if quality.faults:
        refusals.append(Reason.QUALITY)
    return tuple(refusals)
