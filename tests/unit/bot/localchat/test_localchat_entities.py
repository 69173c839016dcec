"""Text with markup becomes plain text with entities, counted in UTF-16 units; broken markup is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.localchat.entities import cut_utf16, find_links, format_text, utf16_len
from bot.localchat.errors import BotApiError


def pairs(text: str, entities: list[dict]) -> list[tuple[str, str]]:
    return [(entity["type"], cut_utf16(text, entity["offset"], entity["length"])) for entity in entities]


@pytest.mark.parametrize(
    ("source", "plain", "expected"),
    [
        ("<b>bold</b> plain", "bold plain", [("bold", "bold")]),
        ("<b>one <i>two</i></b>", "one two", [("bold", "one two"), ("italic", "two")]),
        ("🙂 <u>under</u>", "🙂 under", [("underline", "under")]),
        ("1 &lt; 2 &amp;&amp; &quot;x&quot; &#33;", '1 < 2 && "x" !', []),
        ('<a href="https://a.org/?x=1&amp;y=2">here</a>', "here", [("text_link", "here")]),
        ("<code>/start @x</code>", "/start @x", [("code", "/start @x")]),
        ("<blockquote expandable>long</blockquote>", "long", [("expandable_blockquote", "long")]),
        ("<b></b>x", "x", []),
        ("  <b> x </b>  ", "x", [("bold", "x")]),
    ],
)
def test_html_becomes_entities(source: str, plain: str, expected: list[tuple[str, str]]) -> None:
    text, entities = format_text(source, "HTML", None)
    assert text == plain
    assert pairs(text, entities) == expected


def test_html_keeps_a_link() -> None:
    _, entities = format_text('<a href="https://a.org/?x=1&amp;y=2">here</a>', "html", None)
    assert entities == [{"type": "text_link", "offset": 0, "length": 4, "url": "https://a.org/?x=1&y=2"}]


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("<b>x", "can't parse entities: Can't find end tag corresponding to start tag \"b\""),
        ("é<h1>x</h1>", 'can\'t parse entities: Unsupported start tag "h1" at byte offset 2'),
        ("x</b>", "can't parse entities: Unexpected end tag at byte offset 1"),
        (
            "<b><i>x</b></i>",
            'can\'t parse entities: Unmatched end tag at byte offset 7, expected "</i>", found "</b>"',
        ),
        ("a <b", "can't parse entities: Unclosed start tag at byte offset 2"),
        ("2 < 3", 'can\'t parse entities: Unsupported start tag "" at byte offset 2'),
    ],
)
def test_broken_html_is_refused(source: str, complaint: str) -> None:
    with pytest.raises(BotApiError) as refusal:
        format_text(source, "HTML", None)
    assert refusal.value.code == 400
    assert refusal.value.description == f"Bad Request: {complaint}"


@pytest.mark.parametrize("parse_mode", ["BBCode", "MarkdownV2", "Markdown"])
def test_another_parse_mode_is_refused(parse_mode: str) -> None:
    with pytest.raises(BotApiError, match="unsupported parse_mode"):
        format_text("x", parse_mode, None)


def test_given_entities_move_with_the_trimmed_text() -> None:
    text, entities = format_text("  🙂 bold ", None, [{"type": "bold", "offset": 5, "length": 5}])
    assert (text, pairs(text, entities)) == ("🙂 bold", [("bold", "bold")])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/start abc", [("bot_command", "/start")]),
        ("see /triage@nevus_local_bot now", [("bot_command", "/triage@nevus_local_bot")]),
        ("a/b and 1/2", []),
        (
            "https://t.me/x?start=1, @dr_martin #mole",
            [("url", "https://t.me/x?start=1"), ("mention", "@dr_martin"), ("hashtag", "#mole")],
        ),
        ("write to a.b@clinic.org", [("email", "a.b@clinic.org")]),
        ("🙂 /help", [("bot_command", "/help")]),
        ("example.org/path", [("url", "example.org/path")]),
    ],
)
def test_links_and_commands_are_found(text: str, expected: list[tuple[str, str]]) -> None:
    assert sorted(pairs(text, find_links(text))) == sorted(expected)


@given(st.text())
def test_length_is_what_utf_16_says(text: str) -> None:
    clean = text.encode("utf-16-le", "ignore").decode("utf-16-le", "ignore")
    assert utf16_len(clean) == len(clean.encode("utf-16-le")) // 2


@given(st.text(alphabet="ab🙂<>/&;\n ", max_size=30), st.sampled_from(["HTML", None]))
def test_any_text_is_parsed_or_refused_and_entities_stay_inside(text: str, mode: str | None) -> None:
    try:
        plain, entities = format_text(text, mode, None)
    except BotApiError:
        return
    for entity in entities:
        assert entity["length"] > 0
        assert 0 <= entity["offset"] <= entity["offset"] + entity["length"] <= utf16_len(plain)
