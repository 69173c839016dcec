"""Findings are read back as they were written, and judged by the rules that they were answered by."""

import json
from dataclasses import replace

import pytest

from bot.cases.checklist_answers import reassess
from bot.cases.stored_findings import EARLIER_RULES, find_rules
from bot.cases.view import SeenPhoto, seen_photo, split_views, stored_photo
from inference.boxes import Box
from inference.findings import choose_lesion
from inference.policy import Policy
from inference.readings import Context, LesionFindings, Reason, RiskLevel
from inference.release import load_release
from storage.record.cases import NewPhoto
from tests.support.builders import RULES, gated, readable, stored, view
from tests.support.tiny_release import tiny_pair

POLICY = Policy.from_dict(tiny_pair())  # moderate from 0.2, high from 0.6


def lesion(score, *, gate=(), factor=1.0):
    photo = gated(Reason.FEW_PIXELS) if gate else readable(score, score)
    return LesionFindings(
        box=Box(10.5, 20, 110.5, 90),
        outline=((10.5, 20.0), (110.5, 20.0), (60.2, 90.0)),
        gate=gate,
        domain=photo.domain,
        domain_probabilities=photo.domain_probabilities,
        opinions=photo.opinions,
        probability=photo.probability,
        malignant_probability=photo.malignant_probability,
        closer_factor=factor,
    )


SEVERAL = choose_lesion(
    replace(
        readable(0.1, 0.1),
        lesions=(lesion(0.1), lesion(0.9), lesion(0, gate=(Reason.FEW_PIXELS,), factor=2.5)),
        lesion_count=7,
    ),
    0,
)


@pytest.mark.parametrize(
    "findings",
    [
        readable(0.4, 0.6),
        gated(Reason.NO_LESION),
        SEVERAL,
        choose_lesion(SEVERAL, 1, is_picked=True),
        replace(gated(Reason.NO_LESION), lesion_count=0),
    ],
)
def test_findings_survive_the_record(findings):
    seen = SeenPhoto(place=2, photo_hash="ab", findings=findings)
    written = stored_photo(seen, RiskLevel.HIGH, RULES)
    kept = json.loads(json.dumps(written.findings))  # as a database keeps it
    assert seen_photo(replace(written, findings=kept), 9) == seen
    assert written.lesion_count == findings.lesion_count


def test_a_case_is_judged_again_by_the_rules_that_it_was_answered_by():
    """A score of 0.25 is low by its own rules and moderate by today's."""
    case = stored(view(RiskLevel.LOW, (Reason.SCORE_LOW,), readable(0.25, 0.25)))
    own = replace(RULES, moderate=0.4)
    photo = stored_photo(seen_photo(case.photos[0], 1), RiskLevel.LOW, own)
    case = replace(case, photos=(photo,))
    assert reassess(case, Context(), POLICY).assessment.level is RiskLevel.LOW
    assert split_views(case, ["N-A"], POLICY)[0].assessment.level is RiskLevel.LOW
    assert find_rules(case, POLICY).rules == own


def of_earlier(photo: NewPhoto) -> NewPhoto:
    """A photo as version 0.1 wrote it: without rules."""
    return replace(photo, findings={key: value for key, value in photo.findings.items() if key != "rules"})


def test_a_case_of_networks_0_3_0_keeps_their_rules():
    case = stored(view(RiskLevel.MODERATE, (Reason.SCORE_MODERATE,), readable(0.1, 0.1)))
    photos = tuple(of_earlier(photo) for photo in case.photos)
    old = replace(case, photos=photos, versions=case.versions | {"pair": "0.3.0"})
    assert find_rules(old, POLICY).rules == EARLIER_RULES["0.3.0"]
    assert reassess(old, Context(), POLICY).assessment.level is RiskLevel.MODERATE
    unknown = replace(old, versions=case.versions | {"pair": "0.2.9"})
    assert find_rules(unknown, POLICY) == POLICY


def test_the_earlier_rules_are_those_of_the_release():
    release = load_release(graphs=False)
    if release.version in EARLIER_RULES:
        assert release.policy.rules == EARLIER_RULES[release.version]
