"""The evaluation report as one self-contained HTML page: key figures, every section, the worst misses."""

from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from inference.evaluation.labelled import BENIGN, MELANOMA
from inference.evaluation.report import describe_report
from inference.evaluation.report_misses import describe_misses
from inference.evaluation.report_model import (
    ALL,
    Block,
    Cell,
    Figure,
    Table,
    format_number,
    format_share,
    low_share,
)
from inference.evaluation.report_plots import draw_bar
from inference.evaluation.report_style import STYLE
from inference.evaluation.report_words import find_best_evidence
from inference.evaluation.run import Evaluation


def render_page(evaluation: Evaluation, root: Path) -> str:
    """The page, HTML. It shows the photos of the worst misses: only people who may see them may read it.

    Args:
        evaluation: what came out.
        root: folder of the photos.
    """
    report = evaluation.report
    release, photos = report["release"], report["photos"]
    unread = sum(photos["unread"].values())
    made = ", ".join(f"{name} {value}" for name, value in report["made_with"].items())
    hashes = "".join(
        f"<br><code>{escape(file)} {value}</code>" for file, value in sorted(release["sha256"].items())
    )
    sections = [*describe_report(report), *describe_misses(evaluation.photos, root)]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Nevus: evaluation of pair {escape(release['version'])}</title><style>{STYLE}</style></head>"
        "<body><main><header><h1>How good are the two classifiers?</h1><p class=soft>Evaluation of the pair "
        f"<b>{escape(release['version'])}</b> on {photos['read']:,} photos ({photos['missing']:,} missing, "
        f"{unread:,} unreadable). Research prototype, not a medical device.</p></header>"
        f"{_render_tiles(*find_best_evidence(report))}"
        + "".join(
            f"<h2>{escape(section.title)}</h2><div class=sheet>{''.join(map(_to_html, section.blocks))}</div>"
            for section in sections
        )
        + f"<p class=note>{escape(made)}{hashes}</p></main></body></html>\n"
    )


def _render_tiles(name: str, part: Mapping[str, Any]) -> str:
    if not part["scores"]:
        return ""
    pair = part["scores"]["pair"]
    tiles = "".join(
        f"<div class=tile><b>{figure.value}</b>{words}<span>95 % interval {figure.interval}</span></div>"
        for figure, words in (
            (format_number(pair["auc"]), "AUC of the pair"),
            (format_share(low_share(part, MELANOMA)), "of the melanomas were given the level low"),
            (format_share(low_share(part, BENIGN)), "of the benign lesions were given the level low"),
            (format_number(pair["ece"]), "calibration error (ECE)"),
        )
    )
    where = "Every source" if name == ALL else "Photos that took no part in training"
    return (
        f"<p class=note>{where}: <b>{escape(name)}</b>, {part['labels'][MELANOMA]} melanomas and "
        f"{part['labels'][BENIGN]} benign lesions</p><div class=tiles>{tiles}</div>"
    )


def _to_html(block: Block) -> str:
    if isinstance(block, str):
        return f"<p>{escape(block)}</p>"
    if isinstance(block, list):
        return f"<ul>{''.join(f'<li>{escape(point)}</li>' for point in block)}</ul>"
    if isinstance(block, Table):
        return f"<h3>{escape(block.title)}</h3>{render_table(block)}" if block.title else render_table(block)
    key = "".join(f"<span><i class={name}></i>{escape(words)}</span>" for name, words in block.key.items())
    figures = "".join(
        f"<figure>{picture}<figcaption>{escape(caption)}</figcaption></figure>"
        for picture, caption in block.pictures
    )
    return f"<h3>{escape(block.title)}</h3><div class=key>{key}</div><div class={block.style}>{figures}</div>"


def render_table(table: Table) -> str:
    """A table: intervals in small print under their figures, bars in the last column."""
    heading = [*table.heading, *([""] if table.bars else [])]
    body = ""
    for at, (first, *rest) in enumerate(table.rows):
        bar = f"<td class=bar>{draw_bar(table.bars[at])}</td>" if table.bars else ""
        cells = "".join(f"<td>{_render_cell(cell)}</td>" for cell in rest)
        body += f"<tr><th scope=row>{_render_cell(first)}</th>{cells}{bar}</tr>"
    caption = f"<caption>{escape(table.note)}</caption>" if table.note else ""
    head = "".join(f"<th>{escape(cell)}</th>" for cell in heading)
    return (
        f"<div class=scroll><table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _render_cell(cell: Cell) -> str:
    if isinstance(cell, Figure) and cell.interval:
        return f"{escape(cell.value)}<small>{escape(cell.interval)}</small>"
    return escape(str(cell))
