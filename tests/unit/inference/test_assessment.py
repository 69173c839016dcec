"""What raises a level, what forbids `low`, and that nothing lowers one."""

from dataclasses import replace
from itertools import chain, combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.assessment import abcde_level, assess, is_score_decisive, seven_point_score
from inference.boxes import Box
from inference.findings import choose_lesion
from inference.judging import RANK, find_leading_lesion, judge_lesions
from inference.policy import Policy
from inference.readings import (
    Abcde,
    Context,
    Domain,
    LesionFindings,
    OpinionFindings,
    PhotoFindings,
    Quality,
    QualityFault,
    Reason,
    RedFlag,
    RiskLevel,
    SevenPoint,
    SpecialSite,
)
from tests.support.tiny_release import tiny_pair

POLICY = Policy.from_dict(tiny_pair())  # moderate 0.2, high 0.6, malignant 0.4 and 0.8, gap 0.5
EMPTY = Context()


def make_findings(
    probability=0.05,
    *,
    malignant=0.0,
    opinions=None,
    gate=(),
    domain=Domain.DERMOSCOPIC,
    sure=0.95,
    faults=(),
):
    cnn, vit = opinions or (probability, probability)
    is_read = not gate
    return PhotoFindings(
        quality=Quality(
            width_px=600,
            height_px=600,
            sharpness=1.5,
            brightness=0.6,
            contrast=0.4,
            glare=0.0,
            faults=faults,
        ),
        domain=domain,
        domain_probabilities={domain: sure},
        gate=gate,
        opinions=(
            OpinionFindings(classifier="cnn", probability=cnn, malignant_probability=malignant),
            OpinionFindings(classifier="vit", probability=vit, malignant_probability=malignant),
        )
        if is_read
        else (),
        probability=probability if is_read else None,
        malignant_probability=malignant if is_read else None,
    )


BLURRED = make_findings(gate=(Reason.QUALITY,), faults=(QualityFault.BLURRED,))


def all_subsets(values):
    values = list(values)
    return [
        frozenset(part)
        for part in chain.from_iterable(combinations(values, n) for n in range(len(values) + 1))
    ]


@pytest.mark.parametrize(
    ("probability", "level", "reason"),
    [
        (0.0, RiskLevel.LOW, Reason.SCORE_LOW),
        (0.1999, RiskLevel.LOW, Reason.SCORE_LOW),
        (0.2, RiskLevel.MODERATE, Reason.SCORE_MODERATE),
        (0.5999, RiskLevel.MODERATE, Reason.SCORE_MODERATE),
        (0.6, RiskLevel.HIGH, Reason.SCORE_HIGH),
        (1.0, RiskLevel.HIGH, Reason.SCORE_HIGH),
    ],
)
def test_a_score_gives_the_level_whose_threshold_it_reaches(probability, level, reason):
    result = assess([make_findings(probability)], EMPTY, POLICY)
    assert (result.level, result.reasons) == (level, (reason,))


def test_all_128_answers_to_the_7_points_follow_the_weights_and_the_rule_of_3():
    majors = {SevenPoint.CHANGE_IN_SIZE, SevenPoint.IRREGULAR_SHAPE, SevenPoint.IRREGULAR_COLOUR}
    answers = all_subsets(SevenPoint)
    assert len(answers) == 128
    for answer in answers:
        score = 2 * len(answer & majors) + len(answer - majors)
        assert seven_point_score(answer) == score
        for photo, least in ((make_findings(0.0), RiskLevel.LOW), (BLURRED, RiskLevel.NOT_ASSESSABLE)):
            result = assess([photo], Context(seven_point=answer), POLICY)
            assert result.level is (RiskLevel.HIGH if score >= 3 else least), answer
            assert (Reason.SEVEN_POINT in result.reasons) == (score >= 3)


def test_all_64_answers_to_abcde_and_the_ugly_duckling_follow_our_rule():
    answers = all_subsets(Abcde)
    assert len(answers) == 64
    for answer in answers:
        is_high = len(answer) >= 2 or bool(answer & {Abcde.EVOLUTION, Abcde.UGLY_DUCKLING})
        for photo, least in ((make_findings(0.0), RiskLevel.LOW), (BLURRED, RiskLevel.NOT_ASSESSABLE)):
            expected = RiskLevel.HIGH if is_high else RiskLevel.MODERATE if answer else least
            assert assess([photo], Context(abcde=answer), POLICY).level is expected, answer


def test_one_letter_alone_asks_for_moderate_and_none_for_nothing():
    assert abcde_level({Abcde.BORDER}) is RiskLevel.MODERATE
    assert abcde_level(()) is RiskLevel.NOT_ASSESSABLE


@pytest.mark.parametrize("flag", RedFlag)
@pytest.mark.parametrize("photo", [make_findings(0.0), make_findings(0.3), BLURRED])
def test_any_red_flag_makes_any_case_high_and_comes_first(flag, photo):
    result = assess([photo], Context(red_flags=frozenset({flag})), POLICY)
    assert result.level is RiskLevel.HIGH
    assert result.reasons[0] is Reason.RED_FLAG


@pytest.mark.parametrize(
    ("context", "reason"),
    [
        (Context(skin_type=5), Reason.SKIN_TYPE),
        (Context(skin_type=6), Reason.SKIN_TYPE),
        (Context(under_18=True), Reason.UNDER_18),
        *((Context(sites=frozenset({site})), Reason.SITE) for site in SpecialSite),
    ],
)
def test_what_the_networks_never_learnt_is_never_low(context, reason):
    result = assess([make_findings(0.0)], context, POLICY)
    assert (result.level, result.photo_levels) == (RiskLevel.MODERATE, (RiskLevel.MODERATE,))
    assert result.model_level is RiskLevel.LOW
    assert result.reasons == (reason, Reason.SCORE_LOW)


def test_skin_type_iv_an_adult_and_no_special_site_leave_a_low_as_it_is():
    context = Context(skin_type=4, under_18=False, sites=frozenset())
    result = assess([make_findings(0.0)], context, POLICY)
    assert (result.level, result.unanswered) == (RiskLevel.LOW, ())


def test_a_low_says_which_questions_are_open_and_other_levels_do_not():
    assert assess([make_findings(0.0)], EMPTY, POLICY).unanswered == ("skin_type", "site")
    assert assess([make_findings(0.0)], Context(skin_type=2), POLICY).unanswered == ("site",)
    assert assess([make_findings(0.3)], EMPTY, POLICY).unanswered == ()


@pytest.mark.parametrize(
    ("domain", "sure", "reason"),
    [
        (Domain.CLINICAL, 0.9, Reason.CLINICAL_PHOTO),
        (Domain.DERMOSCOPIC, 0.4, Reason.DOMAIN_UNCERTAIN),
    ],
)
def test_a_photo_out_of_domain_is_never_low(domain, sure, reason):
    result = assess([make_findings(0.0, domain=domain, sure=sure)], EMPTY, POLICY)
    assert (result.level, result.reasons) == (RiskLevel.MODERATE, (reason, Reason.SCORE_LOW))


@pytest.mark.parametrize(
    ("probability", "level"), [(0.1, RiskLevel.MODERATE), (0.4, RiskLevel.HIGH), (0.9, RiskLevel.HIGH)]
)
def test_a_disagreement_raises_the_level_by_one(probability, level):
    result = assess([make_findings(probability, opinions=(0.05, 0.6))], EMPTY, POLICY)
    assert result.level is level
    assert Reason.DISAGREEMENT in result.reasons


def test_opinions_just_within_the_gap_do_not_disagree():
    result = assess([make_findings(0.1, opinions=(0.05, 0.55))], EMPTY, POLICY)
    assert result.level is RiskLevel.LOW


@pytest.mark.parametrize(
    ("opinions", "level"),
    [((0.25, 0.3), RiskLevel.MODERATE), ((0.65, 0.7), RiskLevel.HIGH), ((0.1, 0.3), RiskLevel.LOW)],
)
def test_what_both_networks_say_alone_is_not_talked_down_by_the_pair(opinions, level):
    """The pair's own calibration may not make "both unclear" a `low`."""
    assert assess([make_findings(0.15, opinions=opinions)], EMPTY, POLICY).level is level


@pytest.mark.parametrize(
    ("malignant", "level"), [(0.39, RiskLevel.LOW), (0.4, RiskLevel.MODERATE), (0.8, RiskLevel.HIGH)]
)
def test_another_skin_cancer_raises_the_level_and_not_the_melanoma_score(malignant, level):
    result = assess([make_findings(0.01, malignant=malignant)], EMPTY, POLICY)
    assert result.level is level
    assert (Reason.OTHER_MALIGNANCY in result.reasons) == (level is not RiskLevel.LOW)


def test_a_case_takes_the_highest_level_of_its_readable_photos():
    photos = [BLURRED, make_findings(0.01), make_findings(0.7), make_findings(0.9), make_findings(0.3)]
    result = assess(photos, EMPTY, POLICY)
    assert result.level is RiskLevel.HIGH
    assert result.leading_photo == 3
    assert result.photo_levels == (
        RiskLevel.NOT_ASSESSABLE,
        RiskLevel.LOW,
        RiskLevel.HIGH,
        RiskLevel.HIGH,
        RiskLevel.MODERATE,
    )


def test_a_case_whose_photos_are_all_refused_is_not_assessable_and_says_why():
    result = assess([BLURRED, make_findings(gate=(Reason.NO_LESION,))], EMPTY, POLICY)
    assert (result.level, result.leading_photo) == (RiskLevel.NOT_ASSESSABLE, 0)
    assert result.reasons == (Reason.QUALITY,)


def test_scores_asked_for_without_gate_leave_the_level_not_assessable():
    from dataclasses import replace

    scored = replace(make_findings(0.99), gate=(Reason.QUALITY,))
    assert assess([scored], EMPTY, POLICY).level is RiskLevel.NOT_ASSESSABLE


def test_a_case_without_photos_is_refused():
    with pytest.raises(ValueError, match="at least one photo"):
        assess([], EMPTY, POLICY)


shares = st.floats(0, 1)
photos = st.one_of(
    st.just(BLURRED),
    st.builds(
        lambda p, m, c, v, d, s: make_findings(p, malignant=m, opinions=(c, v), domain=d, sure=s),
        *(shares, shares, shares, shares),
        st.sampled_from([Domain.DERMOSCOPIC, Domain.CLINICAL]),
        shares,
    ),
)


def maybe(values):
    return st.none() | values


contexts = st.builds(
    Context,
    skin_type=maybe(st.integers(1, 6)),
    under_18=maybe(st.booleans()),
    sites=maybe(st.frozensets(st.sampled_from(SpecialSite))),
    seven_point=maybe(st.frozensets(st.sampled_from(SevenPoint))),
    abcde=maybe(st.frozensets(st.sampled_from(Abcde))),
    red_flags=st.frozensets(st.sampled_from(RedFlag)),
)


@given(st.lists(photos, min_size=1, max_size=4), contexts)
def test_no_context_ever_lowers_a_level(case, context):
    plain, told = assess(case, EMPTY, POLICY), assess(case, context, POLICY)
    assert RANK[told.level] >= RANK[plain.level]
    assert told.model_level is plain.model_level


@given(st.lists(photos, min_size=1, max_size=3), photos, contexts)
def test_another_photo_never_lowers_a_level(case, photo, context):
    before, after = assess(case, context, POLICY), assess([*case, photo], context, POLICY)
    assert RANK[after.level] >= RANK[before.level]


@given(shares, shares, shares, contexts)
def test_a_higher_score_never_lowers_a_level(one, other, malignant, context):
    low, high = sorted((one, other))
    levels = [
        assess([make_findings(p, malignant=malignant, opinions=(0.1, 0.2))], context, POLICY).level
        for p in (low, high)
    ]
    assert RANK[levels[0]] <= RANK[levels[1]]


@given(st.lists(photos, min_size=1, max_size=4), contexts)
def test_every_level_has_a_reason_and_the_leading_photo_carries_it(case, context):
    result = assess(case, context, POLICY)
    assert result.reasons
    assert len(set(result.reasons)) == len(result.reasons)
    assert len(result.photo_levels) == len(case)
    assert RANK[result.photo_levels[result.leading_photo]] == max(
        RANK[level] for level in result.photo_levels
    )


@given(st.lists(photos, min_size=1, max_size=4), contexts)
def test_never_low_where_low_is_forbidden(case, context):
    result = assess(case, context, POLICY)
    if (context.skin_type or 0) >= 5 or context.under_18 or context.sites:
        assert RiskLevel.LOW not in (result.level, *result.photo_levels)


@given(photos, contexts)
def test_a_level_that_anything_raised_is_not_the_scores(photo, context):
    """Whatever raised the level above both scores, the melanoma score is not said to give it."""
    result = assess([photo], context, POLICY)
    if photo.gate:
        assert not is_score_decisive(result)
        return
    cuts = POLICY.thresholds
    score = max(photo.probability, min(each.probability for each in photo.opinions))
    alone = RiskLevel.HIGH if score >= cuts.high else RiskLevel.MODERATE
    alone = RiskLevel.LOW if score < cuts.moderate else alone
    assert is_score_decisive(result) is (alone is result.level)


@pytest.mark.parametrize("flag", RedFlag)
def test_a_low_that_worry_raised_is_not_the_scores(flag):
    plain = assess([make_findings(0.05)], EMPTY, POLICY)
    worried = assess([make_findings(0.05)], Context(red_flags=frozenset({flag})), POLICY)
    assert (plain.level, is_score_decisive(plain)) == (RiskLevel.LOW, True)
    assert (worried.level, is_score_decisive(worried)) == (RiskLevel.HIGH, False)


def make_lesion(probability, *, malignant=0.0, gate=()):
    photo = make_findings(probability, malignant=malignant, gate=gate)
    return LesionFindings(
        box=Box(10, 10, 90, 90),
        outline=((10, 10), (90, 10), (90, 90)),
        gate=gate,
        domain=photo.domain,
        domain_probabilities=photo.domain_probabilities,
        opinions=photo.opinions,
        probability=photo.probability,
        malignant_probability=photo.malignant_probability,
    )


def make_photo_of(*lesions, count=None, gate=()):
    whole = replace(
        make_findings(lesions[0].probability or 0.0, gate=gate),
        lesions=lesions,
        lesion_count=count or len(lesions),
    )
    return choose_lesion(whole, 0)


def judge(photo):
    assessment = assess([photo], EMPTY, POLICY)
    return assessment.level, set(assessment.reasons)


LOW, MIDDLE, HIGH = make_lesion(0.05), make_lesion(0.4), make_lesion(0.9)


def test_one_lesion_is_judged_as_a_photo_of_it():
    assert judge(make_photo_of(LOW)) == (RiskLevel.LOW, {Reason.SCORE_LOW})


def test_of_several_lesions_the_highest_level_counts():
    photo = make_photo_of(LOW, HIGH, MIDDLE)
    assert judge(photo) == (RiskLevel.HIGH, {Reason.SCORE_HIGH, Reason.SEVERAL_LESIONS})
    assert photo.probability == 0.05
    assert find_leading_lesion(photo, POLICY) == 1
    assert judge_lesions(photo, POLICY) == (RiskLevel.LOW, RiskLevel.HIGH, RiskLevel.MODERATE)


def test_several_lesions_are_never_low_before_one_is_picked():
    photo = make_photo_of(LOW, LOW)
    assert judge(photo) == (RiskLevel.MODERATE, {Reason.SCORE_LOW, Reason.SEVERAL_LESIONS})
    assert judge(choose_lesion(photo, 1, is_picked=True)) == (RiskLevel.LOW, {Reason.SCORE_LOW})


def test_more_lesions_than_are_read_are_never_low_not_even_picked():
    photo = choose_lesion(make_photo_of(*[LOW] * 5, count=8), 2, is_picked=True)
    assert judge(photo) == (RiskLevel.MODERATE, {Reason.SCORE_LOW, Reason.MANY_LESIONS})
    assert judge(make_photo_of(*[LOW] * 5, count=8))[1] == {Reason.SCORE_LOW, Reason.MANY_LESIONS}


def test_a_lesion_that_cannot_be_read_does_not_lower_the_level_of_another():
    few = make_lesion(0.9, gate=(Reason.FEW_PIXELS,))
    photo = choose_lesion(make_photo_of(few, MIDDLE), 1)
    assert judge(photo) == (RiskLevel.MODERATE, {Reason.SCORE_MODERATE, Reason.SEVERAL_LESIONS})
    only = make_photo_of(few, gate=(Reason.FEW_PIXELS,))
    assert judge(only) == (RiskLevel.NOT_ASSESSABLE, {Reason.FEW_PIXELS})


def test_a_refused_photo_has_no_level_whatever_its_lesions_score():
    photo = replace(make_photo_of(HIGH, LOW), gate=(Reason.QUALITY,))
    assert judge(photo) == (RiskLevel.NOT_ASSESSABLE, {Reason.QUALITY})


def test_the_photo_with_the_highest_lesion_leads():
    photos = [make_photo_of(MIDDLE), make_photo_of(LOW, make_lesion(0.5))]
    assert assess(photos, EMPTY, POLICY).leading_photo == 1


def test_another_malignancy_in_any_lesion_raises_the_level():
    photo = make_photo_of(LOW, make_lesion(0.05, malignant=0.5))
    assert judge(photo)[0] is RiskLevel.MODERATE
    assert Reason.OTHER_MALIGNANCY in judge(photo)[1]


@pytest.mark.parametrize(
    ("melanoma", "malignant", "level", "is_named"),
    [
        (0.05, 0.3, RiskLevel.LOW, False),
        (0.05, 0.5, RiskLevel.MODERATE, True),
        (0.05, 0.9, RiskLevel.HIGH, True),
        (0.3, 0.3, RiskLevel.MODERATE, False),
        (0.3, 0.5, RiskLevel.MODERATE, True),  # either cancer: both are named
        (0.3, 0.9, RiskLevel.HIGH, True),
        (0.9, 0.95, RiskLevel.HIGH, False),  # a melanoma is malignant, too
    ],
)
def test_another_cancer_is_named_where_the_malignant_score_asks_for_no_less(
    melanoma, malignant, level, is_named
):
    told = assess([make_findings(melanoma, malignant=malignant)], EMPTY, POLICY)
    assert told.level is level
    assert (Reason.OTHER_MALIGNANCY in told.reasons) is is_named


def test_a_better_photo_that_may_show_the_lesion_forbids_low_and_raises_nothing_else():
    for photo, least in (
        (make_findings(0.0), RiskLevel.MODERATE),
        (make_findings(1.0), RiskLevel.HIGH),
        (BLURRED, RiskLevel.NOT_ASSESSABLE),
    ):
        result = assess([photo], Context(raised_by="N-4F7K2M"), POLICY)
        assert (result.level, result.photo_levels) == (least, (least,))
        assert result.unanswered == ()
        assert result.reasons == assess([photo], EMPTY, POLICY).reasons
