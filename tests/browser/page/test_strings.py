"""The page's own sentences: the same ones in both languages, and none that nobody shows."""

import re
from pathlib import Path

SCRIPTS = Path(__file__).parents[3] / "bot" / "localchat" / "static" / "js"


def keys_of(block: str) -> list[str]:
    """The names of the sentences of a language."""
    return re.findall(r"^    (\w+): ", block, re.MULTILINE)


def test_both_languages_say_the_same_things() -> None:
    """Each sentence is there in English and in French, once, with the same values to fill in."""
    english, french = (SCRIPTS / "strings.js").read_text().split("  fr: {")
    assert keys_of(english) == keys_of(french)
    assert len(keys_of(english)) == len(set(keys_of(english))) > 100
    for left, right in zip(english.splitlines()[4:], french.splitlines()[1:], strict=False):
        assert set(re.findall(r"\{(\w+)\}", left)) == set(re.findall(r"\{(\w+)\}", right)), left


def test_every_sentence_is_shown_and_every_shown_one_exists() -> None:
    """Names in the code and names in the table are the same."""
    english = (SCRIPTS / "strings.js").read_text().split("  fr: {")[0]
    names = {re.sub("_(one|other)$", "", key) for key in keys_of(english)} - {"languageName"}
    scripts = [file.read_text() for file in SCRIPTS.glob("*.js") if file.name != "strings.js"]
    assert len(scripts) > 20
    code = "".join(scripts)
    assert names <= set(re.findall(r'"(\w+)"', code))
    assert set(re.findall(r'\bt\("(\w+)"', code)) <= names
