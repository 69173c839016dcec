"""The drift monitor notices photos that have changed, and nothing else."""

import numpy as np
import pytest

from inference.evaluation.drift import DriftState, compare, find_psi
from inference.evaluation.drift_reference import (
    KEY,
    DriftReferenceError,
    describe_reference,
    measure_photo,
    read_reference,
)
from inference.readings import Domain, OpinionFindings, PhotoFindings, Quality, Reason

MELANOMA_SHARE = 0.4


def draw_photo(rng: np.random.Generator, *, melanoma: bool) -> PhotoFindings:
    """A dermoscopic photo as validation photos are: melanomas score higher and are darker."""
    score = float(rng.beta(6, 3) if melanoma else rng.beta(2, 6))
    clinical, other = float(rng.beta(1, 30)), float(rng.beta(1, 200))
    return PhotoFindings(
        quality=Quality(
            width_px=300,
            height_px=300,
            sharpness=float(rng.normal(1.4, 0.15)),
            brightness=float(rng.beta(8, 6) if melanoma else rng.beta(10, 5)),
            contrast=float(rng.beta(6, 9)),
            glare=float(rng.choice([0.0, rng.beta(1, 40)])),
        ),
        domain=Domain.DERMOSCOPIC,
        domain_probabilities={
            Domain.DERMOSCOPIC: 1 - clinical - other,
            Domain.CLINICAL: clinical,
            Domain.OTHER: other,
        },
        gate=(),
        opinions=(
            OpinionFindings(classifier="cnn", probability=score, malignant_probability=score),
            OpinionFindings(classifier="vit", probability=score, malignant_probability=score),
        ),
        probability=score,
        malignant_probability=score,
    )


def draw(rng: np.random.Generator, count: int, *, share: float) -> list[tuple[PhotoFindings, bool]]:
    truths = rng.random(count) < share
    return [(draw_photo(rng, melanoma=bool(truth)), bool(truth)) for truth in truths]


def measured(photos: list[tuple[PhotoFindings, bool]]) -> list[dict[str, float]]:
    return [measure_photo(findings) for findings, _ in photos]


@pytest.fixture(scope="module")
def reference():
    photos = draw(np.random.default_rng(1), 1000, share=MELANOMA_SHARE)
    return read_reference({KEY: describe_reference(photos)})


@pytest.mark.parametrize("count", [60, 300])
@pytest.mark.parametrize("seed", range(4))
def test_photos_of_the_same_kind_are_steady(reference, count, seed):
    photos = draw(np.random.default_rng(100 + seed), count, share=MELANOMA_SHARE)
    report = compare(reference, measured(photos))
    assert report.state is DriftState.STEADY, report


def test_fewer_melanomas_alone_are_no_change(reference):
    """A practice sends 5 of 100; the validation set holds 40."""
    photos = draw(np.random.default_rng(7), 400, share=0.05)
    assert compare(reference, measured(photos)).state is DriftState.STEADY


def test_half_of_the_photos_dark_is_noticed(reference):
    photos = measured(draw(np.random.default_rng(8), 100, share=MELANOMA_SHARE))
    for photo in photos[::2]:
        photo["brightness"] *= 0.35
    report = compare(reference, photos)
    states = {each.measure: each.state for each in report.measures}
    assert states["brightness"] is DriftState.DRIFTED
    assert {name for name, state in states.items() if state is not DriftState.STEADY} == {"brightness"}


def test_half_of_the_photos_clinical_is_noticed(reference):
    photos = measured(draw(np.random.default_rng(9), 100, share=MELANOMA_SHARE))
    for photo in photos[::2]:
        photo["clinical"], photo["dermoscopic"] = 0.9, 0.08
    report = compare(reference, photos)
    assert {each.measure for each in report.measures if each.state is DriftState.DRIFTED} == {
        "clinical",
        "dermoscopic",
    }


def test_scores_that_no_mixture_explains_are_noticed(reference):
    photos = measured(draw(np.random.default_rng(10), 200, share=MELANOMA_SHARE))
    for photo in photos:
        photo["pair"] = 0.5
    state = {each.measure: each.state for each in compare(reference, photos).measures}
    assert state["pair"] is DriftState.DRIFTED


def test_few_photos_say_nothing(reference):
    report = compare(reference, measured(draw(np.random.default_rng(2), 49, share=MELANOMA_SHARE)))
    assert report.state is DriftState.TOO_FEW
    assert all(each.psi is None and each.p_value is None for each in report.measures)


def test_no_photo_at_all_says_nothing(reference):
    report = compare(reference, [])
    assert (report.photos, report.state) == (0, DriftState.TOO_FEW)
    assert all(each.median is None for each in report.measures)


def test_a_gated_photo_counts_for_quality_and_domain_only():
    findings = draw_photo(np.random.default_rng(3), melanoma=True)
    gated = PhotoFindings(
        quality=findings.quality,
        domain=findings.domain,
        domain_probabilities=findings.domain_probabilities,
        gate=(Reason.QUALITY,),
        opinions=(),
        probability=None,
        malignant_probability=None,
    )
    assert set(measure_photo(findings)) - set(measure_photo(gated)) == {"cnn", "vit", "pair"}


def test_the_same_photos_give_the_same_answer(reference):
    photos = measured(draw(np.random.default_rng(4), 80, share=MELANOMA_SHARE))
    assert compare(reference, photos) == compare(reference, photos)


def test_psi_is_zero_for_the_same_shares_and_grows():
    expected = np.array([0.25, 0.25, 0.25, 0.25])
    same = find_psi(np.array([1000, 1000, 1000, 1000]), expected)
    apart = find_psi(np.array([4000, 0, 0, 0]), expected)
    assert same == pytest.approx(0, abs=1e-9)
    assert apart > 5


def test_a_pair_without_a_reference_of_its_own_falls_back_to_its_histograms():
    counts, edges = [5, 80, 15], [0.0, 0.3, 0.6, 1.0]
    old = {"counts": counts, "edges": edges}
    reference = read_reference({"reference": {"pair": old, "domain": {"other": old}}})
    assert set(reference) == {"pair", "other"}
    assert reference["pair"].counts.tolist() == [counts]
    assert reference["pair"].count([0.29, 0.3, 0.61, 1.0]).tolist() == [1, 1, 2]


def test_a_pair_without_any_reference_compares_nothing():
    assert compare(read_reference({"reference": {}}), [{"pair": 0.5}] * 100).measures == ()


def test_bins_that_hold_hardly_anything_join_each_other_and_no_large_one():
    counts = {"other": [0, 1, 998, 0, 0, 1]}
    reference = read_reference({KEY: {"measures": {"glare": {"cuts": [1, 2, 3, 4, 5], "counts": counts}}}})
    assert reference["glare"].cuts.tolist() == [2, 3]
    assert reference["glare"].counts.tolist() == [[1, 998, 1]]


def test_photos_where_the_reference_has_none_are_noticed():
    measure = {"cuts": [0.5], "counts": {"melanoma": [300, 0], "other": [700, 0]}}
    reference = read_reference({KEY: {"measures": {"clinical": measure}}})
    changed = [{"clinical": value} for value in [0.0] * 60 + [1.0] * 20]
    assert compare(reference, changed).state is DriftState.DRIFTED
    assert compare(reference, [{"clinical": 0.0}] * 80).state is DriftState.STEADY


@pytest.mark.parametrize(
    "measure",
    [
        {"cuts": [0.5], "counts": {"other": [1, 2, 3]}},
        {"cuts": [0.5, 0.5], "counts": {"other": [1, 2, 3]}},
        {},
    ],
)
def test_a_damaged_reference_is_refused(measure):
    with pytest.raises(DriftReferenceError, match="reference"):
        read_reference({KEY: {"measures": {"pair": measure}}})
