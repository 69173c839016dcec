"""The table of labelled photos that `nevus evaluate` reads: file, label and where each comes from."""

import csv
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

MELANOMA, BENIGN, OTHER_MALIGNANT = "melanoma", "benign", "other_malignant"  # the last: BCC and SCC
# Actinic keratosis, of which nobody knows; photos that show no lesion
LABELS = (MELANOMA, BENIGN, OTHER_MALIGNANT, "indeterminate_AK", "no_lesion")
SUBGROUPS = ("skin_tone", "site", "age")  # columns that a table may have
_NEEDED = ("file", "label")
_KNOWN = (*_NEEDED, "source", "group", "split", *SUBGROUPS)
_UNNAMED = "all"  # the source of a table without that column
_SHOWN = 5


class LabelsError(ValueError):
    """The table cannot be used; the text says what to change. It names lines and labels, never files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledFile:
    """One row. Photos with one `group` are never drawn apart when an interval is estimated."""

    file: str  # relative to the root, or absolute
    label: str  # one of `LABELS`
    source: str
    group: str
    split: str
    subgroups: Mapping[str, str] = field(default_factory=dict)  # of `SUBGROUPS`, those that are filled in


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which rows to take; empty means all of them."""

    splits: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    limit: int | None = None  # of each source and label


def read_labels(table: Path) -> list[LabelledFile]:
    """All rows of a CSV file with a heading.

    Args:
        table: columns `file` and `label`; optional `source`, `group`, `split`, `skin_tone`, `site` and `age`
            (years); others are ignored.

    Raises:
        LabelsError: no such file, no CSV, a column or a value is missing, or a label is unknown.
    """
    rows = _read_rows(table)
    if not rows:
        raise LabelsError("the table of labels has no rows")
    if lines := [line for line, row in rows if not row.file]:
        raise LabelsError(f"no file is named in {_list_lines(lines)}")
    unknown = [(line, row.label) for line, row in rows if row.label not in LABELS]
    if unknown:
        found = ", ".join(f"{label!r} ({count})" for label, count in Counter(x for _, x in unknown).items())
        where = _list_lines([line for line, _ in unknown])
        raise LabelsError(f"unknown labels {found} in {where}; known are {', '.join(LABELS)}")
    if lines := [line for line, row in rows if not _is_age(row.subgroups.get("age", "0"))]:
        raise LabelsError(f"an age in {_list_lines(lines)} is not a number of years")
    if twice := [file for file, count in Counter(row.file for _, row in rows).items() if count > 1]:
        raise LabelsError(f"{len(twice)} files are listed more than once: each may be counted only once")
    return [row for _, row in rows]


def select_rows(rows: Sequence[LabelledFile], selection: Selection) -> list[LabelledFile]:
    """The rows that were asked for, in their order; a limit takes them evenly over each source and label.

    Raises:
        LabelsError: a split or a source that no row has, or nothing is left.
    """
    _check_known("split", selection.splits, {row.split for row in rows})
    _check_known("source", selection.sources, {row.source for row in rows})
    taken = [
        row
        for row in rows
        if (not selection.splits or row.split in selection.splits)
        and (not selection.sources or row.source in selection.sources)
    ]
    if not taken:
        raise LabelsError("no row is left: the source asked for has no photo in the split asked for")
    return taken if selection.limit is None else pick_evenly(taken, selection.limit)


def pick_evenly(rows: Sequence[LabelledFile], most: int) -> list[LabelledFile]:
    """At most `most` rows of each source and label, spread over the table, in its order."""
    places: dict[tuple[str, str], list[int]] = {}
    for place, row in enumerate(rows):
        places.setdefault((row.source, row.label), []).append(place)
    chosen = set()
    for found in places.values():
        count = min(most, len(found))
        chosen |= {found[at * len(found) // count] for at in range(count)}
    return [row for place, row in enumerate(rows) if place in chosen]


def find_missing(rows: Iterable[LabelledFile], root: Path) -> list[LabelledFile]:
    """The rows whose file is not there."""
    return [row for row in rows if not _is_there(root / row.file)]


def _read_rows(table: Path) -> list[tuple[int, LabelledFile]]:
    """The rows, each with the number of its last line, before their values are checked."""
    at = 1
    try:
        with table.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file, restval="")
            _check_columns(reader.fieldnames or ())
            rows = []
            for row in reader:
                at = reader.line_num + 1
                if any(row.get(None) or ()):  # the key of what is too much
                    raise LabelsError(
                        f"line {reader.line_num} has more fields than columns: a comma in a name needs quotes"
                    )
                rows.append((reader.line_num, _read_row(row)))
    except OSError as error:
        raise LabelsError(f"the table of labels cannot be opened: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise LabelsError("the table of labels is not a CSV file in UTF-8: save it as one") from error
    except csv.Error as error:  # names the fault, not the content
        raise LabelsError(f"the table of labels is not a CSV file: line {at}: {error}") from error
    return rows


def _check_columns(columns: Sequence[str]) -> None:
    """Refuse a heading without a needed column, or with a known one twice."""
    if missing := [name for name in _NEEDED if name not in columns]:
        raise LabelsError(
            f"the table of labels has no column {' and no column '.join(missing)}: "
            f"its first line must name the columns, at least {','.join(_NEEDED)}"
        )
    if twice := [name for name in _KNOWN if columns.count(name) > 1]:
        raise LabelsError(f"the table of labels has more than one column {' and '.join(twice)}")


def _read_row(row: dict[str, str]) -> LabelledFile:
    file = row["file"].strip()
    return LabelledFile(
        file=file,
        label=row["label"].strip(),
        source=row.get("source", "").strip() or _UNNAMED,
        group=row.get("group", "").strip() or file,
        split=row.get("split", "").strip(),
        subgroups={name: value for name in SUBGROUPS if (value := row.get(name, "").strip())},
    )


def _is_there(file: Path) -> bool:
    try:
        return file.is_file()
    except OSError:  # a name too long for a file, a folder that may not be entered
        return False


def _is_age(value: str) -> bool:
    return value.replace(".", "", 1).isdecimal()


def _list_lines(lines: Sequence[int]) -> str:
    shown = ", ".join(map(str, lines[:_SHOWN]))
    more = f" and {len(lines) - _SHOWN} more" if len(lines) > _SHOWN else ""
    return f"line{'s' if len(lines) > 1 else ''} {shown}{more}"


def _check_known(column: str, wanted: frozenset[str], found: set[str]) -> None:
    if unknown := sorted(wanted - found):
        known = ", ".join(sorted(filter(None, found))) or "none"
        raise LabelsError(f"no row has the {column} {', '.join(unknown)}; the table has: {known}")
