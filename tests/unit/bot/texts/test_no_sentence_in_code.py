"""Everything the bot says stands in the text files: no sentence is left in the code that speaks."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[4]
SPEAKING = ("bot/conversation", "bot/cases", "bot/clinic", "bot/routing")
# Three words in a row, or a capital letter and a space: what a person would read.
SENTENCE = re.compile(r"[A-Za-zÀ-ÿ]{2,}[ ,;:'’][^\W\d_]+[ ,.;:'’!?][^\W\d_]+|^[A-ZÀ-Ý][a-zà-ÿ]+ [a-zà-ÿ]+")


def test_no_sentence_is_left_in_the_code():
    files = [file for folder in SPEAKING for file in (ROOT / folder).rglob("*.py")]
    assert len(files) > 10
    found = [f"{file.name}: {text!r}" for file in files for text in spoken_strings(file.read_text())]
    assert not found


def test_the_scan_finds_a_sentence():
    assert list(spoken_strings('"""Doc string of three words."""\nx = f"Please send {1} photo again."'))
    assert list(spoken_strings('say("Send a photo of it")'))
    assert not list(spoken_strings('"""Doc string of three words."""\nsay("button-details")'))


def spoken_strings(source: str):
    tree = ast.parse(source)
    silent = {id(node) for statement in ast.walk(tree) for node in silent_strings(statement)}
    for node in ast.walk(tree):
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in silent
        if is_text and SENTENCE.search(node.value):
            yield node.value


def silent_strings(statement: ast.AST):
    """Docstrings, and what an exception or the log says to the developer."""
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        yield statement.value
    is_log = isinstance(statement, ast.Call) and ast.unparse(statement.func).startswith("log.")
    if is_log or isinstance(statement, ast.Raise):
        yield from ast.walk(statement)
