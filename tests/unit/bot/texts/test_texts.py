"""Texts: complete in both languages, well set, and kind to numbers and strangers."""

import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.texts import Html, TextError, Texts, catalogue
from bot.texts.typesetting import typeset

TEXTS = Texts.load()
IDS = sorted(TEXTS.ids("en"))
# What Telegram's HTML parse mode knows of what we use.
ALLOWED_TAGS = {"b", "i", "s"}


def test_every_text_exists_in_both_languages():
    assert len(IDS) > 100
    assert TEXTS.ids("en") == TEXTS.ids("fr")


def test_both_languages_take_the_same_arguments():
    assert [each for each in IDS if TEXTS.arguments("en", each) != TEXTS.arguments("fr", each)] == []


@pytest.mark.parametrize("language", TEXTS.languages)
def test_every_text_is_balanced_html_without_isolating_marks(language):
    for message_id in IDS:
        text = render(language, message_id)
        parser = Tags()
        parser.feed(text)
        assert not parser.open, message_id
        assert parser.seen <= ALLOWED_TAGS, message_id
        assert not re.search("[\u2066-\u2069{}]", text), message_id


def test_french_never_breaks_a_line_before_a_high_mark():
    assert [each for each in IDS if re.search(r" [;:!?%»]|« ", render("fr", each))] == []


@pytest.mark.parametrize("language", TEXTS.languages)
def test_no_text_calls_a_lesion_harmless(language):
    """A level is never a verdict: no "safe", no "benign", in no language."""
    verdict = re.compile(r"\b(safe|benign|harmless|sans danger|bénin|bénigne|anodin|rassur\w*)\b")
    assert [each for each in IDS if verdict.search(render(language, each).lower())] == []


@pytest.mark.parametrize("code", ["fr", "fr-CA", "fr_BE", "FR"])
def test_any_french_tag_is_french(code):
    assert TEXTS.choose(code) == "fr"


@pytest.mark.parametrize("code", [None, "", "de", "frr", "x"])
def test_other_tags_get_the_default(code):
    assert TEXTS.choose(code) == "en"
    assert TEXTS.choose(code, default="fr") == "fr"


@given(st.text())
def test_no_argument_can_bring_in_markup(name):
    told = TEXTS.get("en", "command-unknown-plain", command=name)
    assert "<" not in told.replace("&lt;", "")


def test_html_arguments_are_not_escaped_twice():
    told = TEXTS.get("en", "command-unknown-plain", command=Html("<b>x</b>"))
    assert "<b>x</b>" in told


def test_numbers_and_dates_follow_the_language():
    at = datetime(2026, 3, 1, 14, 5, tzinfo=UTC)
    assert "1 Mar 2026" in TEXTS.get("en", "start-accepted", at=at)
    assert "1er mars 2026" in TEXTS.get("fr", "start-accepted", at=at)
    assert TEXTS.get("en", "percent", value=2.5) == "2.5%"
    assert TEXTS.get("fr", "percent", value=2.5) == "2,5\u202f%"


def test_plurals_follow_the_language():
    one, two = (TEXTS.get("fr", "answer-reading", count=count) for count in (1, 2))
    assert "votre photo…" in one
    assert "vos 2 photos" in two


def test_a_missing_text_or_argument_is_loud():
    with pytest.raises(TextError, match="no text"):
        TEXTS.get("en", "no-such-text")
    with pytest.raises(TextError, match="closest"):
        TEXTS.get("en", "command-unknown", command="/x")


def test_a_damaged_file_stops_the_start(tmp_path):
    for language in ("en", "fr"):
        (tmp_path / language).mkdir()
        (tmp_path / language / "a.ftl").write_text("one = One\ntwo\n")
    with pytest.raises(TextError, match=r"en/a\.ftl"):
        Texts.load(tmp_path)


def test_a_text_that_stands_twice_stops_the_start(tmp_path):
    for language in ("en", "fr"):
        (tmp_path / language).mkdir()
        (tmp_path / language / "a.ftl").write_text("one = One\n")
        (tmp_path / language / "b.ftl").write_text("one = Another\n")
    with pytest.raises(TextError, match="twice"):
        Texts.load(tmp_path)


def test_typesetting_sets_french_spaces_and_leaves_english():
    assert typeset("l'avis : « oui » !", language="fr") == "l’avis\u00a0: «\u00a0oui\u00a0»\u202f!"
    assert typeset("don't : ok", language="en") == "don’t : ok"


class Tags(HTMLParser):
    """Follows opening and closing tags."""

    def __init__(self):
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        self.seen.add(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def render(language: str, message_id: str) -> str:
    """A text with every argument that any text takes."""
    numbers = {"count", "photos", "melanomas", "value", "width", "height", "factor"}
    arguments = {name: 2 if name in numbers else "x" for name in TEXTS.arguments(language, message_id)}
    if "at" in arguments:
        arguments["at"] = datetime(2026, 3, 1, 14, 5, tzinfo=UTC)
    return TEXTS.get(language, message_id, **arguments)


@pytest.mark.parametrize(
    ("language", "lesion"), [("en", "If the lesion changes"), ("fr", "Si la lésion change")]
)
def test_the_net_under_a_clinics_answer_is_about_the_lesion(language: str, lesion: str) -> None:
    """The sentence before it is about the photo, so a pronoun would be the photo."""
    assert lesion in TEXTS.get(language, "notice-safety-net", count=2)


def test_french_has_one_word_for_a_photo_and_one_for_a_dermatoscope():
    texts = sorted((Path(catalogue.__file__).parent / "fr").glob("*.ftl"))
    assert texts
    for file in texts:
        assert re.findall(r"photographies?\b|\bdermoscopes?\b", file.read_text(), re.IGNORECASE) == []
