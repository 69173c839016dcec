"""The main figures of the evaluation report for a terminal."""

from collections.abc import Mapping
from typing import Any

from inference.evaluation.report_model import Table, all_parts
from inference.evaluation.report_tables import (
    tabulate_calls,
    tabulate_low,
    tabulate_malignant,
    tabulate_pairs,
)


def format_summary(report: Mapping[str, Any]) -> str:
    """The main figures, one line for each source and score; tables without rows are left out."""
    photos, parts = report["photos"], all_parts(report)
    unread = sum(photos["unread"].values())
    counts = f"{photos['read']} photos read, {photos['missing']} missing, {unread} unreadable"
    tables = (tabulate_calls(parts), tabulate_malignant(parts), tabulate_pairs(parts), tabulate_low(parts))
    return "\n\n".join(
        [
            f"Pair {report['release']['version']}: {counts}. Intervals are 95 %.",
            *(_to_text(table) for table in tables if table.rows),
        ]
    )


def _to_text(table: Table) -> str:
    rows = [[str(cell) for cell in row] for row in (table.heading, *table.rows)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
    return "\n".join([table.title, *lines])
