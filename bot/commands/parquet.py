"""The record as a Parquet file: typed columns, the same for every export, an empty one included."""

import json
from collections.abc import Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from storage.research import COLUMNS

# By pyarrow's names; every other column is a string. Times are UTC, to the microsecond.
TYPES: Final = {
    **dict.fromkeys(("created_at", "asked_at", "claimed_at", "answered_at", "outcome_at"), "timestamp"),
    **dict.fromkeys(("probability", "malignant_probability", "cnn", "vit"), "float64"),
    **dict.fromkeys(("photo", "verdict_months", "corrections", "referrals"), "int32"),
}


def has_parquet() -> bool:
    """Whether pyarrow is installed."""
    return find_spec("pyarrow") is not None


def write_parquet(file: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write the rows of `storage.research.read_photos`; `context` is JSON, as in the CSV file."""
    arrow, parquet = import_module("pyarrow"), import_module("pyarrow.parquet")
    flat = [{**row, "context": json.dumps(row["context"] or {}, sort_keys=True)} for row in rows]

    def find_type(column: str) -> Any:
        name = TYPES.get(column, "string")
        return arrow.timestamp("us", tz="UTC") if name == "timestamp" else getattr(arrow, name)()

    schema = arrow.schema([(column, find_type(column)) for column in COLUMNS])
    parquet.write_table(arrow.Table.from_pylist(flat, schema=schema), file)
