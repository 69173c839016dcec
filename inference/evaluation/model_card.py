"""Write docs/model-card.md from evaluation.json: `python -m inference.evaluation.model_card`."""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from inference.evaluation.report import describe_report
from inference.evaluation.report_model import Block, Drawing

ROOT = Path(__file__).resolve().parents[2]
EVALUATION = ROOT / "models" / "released" / "evaluation.json"
CARD = ROOT / "docs" / "model-card.md"


def main(argv: Sequence[str] | None = None) -> int:
    """Write the card; takes no arguments. Returns 0."""
    if argv if argv is not None else sys.argv[1:]:
        raise SystemExit("python -m inference.evaluation.model_card takes no arguments")
    report = json.loads(EVALUATION.read_text(encoding="utf-8"))
    CARD.write_text(render_model_card(report), encoding="utf-8")
    return 0


def render_model_card(report: Mapping[str, Any]) -> str:
    """The card in Markdown, from a report as docs/evaluation.md describes it."""
    lines = [
        f"# Model card of pair {report['release']['version']}",
        "Written by `make model-card` from `models/released/evaluation.json`; change neither by hand.",
    ]
    for section in describe_report(report):
        lines += [f"## {section.title}", *map(_to_markdown, section.blocks)]
    return "\n\n".join(filter(None, lines)) + "\n"


def _to_markdown(block: Block) -> str:
    if isinstance(block, str):
        return block
    if isinstance(block, list):
        return "\n".join(f"- {point}" for point in block)
    if isinstance(block, Drawing):
        return ""
    rows = [block.heading, ["---"] * len(block.heading), *block.rows]
    table = "\n".join(f"| {' | '.join(map(str, row))} |" for row in rows)
    title = f"**{block.title}**" if block.title else ""
    return "\n\n".join(filter(None, [title, table, block.note]))


if __name__ == "__main__":
    raise SystemExit(main())
