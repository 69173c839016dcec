"""What a letter asks for, in both languages, and its text within Telegram's limits."""

from dataclasses import replace
from datetime import UTC, datetime

import pypdfium2
import pytest

from bot.cases.letter import LetterWords, compose_letter
from bot.cases.letter_pdf import write_letter
from bot.cases.letter_text import write_pages
from bot.cases.patient_context import PatientContext
from bot.conversation.wording import plain
from bot.texts import Html
from inference.readings import Abcde, Context, Reason, RedFlag, RiskLevel, SevenPoint, SpecialSite
from storage.clinic.flags import Flag
from tests.support.builders import readable, stored, view, wording

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
OPINION = {"en": "give me your opinion", "fr": "Je vous remercie de votre avis"}
PATHWAY = {"en": "suspected cancer pathway", "fr": "avis dermatologique très rapide"}


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize(
    ("verdict", "asks"),
    [
        (None, "opinion"),
        ("waited-for", "opinion"),
        ("better-photo", "opinion"),
        ("routine", "neither"),
        ("benign", "neither"),
        ("urgent", "pathway"),
    ],
)
def test_a_letter_asks_for_an_opinion_only_if_no_clinic_gave_one(
    language: str, verdict: str | None, asks: str
) -> None:
    words = wording(language)
    said = words.say(f"verdict-{verdict}", pathway=words.urgent()) if verdict else Html()
    for level in (RiskLevel.LOW, RiskLevel.MODERATE, RiskLevel.NOT_ASSESSABLE):
        case = stored(view(level, (), readable(0.5, 0.5)))
        letter = compose_letter(case, words, said=LetterWords(verdict=said), at=NOON)
        assert (OPINION[language] in letter.request) is (asks == "opinion")
        assert (PATHWAY[language] in letter.request) is (asks == "pathway")
        assert any(str(said) == value for _, value in letter.facts) is (verdict is not None)


@pytest.mark.parametrize(
    ("language", "changed"),
    [("en", "has changed; I cannot exclude"), ("fr", "qui évolue ; je ne peux exclure")],
)
@pytest.mark.parametrize("level", [RiskLevel.LOW, RiskLevel.MODERATE])
def test_a_letter_about_a_lesion_that_has_changed_asks_for_what_the_answer_advises(
    language: str, changed: str, level: RiskLevel
) -> None:
    """The caption says “it has changed, as you ticked”: at moderate the pathway, at low an opinion."""
    ticked = Context(seven_point=frozenset({SevenPoint.CHANGE_IN_SIZE}))
    case = stored(replace(view(level, (), readable(0.5, 0.5)), context=ticked))
    letter = compose_letter(case, wording(language), said=LetterWords(), at=NOON)
    assert changed in letter.request.replace("\N{NO-BREAK SPACE}", " ").replace(
        "\N{NARROW NO-BREAK SPACE}", " "
    )
    assert (PATHWAY[language] in letter.request) is (level is RiskLevel.MODERATE)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_at_high_the_pathway_is_asked_for_whatever_a_clinic_answered(language: str) -> None:
    words = wording(language)
    case = stored(view(RiskLevel.HIGH, (), readable(0.95, 0.95)))
    letter = compose_letter(case, words, said=LetterWords(verdict=words.say("verdict-benign")), at=NOON)
    assert PATHWAY[language] in letter.request


@pytest.mark.parametrize(
    ("language", "named"),
    [
        ("en", ("change in size, 7 mm or more", "A (asymmetry), “Ugly duckling”", "Red flags: growth")),
        ("fr", ("taille modifiée, 7 mm ou plus", "A (asymétrie), « Vilain petit canard »", "croissance")),
    ],
)
def test_what_was_ticked_is_named(language: str, named: tuple[str, ...]) -> None:
    ticked = Context(
        seven_point=frozenset({SevenPoint.CHANGE_IN_SIZE, SevenPoint.DIAMETER_7_MM}),
        abcde=frozenset({Abcde.ASYMMETRY, Abcde.UGLY_DUCKLING}),
        red_flags=frozenset({RedFlag.GROWTH}),
    )
    case = stored(replace(view(RiskLevel.HIGH, (), readable(0.9, 0.9)), context=ticked))
    letter = compose_letter(case, wording(language), said=LetterWords(), at=NOON)
    text = " ".join(value.replace("\N{NO-BREAK SPACE}", " ") for _, value in letter.facts)
    for words in named:
        assert words in text


@pytest.mark.parametrize(("language", "places"), [("en", ("nail", "mucosa")), ("fr", ("ongle", "muqueuse"))])
@pytest.mark.parametrize("site", [None, "back", "nail"])
def test_every_special_site_is_named_once_beside_the_site(
    language: str, places: tuple[str, str], site: str | None
) -> None:
    """Another photo of the lesion has another site, or its special site was ticked."""
    sites = frozenset({SpecialSite.NAIL, SpecialSite.MUCOSA})
    seen = replace(view(RiskLevel.MODERATE, (), readable(0.1, 0.1)), context=Context(sites=sites))
    said = LetterWords(patient=PatientContext(site=site))
    facts = dict(compose_letter(stored(seen), wording(language), said=said, at=NOON).facts)
    patient = facts[plain(wording(language).say("letter-fact-patient"))]
    for place in places:
        assert patient.split(" · ").count(place) == 1


@pytest.mark.parametrize(
    ("language", "claim"), [("en", "No name of the patient was given"), ("fr", "Aucun nom de patient")]
)
@pytest.mark.parametrize(
    ("said", "is_claimed"),
    [
        (LetterWords(), True),
        (LetterWords(patient=PatientContext(age="40-59", risks=())), True),
        (LetterWords(patient=PatientContext(sentence="Mrs Smith says it itches")), False),
        (LetterWords(reference="Smith"), False),
    ],
)
def test_a_letter_with_free_text_does_not_say_that_it_holds_no_name(
    language: str, claim: str, said: LetterWords, *, is_claimed: bool
) -> None:
    case = stored(view(RiskLevel.LOW, (), readable(0.1, 0.1)))
    letter = compose_letter(case, wording(language), said=said, at=NOON)
    assert (claim in letter.footer) is is_claimed
    assert letter.footer.endswith(".")


@pytest.mark.parametrize(("language", "line"), [("en", "Case: N-"), ("fr", "Cas\N{NO-BREAK SPACE}: N-")])
def test_a_fact_in_the_text_to_copy_is_set_as_its_language_sets_a_colon(language: str, line: str) -> None:
    case = stored(view(RiskLevel.LOW, (), readable(0.1, 0.1)))
    letter = compose_letter(case, wording(language), said=LetterWords(), at=NOON)
    (page,) = write_pages(letter, wording(language))
    assert any(each.startswith(line) for each in page.splitlines())


def test_a_long_letter_is_several_messages_and_loses_nothing() -> None:
    said = LetterWords(patient=PatientContext(sentence="<b>no markup</b> & more"), reference="A 1")
    case = stored(view(RiskLevel.LOW, (), readable(0.1, 0.1)))
    letter = compose_letter(case, wording("en"), said=said, at=NOON)
    (page,) = write_pages(letter, wording("en"))
    assert "<b>no markup</b> & more" in page
    assert page.startswith(letter.title)
    assert page.endswith(letter.footer)
    longer = replace(letter, findings=tuple(f"{place} " + "\N{MICROSCOPE}" * 700 for place in range(9)))
    pages = write_pages(longer, wording("en"))
    assert len(pages) > 1
    assert all(len(each.encode("utf-16-le")) // 2 <= 4_000 for each in pages)
    assert "".join(pages).count("\N{MICROSCOPE}") == 9 * 700


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("itchy ❤\ufe0f since \N{GRINNING FACE}\N{GRINNING FACE} May", "itchy ❤ since […] May"),
        ("family \N{MAN}\u200d\N{WOMAN}\u200d\N{GIRL} of 3", "family […] of 3"),
        ("e\u0301te\u0301, ł\u00f3d\u017a, ș", "été, lódz, s"),
        ("ﬁne, ≥ 6 mm, α‑blocker ✓", "fine, ≥ 6 mm, α-blocker ✓"),
        ("left \u0627\u0644\u0643\u062a\u0641 \u0627\u0644\u0623\u064a\u0633\u0631 arm", "left […] arm"),
        ("皮膚 左腕", "[…]"),
        ("a\u0301\u0327\u0328 b\u0489 \u0301c\td\x07", "b c d"),
    ],
)
def test_a_sign_that_the_letters_fonts_lack_is_never_an_empty_box(
    language: str, typed: str, printed: str
) -> None:
    said = LetterWords(patient=PatientContext(sentence=typed), reference=typed[:20])
    case = stored(view(RiskLevel.LOW, (), readable(0.1, 0.1)))
    letter = compose_letter(case, wording(language), said=said, at=NOON)
    page = pypdfium2.PdfDocument(write_letter(letter))[0].get_textpage().get_text_bounded()
    text = " ".join(page.replace("\N{NO-BREAK SPACE}", " ").split())
    assert printed in text
    assert "■" not in text, "what the fonts draw in place of a sign that they lack"


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("why", ["high", "urgent", "melanoma"])
def test_a_letter_about_a_flagged_lesion_names_no_low_finding_of_the_models(language: str, why: str) -> None:
    words = wording(language)
    case = stored(view(RiskLevel.LOW, (Reason.SCORE_LOW,), readable(0.05, 0.05)))
    calm = words.say("reason-score-low")
    said = LetterWords(flag=Flag(why=why, number="N-2B3C4D", at=NOON))
    assert calm in compose_letter(case, words, said=LetterWords(), at=NOON).findings
    flagged = compose_letter(case, words, said=said, at=NOON)
    assert calm not in flagged.findings
    assert PATHWAY[language] in flagged.request
    assert any("N-2B3C4D" in value for _, value in flagged.facts)
