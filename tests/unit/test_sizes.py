"""Files and functions stay small enough to be read at once. Each test lists what is too large.

A function's length is its lines of code from `def` to its end, without docstring, comments and blank lines.
A flat one (no branch, no loop, nothing nested: a table, a parser's options) may be longer than the rest.
So that length alone does not reward splitting, the share of private functions used once has a limit, too.
"""

import ast
import io
import re
import statistics
import tokenize
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("bot", "inference", "models", "storage")

MOST_LINES_A_FILE = 300
MOST_LINES_A_FUNCTION = 60
USUAL_LINES_A_FUNCTION = 30  # for 95 of 100
MEDIAN_LINES_A_FUNCTION = 8
MOST_PARAMETERS = 5
# Parameters given by place, without `self`. The aim is two; the share beyond it is what was there when the
# rule was made, and may only shrink. Callbacks have the signature that their caller asks for.
SHARE_BEYOND_POSITIONAL = {2: 0.16, 3: 0.05}
# Private functions that their file names twice: where they are defined and where they are used. Inline such a
# helper unless its name states a rule.
SHARE_USED_ONCE = 0.18

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
BRANCHES = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.Try, ast.Match, ast.With, ast.AsyncWith)
SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(frozen=True)
class Function:
    place: str
    lines: int
    positional: int
    parameters: int
    is_flat: bool


def list_files() -> list[Path]:
    files = [file for room in ROOMS for file in sorted((ROOT / room).rglob("*.py"))]
    assert len(files) > 20, "nothing to check"
    return files


def find_code_lines(source: str) -> set[int]:
    """Numbers of the lines that hold more than a comment."""
    silent = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in silent:
            lines |= set(range(token.start[0], token.end[0] + 1))
    return lines


def measure(node: FunctionNode, code_lines: set[int], place: str) -> Function:
    docstring = node.body[0] if ast.get_docstring(node) is not None else None
    skipped = set(range(docstring.lineno, (docstring.end_lineno or 0) + 1)) if docstring else set()
    own = set(range(node.lineno, (node.end_lineno or 0) + 1)) & code_lines - skipped
    given = node.args
    named = [argument.arg for argument in [*given.posonlyargs, *given.args]]
    positional = [name for name in named if name not in {"self", "cls", "mcs"}]
    inner = [child for statement in node.body for child in ast.walk(statement)]
    return Function(
        place=f"{place}:{node.lineno} {node.name}",
        lines=len(own),
        positional=len(positional),
        parameters=len(positional) + len(given.kwonlyargs),
        is_flat=not any(isinstance(child, (*BRANCHES, *SCOPES)) for child in inner),
    )


@cache
def list_functions() -> list[Function]:
    functions = []
    for file in list_files():
        source = file.read_text(encoding="utf-8")
        code_lines = find_code_lines(source)
        place = str(file.relative_to(ROOT))
        nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, FunctionNode)]
        functions += [measure(node, code_lines, place) for node in nodes]
    assert len(functions) > 100, "nothing to check"
    return functions


def show(functions: list[Function]) -> str:
    return "\n" + "\n".join(
        f"{function.place}: {function.lines} lines, {function.parameters} parameters, "
        f"{function.positional} of them positional"
        for function in sorted(functions, key=lambda function: -function.lines)
    )


def test_files_are_short() -> None:
    lengths = {file: len(file.read_text(encoding="utf-8").splitlines()) for file in list_files()}
    long = [f"{file.relative_to(ROOT)}: {n}" for file, n in lengths.items() if n > MOST_LINES_A_FILE]
    assert not long, "\n".join(["", *long])


def test_no_function_is_long_but_a_flat_one() -> None:
    long = [one for one in list_functions() if one.lines > MOST_LINES_A_FUNCTION and not one.is_flat]
    assert not long, show(long)


def test_most_functions_are_short() -> None:
    functions = list_functions()
    long = [one for one in functions if one.lines > USUAL_LINES_A_FUNCTION]
    assert len(long) <= 0.05 * len(functions), show(long)


def test_half_of_the_functions_are_very_short() -> None:
    median = statistics.median(one.lines for one in list_functions())
    assert median <= MEDIAN_LINES_A_FUNCTION


def test_no_function_takes_many_parameters() -> None:
    many = [one for one in list_functions() if one.parameters > MOST_PARAMETERS]
    assert not many, show(many)


@pytest.mark.parametrize(("most", "share"), SHARE_BEYOND_POSITIONAL.items())
def test_further_parameters_are_named(most: int, share: float) -> None:
    functions = list_functions()
    many = [one for one in functions if one.positional > most]
    assert len(many) <= share * len(functions), show(many)


def list_used_once(source: str) -> list[str]:
    """Names of the private functions that are used once in their file."""
    private = [
        node.name
        for node in ast.walk(ast.parse(source))
        if isinstance(node, FunctionNode)
        and node.name.startswith("_")
        and not node.name.startswith("__")
        and not node.decorator_list
    ]
    return [name for name in private if len(re.findall(rf"\b{name}\b", source)) == 2]


def test_few_private_functions_are_used_once() -> None:
    once = {str(file.relative_to(ROOT)): list_used_once(file.read_text("utf-8")) for file in list_files()}
    count = sum(len(names) for names in once.values())
    most = sorted(once.items(), key=lambda each: -len(each[1]))[:10]
    shown = "\n".join(f"{file}: {', '.join(names)}" for file, names in most)
    assert count <= SHARE_USED_ONCE * len(list_functions()), f"{count} of {len(list_functions())}\n{shown}"


def test_a_private_function_that_is_used_once_is_found() -> None:
    twice = "def _a():\n    return 1\n\n\nx = _a() + _a()\n"
    assert list_used_once("def _b():\n    return 2\n\n\ny = _b()\n" + twice) == ["_b"]


def test_a_function_is_measured_without_what_explains_it() -> None:
    docstring = '    """Says.\n\n    More.\n    """\n'
    source = f"def f(a, b, *, c):\n{docstring}    # why\n\n    x = (\n        1\n    )\n    return x\n"
    node = ast.parse(source).body[0]
    assert isinstance(node, ast.FunctionDef)
    measured = measure(node, find_code_lines(source), "file.py")
    assert measured == Function("file.py:1 f", lines=5, positional=2, parameters=3, is_flat=True)


def test_a_branch_makes_a_function_not_flat() -> None:
    source = "def f(self, a):\n    if a:\n        return 1\n    return 2\n"
    node = ast.parse(source).body[0]
    assert isinstance(node, ast.FunctionDef)
    assert measure(node, find_code_lines(source), "file.py").is_flat is False
